/* From the text of a filter to its tree.
 *
 *     or       := and { "or" and }
 *     and      := not { "and" not }
 *     not      := { "not" } ( "(" or ")" | match )
 *     match    := selector ( "==" | "!=" ) value
 *               | selector [ "not" ] ( "contains" | "matches" ) value
 *               | selector "is" [ "not" ] "empty"
 *               | value [ "not" ] "in" selector
 *     selector := name { "." name | "[" string "]" }
 *     value    := string | word
 *
 * A string is "as in Go" or `raw`. A word is any run of letters, digits and _.:/@+-, so
 * that numbers, addresses and names of nodes need no quotes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consul/filter_reader.h"

static uint16_t new_node(struct filter_reader *parser, enum filter_op op)
{
    struct filter *filter = parser->filter;

    if (filter->count >= parser->node_max) {
        filter_fault(parser, parser->at, "more than %d conditions", FILTER_NODES_MAX - 1);
        return 0;
    }
    filter->nodes[filter->count].op = op;
    return (uint16_t)filter->count++;
}

/* --- Selectors. */

/* ".name" or "[\"name\"]" behind what was read. *there false: neither. Keys of maps may
 * have a '-' without brackets. */
static bool take_part(struct filter_reader *parser, bool key, struct filter_piece *out,
                      bool *there)
{
    *there = parser->at < parser->end && (*parser->at == '.' || *parser->at == '[');
    if (!*there)
        return true;
    if (*parser->at++ == '[') {
        filter_skip_blanks(parser);
        if (parser->at == parser->end || !filter_is_quote(*parser->at))
            return filter_fault(parser, parser->at, "[ needs a quoted name");
        return filter_take_string(parser, out) &&
               (filter_take_mark(parser, "]") ||
                filter_fault(parser, parser->at, "no closing ]"));
    }
    *out = (struct filter_piece){ .text = parser->room, .where = parser->at };
    while (parser->at < parser->end &&
           (filter_is_name(*parser->at) || (key && *parser->at == '-')))
        parser->room[out->length++] = *parser->at++;
    if (out->length == 0)
        return filter_fault(parser, parser->at, "a name is missing");
    parser->room += out->length;
    *parser->room++ = '\0';
    return true;
}

/* The names of a table, "ID, Service, Tags", for who has mistaken one. */
static void list_names(const struct selector *table, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (const struct selector *at = table; at->name != NULL; at++) {
        int more = snprintf(out + length, size - length, "%s%s", length > 0 ? ", " : "",
                            at->name);
        if (more < 0 || (size_t)more >= size - length)
            return;
        length += (size_t)more;
    }
}

static const struct selector *find_field(struct filter_reader *parser,
                                         const struct selector *table,
                                         const struct filter_piece *name)
{
    char names[240];

    for (const struct selector *at = table; at->name != NULL; at++)
        if (strlen(at->name) == name->length &&
            memcmp(at->name, name->text, name->length) == 0)
            return at;
    list_names(table, names, sizeof names);
    int length = name->length < 40 ? (int)name->length : 40;
    filter_fault(parser, name->where, "no selector \"%.*s\"; there are %s", length,
                 name->text, names);
    return NULL;
}

/* The part behind a step: false with *done when the path may end here. */
static bool take_next(struct filter_reader *parser, struct filter_step *step, bool *done)
{
    const struct selector *field = step->field;
    bool map = field->kind == FILTER_MAP || field->kind == FILTER_OBJECT_MAP;
    struct filter_piece key;
    bool there;

    *done = true;
    if (map) {
        if (!take_part(parser, true, &key, &there))
            return false;
        if (!there)
            return true;
        step->key = key.text;
        step->key_length = key.length;
    }
    bool whole =
        field->kind == FILTER_OBJECTS &&
        (parser->at == parser->end || (*parser->at != '.' && *parser->at != '['));
    *done = field->fields == NULL || whole;
    if (*done && parser->at < parser->end && (*parser->at == '.' || *parser->at == '['))
        return filter_fault(parser, parser->at, "\"%s\" has no parts", field->name);
    return true;
}

