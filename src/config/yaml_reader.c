/* libyaml's events to a small tree. The only file that knows libyaml. */
#include "config/yaml_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct yaml_input {
    yaml_parser_t parser;
    const char *text; /* borrowed */
    size_t length;
    const char *source; /* borrowed */
    struct faults *faults;
    uint32_t nodes;
    bool stopped;    /* nothing after this can be read */
    char path[256];  /* the key whose value is read: "zones.1" */
    size_t path_end; /* of its text; a longer one is cut */
};

struct yaml *yaml_create(enum yaml_kind kind, const struct place *place)
{
    struct yaml *node = calloc(1, sizeof *node);

    if (node == NULL)
        return NULL;
    node->kind = kind;
    node->place = *place;
    node->key_place = *place;
    return node;
}

void yaml_destroy(struct yaml *node)
{
    if (node == NULL)
        return;
    for (uint32_t i = 0; i < node->count; i++)
        yaml_destroy(node->children[i]);
    free(node->children);
    free(node->key);
    free(node->text);
    free(node);
}

bool yaml_append(struct yaml *parent, const char *key, struct yaml *child)
{
    if (parent->count == parent->capacity) {
        uint32_t capacity = parent->capacity == 0 ? 4 : parent->capacity * 2;
        struct yaml **grown = realloc(parent->children, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        parent->children = grown;
        parent->capacity = capacity;
    }
    if (key != NULL) {
        free(child->key);
        child->key = strdup(key);
        if (child->key == NULL)
            return false;
    }
    parent->children[parent->count++] = child;
    return true;
}

struct yaml *yaml_find(const struct yaml *map, const char *key)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->children[i]->key != NULL && strcmp(map->children[i]->key, key) == 0)
            return map->children[i];
    return NULL;
}

