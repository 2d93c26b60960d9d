#include "config/override.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define STEP_MAX 64

/* Where the walk along "zones.0.apex" stands. */
struct path {
    const char *rest; /* borrowed: what is still to go */
    char step[STEP_MAX];
};

/* Take the next word off the path; false at its end. */
static bool path_next(struct path *path)
{
    size_t length = strcspn(path->rest, ".=");

    if (length >= STEP_MAX)
        length = STEP_MAX - 1;
    memcpy(path->step, path->rest, length);
    path->step[length] = '\0';
    path->rest += length;
    bool more = *path->rest == '.';
    if (more)
        path->rest++;
    return more;
}

static bool is_index(const char *text, uint64_t *index)
{
    return units_parse_u64(text, YAML_NODES_MAX, index);
}

static void forget_lines(struct yaml *node)
{
    node->place.line = 0;
    node->key_place.line = 0;
    for (uint32_t i = 0; i < node->count; i++)
        forget_lines(node->children[i]);
}

static struct yaml *parse_value(const char *value, const char *source,
                                struct faults *faults)
{
    const struct place place = { .source = source };
    struct yaml *node;

    if (value[0] != '\0') {
        node = yaml_read(value, strlen(value), source, faults);
        if (node != NULL)
            forget_lines(node);
        return node;
    }
    /* Nothing after the "=": the empty text, not "as if it were not there". */
    node = yaml_create(YAML_SCALAR, &place);
    if (node != NULL)
        node->text = strdup("");
    if (node == NULL || node->text == NULL) {
        yaml_destroy(node);
        return NULL;
    }
    node->quoted = true;
    return node;
}

/* `text` up to where `path` stands, without the last dot or what follows it. */
static void walked(const char *text, const struct path *path, bool with_last, char *out,
                   size_t size)
{
    size_t length = (size_t)(path->rest - text);

    length -= length > 0 && text[length - 1] == '.';
    if (!with_last)
        while (length > 0 && text[--length] != '.')
            ;
    snprintf(out, size, "%.*s", (int)length, text);
}

static void no_such_entry(const char *text, const struct path *path, uint32_t count,
                          const char *source, struct faults *faults)
{
    const struct place place = { .source = source };
    char entry[160];
    char list[160];

    walked(text, path, true, entry, sizeof entry);
    walked(text, path, false, list, sizeof list);
    fault_add(faults, &place, entry,
              "no such entry; the list has %u, the next would be %s.%u", count, list,
              count);
}

/* Can `step` be found in, or added to, the list `parent`? */
static bool entry_fits(const struct yaml *parent, const char *step)
{
    uint64_t index;

    return is_index(step, &index) && index <= parent->count;
}

/* The place in `parent` where `step` is, or will be: NULL when memory is short. */
static struct yaml **slot_of(struct yaml *parent, const char *step, const char *source,
                             struct faults *faults)
{
    const struct place place = { .source = source };
    uint64_t index = parent->count;

    if (parent->kind == YAML_LIST) {
        is_index(step, &index);
    } else {
        struct yaml *found = yaml_find(parent, step);
        for (index = 0; found != NULL && parent->children[index] != found;)
            index++;
        if (found == NULL)
            index = parent->count;
    }
    if (index < parent->count)
        return &parent->children[index];

    struct yaml *fresh = yaml_create(YAML_SCALAR, &place);
    const char *key = parent->kind == YAML_MAP ? step : NULL;
    if (fresh != NULL)
        fresh->text = strdup("");
    if (fresh == NULL || fresh->text == NULL || !yaml_append(parent, key, fresh)) {
        yaml_destroy(fresh);
        faults->out_of_memory = true;
        return NULL;
    }
    return &parent->children[index];
}

/* Put `node` in the place of what is there; the key stays. */
static void slot_put(struct yaml **slot, struct yaml *node)
{
    node->key = (*slot)->key;
    (*slot)->key = NULL;
    yaml_destroy(*slot);
    *slot = node;
}

/* A section or list at `slot`, so that the walk can go on below it. */
static struct yaml *descend(struct yaml **slot, const char *next_step, const char *source,
                            struct faults *faults)
{
    const struct place place = { .source = source };
    uint64_t index;

    if ((*slot)->kind != YAML_SCALAR)
        return *slot;
    if (!yaml_is_null(*slot)) {
        fault_add(faults, &place, (*slot)->key != NULL ? (*slot)->key : "",
                  "is one value in the file; it has no keys below it");
        return NULL;
    }
    struct yaml *node =
        yaml_create(is_index(next_step, &index) ? YAML_LIST : YAML_MAP, &place);
    if (node == NULL) {
        faults->out_of_memory = true;
        return NULL;
    }
    slot_put(slot, node);
    return node;
}

/* A copy of the word that comes next, to see whether it is a number. */
static void peek(const struct path *path, char *step)
{
    struct path ahead = *path;

    path_next(&ahead);
    memcpy(step, ahead.step, STEP_MAX);
}

void override_prepare(struct yaml *root, const struct option *rows, const char *text,
                      struct faults *faults)
{
    struct path path = { .rest = text };

    if (!path_next(&path))
        return;
    const struct option *row = option_find(rows, path.step);
    if (row == NULL || row->shape != OPTION_SECTIONS ||
        yaml_find(root, path.step) != NULL)
        return;
    struct yaml *list =
        yaml_read(row->fallback, strlen(row->fallback), "default", faults);
    if (list == NULL)
        return;
    forget_lines(list);
    if (!yaml_append(root, path.step, list)) {
        yaml_destroy(list);
        faults->out_of_memory = true;
    }
}

void override_apply(struct yaml *root, const char *text, const char *source,
                    struct faults *faults)
{
    const struct place place = { .source = source };
    struct path path = { .rest = text };
    struct yaml *parent = root;
    char next[STEP_MAX];
    const char *equals = strchr(text, '=');

    if (equals == NULL || equals == text) {
        fault_add(faults, &place, "", "not of the form section.key=value");
        return;
    }
    struct yaml *value = parse_value(equals + 1, source, faults);
    if (value == NULL) {
        faults->out_of_memory |= faults->count == 0;
        return;
    }
    bool more = true;
    struct yaml **slot = NULL;
    while (more && parent != NULL) {
        more = path_next(&path);
        if (parent->kind == YAML_LIST && !entry_fits(parent, path.step)) {
            no_such_entry(text, &path, parent->count, source, faults);
            yaml_destroy(value);
            return;
        }
        slot = slot_of(parent, path.step, source, faults);
        peek(&path, next);
        parent = slot != NULL && more ? descend(slot, next, source, faults) : NULL;
    }
    if (slot != NULL && !more)
        slot_put(slot, value);
    else
        yaml_destroy(value);
}