static bool take_selector(struct filter_reader *parser, struct filter_node *node)
{
    const struct selector *table = parser->selectors;
    struct filter_piece name = { 0 };
    bool there = true, done = false;

    filter_skip_blanks(parser);
    name = (struct filter_piece){ .text = parser->at, .where = parser->at };
    while (parser->at < parser->end && filter_is_name(*parser->at))
        parser->at++;
    name.length = (size_t)(parser->at - name.text);
    if (name.length == 0)
        return filter_fault(parser, parser->at, "a selector or a value is missing");
    while (!done) {
        struct filter_step *step = &node->path[node->steps];
        if (node->steps == FILTER_PATH_MAX)
            return filter_fault(parser, name.where, "too many parts");
        step->field = find_field(parser, table, &name);
        if (step->field == NULL || !take_next(parser, step, &done))
            return false;
        node->steps++;
        table = step->field->fields;
        if (done)
            break;
        if (!take_part(parser, false, &name, &there))
            return false;
        if (!there)
            return filter_fault(parser, parser->at, "\"%s\" needs one of its parts",
                                step->field->name);
    }
    return true;
}

/* --- Matches. */

/* What stands at the end of the path: a key of a map leads to a text. */
static enum filter_kind end_kind(const struct filter_node *node)
{
    const struct filter_step *last = &node->path[node->steps - 1];

    return last->field->kind == FILTER_MAP && last->key != NULL ? FILTER_TEXT
                                                                : last->field->kind;
}

static bool op_suits(enum filter_op op, enum filter_kind kind)
{
    switch (kind) {
    case FILTER_TEXT:
        return true;
    case FILTER_NUMBER:
    case FILTER_BOOL:
        return op == FILTER_EQUAL;
    case FILTER_TEXTS:
    case FILTER_MAP:
    case FILTER_OBJECT_MAP:
        return op == FILTER_IN || op == FILTER_EMPTY;
    case FILTER_OBJECTS:
        return op == FILTER_EMPTY;
    case FILTER_OBJECT:
        return false;
    }
    return false;
}

static bool set_pattern(struct filter_reader *parser, struct filter_node *node,
                        const struct filter_piece *value)
{
    struct reason why = REASON_NONE;

    parser->status = pattern_compile(value->text, value->length, &node->pattern, &why);
    if (parser->status == ROLLCALL_E_INVALID)
        return filter_fault(parser, value->where, "%s", why.text);
    return parser->status == ROLLCALL_OK;
}

/* Operator and value against the kind of the selector. */
static bool settle(struct filter_reader *parser, struct filter_node *node,
                   const char *where, const struct filter_piece *value)
{
    static const char *const words[] = { [FILTER_EQUAL] = "== and !=",
                                         [FILTER_IN] = "in and contains",
                                         [FILTER_EMPTY] = "is empty",
                                         [FILTER_MATCHING] = "matches" };
    const char *name = node->path[node->steps - 1].field->name;
    enum filter_kind kind = end_kind(node);

    if (!op_suits(node->op, kind))
        return filter_fault(parser, where, "\"%s\" does not go with %s", name,
                            words[node->op]);
    if (value == NULL)
        return true;
    node->value = value->text;
    node->length = value->length;
    if (kind == FILTER_NUMBER &&
        !filter_read_number(value->text, value->length, &node->number))
        return filter_fault(parser, value->where, "\"%s\" needs a whole number", name);
    if (kind == FILTER_BOOL && !filter_read_bool(value->text, value->length, &node->flag))
        return filter_fault(parser, value->where, "\"%s\" needs true or false", name);
    return node->op != FILTER_MATCHING || set_pattern(parser, node, value);
}

/* The operator behind a selector. */
static bool take_operator(struct filter_reader *parser, struct filter_node *node,
                          bool *unary)
{
    *unary = false;
    node->op = FILTER_EQUAL;
    if (filter_take_mark(parser, "=="))
        return true;
    node->negated = filter_take_mark(parser, "!=");
    if (node->negated)
        return true;
    if (filter_take_word(parser, "is")) {
        node->op = FILTER_EMPTY;
        node->negated = filter_take_word(parser, "not");
        *unary = true;
        return filter_take_word(parser, "empty") ||
               filter_fault(parser, parser->at, "\"empty\" is missing");
    }
    node->negated = filter_take_word(parser, "not");
    node->op = FILTER_IN;
    if (filter_take_word(parser, "contains"))
        return true;
    node->op = FILTER_MATCHING;
    if (filter_take_word(parser, "matches"))
        return true;
    return filter_fault(parser, parser->at,
                        "==, !=, is, in, contains or matches is missing");
}

/* "value in ..." and "value not in ...", when that is how the match goes on. */
static bool take_in(struct filter_reader *parser, struct filter_node *node)
{
    const char *begin = parser->at;

    node->op = FILTER_IN;
    node->negated = filter_take_word(parser, "not");
    if (filter_take_word(parser, "in"))
        return true;
    node->negated = false;
    parser->at = begin;
    return false;
}

/* Both sides may begin with the same word: what is read as a value and has no "in"
 * behind it is read again, as a selector. */