bool yaml_is_null(const struct yaml *node)
{
    return node->kind == YAML_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

static struct place place_of(const struct yaml_input *input, const yaml_mark_t *mark)
{
    return (struct place){ .source = input->source,
                           .line = (unsigned)mark->line + 1,
                           .column = (unsigned)mark->column + 1 };
}

static void out_of_memory(struct yaml_input *input)
{
    input->faults->out_of_memory = true;
    input->stopped = true;
}

static void stop_at(struct yaml_input *input, const struct place *place,
                    const char *sentence)
{
    if (!input->stopped)
        fault_add(input->faults, place, "", "%s", sentence);
    input->stopped = true;
}

/* The bytes before `offset`, as a line and a column. */
static struct place place_at(const struct yaml_input *input, size_t offset)
{
    struct place place = { .source = input->source, .line = 1, .column = 1 };

    for (size_t i = 0; i < offset && i < input->length; i++) {
        place.column++;
        if (input->text[i] == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

/* Go down to `key`, or to the entry `index` where that is NULL. Gives what path_leave()
 * wants to come back. */
static size_t path_enter(struct yaml_input *input, const char *key, uint32_t index)
{
    size_t before = input->path_end;
    size_t room = sizeof input->path - before;
    const char *dot = before == 0 ? "" : ".";
    int length = key != NULL ? snprintf(input->path + before, room, "%s%s", dot, key)
                             : snprintf(input->path + before, room, "%s%u", dot, index);

    input->path_end += (size_t)length < room ? (size_t)length : room - 1;
    return before;
}

static void path_leave(struct yaml_input *input, size_t before)
{
    input->path_end = before;
    input->path[before] = '\0';
}

/* "[::1]:53" without quotes is a list followed by something odd: the commonest slip. */
static bool line_has_bare_ipv6(const struct yaml_input *input, unsigned line)
{
    const char *at = input->text;
    const char *end = at + input->length;

    for (unsigned i = 1; i < line && at != NULL; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL)
        return false;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((stop == NULL ? end : stop) - at);
    return memmem(at, length, "]:", 2) != NULL && memmem(at, length, "\"[", 2) == NULL &&
           memmem(at, length, "'[", 2) == NULL;
}

static void syntax_fault(struct yaml_input *input)
{
    const yaml_parser_t *parser = &input->parser;

    if (parser->error == YAML_MEMORY_ERROR) {
        out_of_memory(input);
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        struct place place = place_at(input, parser->problem_offset);
        stop_at(input, &place, "this is not UTF-8 text, or holds a control character");
        return;
    }
    struct place place = place_of(input, &parser->problem_mark);
    if (!input->stopped)
        fault_add(input->faults, &place, "", "not valid YAML: %s%s",
                  parser->problem != NULL ? parser->problem : "cannot go on",
                  line_has_bare_ipv6(input, place.line)
                      ? "; an address in brackets needs quotes: \"[::1]:8053\""
                      : "");
    input->stopped = true;
}

static bool next_event(struct yaml_input *input, yaml_event_t *event)
{
    if (input->stopped)
        return false;
    if (yaml_parser_parse(&input->parser, event) == 1)
        return true;
    syntax_fault(input);
    return false;
}

static void refuse_decorations(struct yaml_input *input, const struct place *place,
                               const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        fault_add(input->faults, place, "",
                  "anchors (&%s) are not used here; write the value out",
                  (const char *)anchor);
    if (tag != NULL)
        fault_add(input->faults, place, "", "tags (%s) are not used here; leave it out",
                  (const char *)tag);
}

static struct yaml *node_of(struct yaml_input *input, enum yaml_kind kind,
                            const struct place *place)
{
    if (++input->nodes > YAML_NODES_MAX) {
        stop_at(input, place, "more than 10000 values; that is no configuration");
        return NULL;
    }
    struct yaml *node = yaml_create(kind, place);
    if (node == NULL)
        out_of_memory(input);
    return node;
}

/* `event` is a scalar or an alias. */
static struct yaml *read_scalar(struct yaml_input *input, const yaml_event_t *event)
{
    struct place place = place_of(input, &event->start_mark);
    struct yaml *node = node_of(input, YAML_SCALAR, &place);
    const char *text = "";
    size_t length = 0;

    if (node == NULL)
        return NULL;
    if (event->type == YAML_ALIAS_EVENT) {
        fault_add(input->faults, &place, "",
                  "aliases (*%s) are not used here; write the value out",
                  (const char *)event->data.alias.anchor);
    } else {
        refuse_decorations(input, &place, event->data.scalar.anchor,
                           event->data.scalar.tag);
        text = (const char *)event->data.scalar.value;
        length = event->data.scalar.length;
        node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    }
    if (memchr(text, '\0', length) != NULL)
        stop_at(input, &place, "the text holds a zero byte");
    node->text = strdup(text);
    if (node->text != NULL)
        return node;
    out_of_memory(input);
    yaml_destroy(node);
    return NULL;
}

static struct yaml *read_node(struct yaml_input *input, const yaml_event_t *event,
                              unsigned depth);

static void read_list(struct yaml_input *input, struct yaml *list, unsigned depth)
{
    yaml_event_t event;

    while (next_event(input, &event)) {
        bool ended = event.type == YAML_SEQUENCE_END_EVENT;
        size_t before = path_enter(input, NULL, list->count);
        struct yaml *child = ended ? NULL : read_node(input, &event, depth + 1);
        path_leave(input, before);
        yaml_event_delete(&event);
        if (ended)
            return;
        if (child != NULL && !yaml_append(list, NULL, child)) {
            yaml_destroy(child);
            out_of_memory(input);
        }
    }
}

/* The value that belongs to `key`, and what is wrong with the key. */
static void read_pair(struct yaml_input *input, struct yaml *map,
                      const yaml_event_t *key_event, unsigned depth)
{
    struct place place = place_of(input, &key_event->start_mark);
    yaml_event_t event;

    if (key_event->type != YAML_SCALAR_EVENT) {
        stop_at(input, &place, "a key must be a word, not a list, a map or an alias");
        return;
    }
    refuse_decorations(input, &place, key_event->data.scalar.anchor,
                       key_event->data.scalar.tag);
    const char *key = (const char *)key_event->data.scalar.value;
    const struct yaml *first = yaml_find(map, key);
    size_t before = path_enter(input, key, 0);
    if (first != NULL)
        fault_add(input->faults, &place, input->path,
                  "given twice; the first is in line %u", first->key_place.line);
    bool more = next_event(input, &event);
    struct yaml *child = more ? read_node(input, &event, depth + 1) : NULL;
    path_leave(input, before);
    if (!more)
        return;
    yaml_event_delete(&event);
    if (child == NULL)
        return;
    child->key_place = place;
    if (first != NULL) {
        yaml_destroy(child);
    } else if (!yaml_append(map, key, child)) {
        yaml_destroy(child);
        out_of_memory(input);
    }
}

static void read_map(struct yaml_input *input, struct yaml *map, unsigned depth)
{
    yaml_event_t event;

    while (next_event(input, &event)) {
        bool ended = event.type == YAML_MAPPING_END_EVENT;
        if (!ended)
            read_pair(input, map, &event, depth);
        yaml_event_delete(&event);
        if (ended)
            return;
    }
}

static struct yaml *read_node(struct yaml_input *input, const yaml_event_t *event,
                              unsigned depth)
{
    if (event->type == YAML_SCALAR_EVENT || event->type == YAML_ALIAS_EVENT)
        return read_scalar(input, event);

    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    struct place place = place_of(input, &event->start_mark);
    if (depth > YAML_DEPTH_MAX) {
        stop_at(input, &place, "more than 16 levels deep; that is no configuration");
        return NULL;
    }
    struct yaml *node = node_of(input, is_list ? YAML_LIST : YAML_MAP, &place);
    if (node == NULL)
        return NULL;
    if (is_list) {
        refuse_decorations(input, &place, event->data.sequence_start.anchor,
                           event->data.sequence_start.tag);
        read_list(input, node, depth);
    } else {
        refuse_decorations(input, &place, event->data.mapping_start.anchor,
                           event->data.mapping_start.tag);
        read_map(input, node, depth);
    }
    return node;
}

static bool is_node(yaml_event_type_t type)
{
    return type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT ||
           type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
}

static struct yaml *read_stream(struct yaml_input *input)
{
    struct yaml *root = NULL;
    yaml_event_t event;

    for (bool ended = false; !ended && next_event(input, &event);) {
        struct place place = place_of(input, &event.start_mark);
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && root != NULL)
            stop_at(input, &place, "a second document (---); one file is one document");
        else if (is_node(event.type))
            root = read_node(input, &event, 1);
        yaml_event_delete(&event);
    }
    if (root != NULL || input->stopped)
        return root;
    return node_of(input, YAML_MAP, &(struct place){ .source = input->source });
}

/* libyaml's own words for a tab do not say "tab". */
static bool tabs_refused(struct yaml_input *input)
{
    size_t at = 0;

    while (at < input->length) {
        size_t start = at;
        while (at < input->length && input->text[at] == ' ')
            at++;
        bool tab = at < input->length && input->text[at] == '\t';
        size_t tab_at = at;
        while (at < input->length && strchr(" \t\r", input->text[at]) != NULL &&
               input->text[at] != '\0')
            at++;
        char first = at < input->length ? input->text[at] : '\n';
        if (tab && first != '\n' && first != '#') {
            struct place place = place_at(input, tab_at);
            stop_at(input, &place, "a tab in the indentation; YAML wants spaces");
            return true;
        }
        const char *next = memchr(input->text + at, '\n', input->length - at);
        at = next == NULL ? input->length : (size_t)(next - input->text) + 1;
        if (at <= start)
            break;
    }
    return false;
}

struct yaml *yaml_read(const char *text, size_t length, const char *source,
                       struct faults *faults)
{
    struct yaml_input input = {
        .text = text, .length = length, .source = source, .faults = faults
    };
    struct yaml *root = NULL;

    if (length > YAML_BYTES_MAX) {
        stop_at(&input, &(struct place){ .source = source },
                "larger than 1 MiB; that is no configuration");
        return NULL;
    }
    if (tabs_refused(&input))
        return NULL;
    if (yaml_parser_initialize(&input.parser) != 1) {
        faults->out_of_memory = true;
        return NULL;
    }
    yaml_parser_set_encoding(&input.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&input.parser, (const unsigned char *)text, length);
    root = read_stream(&input);
    yaml_parser_delete(&input.parser);
    if (!input.stopped)
        return root;
    yaml_destroy(root);
    return NULL;
}