static bool take_match(struct filter_reader *parser, uint16_t *out)
{
    filter_skip_blanks(parser);
    const char *begin = parser->at;
    char *room = parser->room;
    struct filter_piece value;
    bool unary;
    if (begin == parser->end || (!filter_is_quote(*begin) && !filter_is_word(*begin)))
        return filter_nothing(parser, begin, "a selector or a value");
    *out = new_node(parser, FILTER_EQUAL);
    if (*out == 0 || !filter_take_value(parser, &value))
        return false;
    struct filter_node *node = &parser->filter->nodes[*out];
    if (take_in(parser, node))
        return take_selector(parser, node) && settle(parser, node, begin, &value);
    if (filter_is_quote(*begin))
        return filter_fault(parser, parser->at, "\"in\" is missing behind a value");
    parser->at = begin;
    parser->room = room;
    return take_selector(parser, node) && take_operator(parser, node, &unary) &&
           (unary || filter_take_value(parser, &value)) &&
           settle(parser, node, begin, unary ? NULL : &value);
}

/* --- Expressions. */

static bool take_list(struct filter_reader *parser, enum filter_op op, uint16_t *out);

static bool take_not(struct filter_reader *parser, uint16_t *out)
{
    uint16_t inner;

    if (++parser->depth > FILTER_DEPTH_MAX)
        return filter_fault(parser, parser->at, "more than %d levels", FILTER_DEPTH_MAX);
    if (filter_take_word(parser, "not")) {
        *out = new_node(parser, FILTER_NOT);
        if (*out == 0 || !take_not(parser, &inner))
            return false;
        parser->filter->nodes[*out].child = inner;
    } else if (filter_take_mark(parser, "(")) {
        if (!take_list(parser, FILTER_OR, out))
            return false;
        if (!filter_take_mark(parser, ")"))
            return filter_fault(parser, parser->at, "no closing )");
    } else if (!take_match(parser, out)) {
        return false;
    }
    parser->depth--;
    return true;
}

/* "a or b or c", each of them "d and e and f". */
static bool take_list(struct filter_reader *parser, enum filter_op op, uint16_t *out)
{
    const char *word = op == FILTER_OR ? "or" : "and";
    uint16_t list = 0, last, next;

    if (op == FILTER_OR ? !take_list(parser, FILTER_AND, out) : !take_not(parser, out))
        return false;
    last = *out;
    while (filter_take_word(parser, word)) {
        if (list == 0) {
            list = new_node(parser, op);
            if (list == 0)
                return false;
            parser->filter->nodes[list].child = *out;
            *out = list;
        }
        if (op == FILTER_OR ? !take_list(parser, FILTER_AND, &next)
                            : !take_not(parser, &next))
            return false;
        parser->filter->nodes[last].next = next;
        last = next;
    }
    return true;
}

/* One block: every node takes two octets of the text at least, every decoded text no
 * more than it had, and one for its end. */
static struct filter *make_filter(size_t length, uint32_t *node_max, char **room)
{
    size_t nodes = length / 2 + 2;

    if (nodes > FILTER_NODES_MAX)
        nodes = FILTER_NODES_MAX;
    *node_max = (uint32_t)nodes;
    struct filter *made =
        calloc(1, sizeof *made + nodes * sizeof made->nodes[0] + 2 * length + 2);
    if (made == NULL)
        return NULL;
    made->count = 1;
    made->steps = FILTER_STEPS_MAX;
    *room = (char *)&made->nodes[nodes];
    return made;
}

enum rollcall_status filter_parse(const char *text, const struct selector *selectors,
                                  struct filter **out, struct reason *why)
{
    size_t length = text != NULL ? strlen(text) : 0;
    struct filter_reader parser = {
        .text = text, .at = text, .end = text + length, .selectors = selectors, .why = why
    };

    *out = NULL;
    filter_skip_blanks(&parser);
    if (parser.at == parser.end)
        return ROLLCALL_OK;
    if (length > FILTER_LENGTH_MAX) {
        reason_set(why, FILTER_PREFIX "longer than %d octets", FILTER_LENGTH_MAX);
        return ROLLCALL_E_INVALID;
    }
    parser.filter = make_filter(length, &parser.node_max, &parser.room);
    if (parser.filter == NULL)
        return ROLLCALL_E_NOMEM;
    if (!take_list(&parser, FILTER_OR, &parser.filter->root))
        goto fail;
    filter_skip_blanks(&parser);
    if (parser.at < parser.end) {
        filter_fault(&parser, parser.at, "and, or or the end is missing");
        goto fail;
    }
    *out = parser.filter;
    return ROLLCALL_OK;
fail:
    filter_destroy(parser.filter);
    return parser.status;
}
