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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consul/filter_tree.h"

struct parser {
    const char *text;
    const char *at;
    const char *end;
    struct filter *filter;
    uint32_t node_max;
    char *room; /* where the next decoded text goes */
    unsigned depth;
    const struct selector *selectors;
    struct reason *why;
    enum rollcall_status status; /* of what went wrong */
};

/* A value or key as it was decoded, and where it stands in the text. */
struct piece {
    const char *text;
    size_t length;
    const char *where;
};

#define PREFIX "Failed to create boolean expression evaluator: "

static bool fault(struct parser *parser, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Texts come from anybody: what cannot be printed becomes '?'. */
static bool fault(struct parser *parser, const char *where, const char *format, ...)
{
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *at = text; *at != '\0'; at++)
        if ((uint8_t)*at < ' ' || *at == 0x7f)
            *at = '?';
    reason_set(parser->why, PREFIX "at %td: %s", where - parser->text + 1, text);
    parser->status = ROLLCALL_E_INVALID;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_word(char c)
{
    return is_name(c) || (c != '\0' && strchr(".:/@+-", c) != NULL);
}

static bool is_quote(char c)
{
    return c == '"' || c == '`';
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end && is_blank(*parser->at))
        parser->at++;
}

/* The next word as a keyword: taken when it is that one. */
static bool take_word(struct parser *parser, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(parser);
    if ((size_t)(parser->end - parser->at) < length ||
        memcmp(parser->at, word, length) != 0)
        return false;
    if (parser->at + length < parser->end && is_word(parser->at[length]))
        return false;
    parser->at += length;
    return true;
}

static bool take_mark(struct parser *parser, const char *mark)
{
    size_t length = strlen(mark);

    skip_blanks(parser);
    if ((size_t)(parser->end - parser->at) < length ||
        memcmp(parser->at, mark, length) != 0)
        return false;
    parser->at += length;
    return true;
}

static uint16_t new_node(struct parser *parser, enum filter_op op)
{
    struct filter *filter = parser->filter;

    if (filter->count >= parser->node_max) {
        fault(parser, parser->at, "more than %d conditions", FILTER_NODES_MAX - 1);
        return 0;
    }
    filter->nodes[filter->count].op = op;
    return (uint16_t)filter->count++;
}

/* --- Values. */

static bool take_string(struct parser *parser, struct piece *out)
{
    const char *begin = parser->at++;
    char quote = *begin;
    const char *body = parser->at;

    for (; parser->at < parser->end && *parser->at != quote; parser->at++)
        if (quote == '"' && *parser->at == '\\' && parser->at + 1 < parser->end)
            parser->at++;
    if (parser->at == parser->end)
        return fault(parser, begin, "no closing %c", quote);
    size_t length = (size_t)(parser->at++ - body);
    *out = (struct piece){ .text = parser->room, .length = length, .where = begin };
    if (quote == '`')
        memcpy(parser->room, body, length);
    else if (!filter_unquote(body, length, parser->room, &out->length))
        return fault(parser, begin, "no string as in Go");
    parser->room += out->length;
    *parser->room++ = '\0';
    return true;
}

static bool take_value(struct parser *parser, struct piece *out)
{
    skip_blanks(parser);
    const char *begin = parser->at;
    if (begin < parser->end && is_quote(*begin))
        return take_string(parser, out);
    while (parser->at < parser->end && is_word(*parser->at))
        parser->at++;
    if (parser->at == begin)
        return fault(parser, begin, "a value is missing");
    size_t length = (size_t)(parser->at - begin);
    *out = (struct piece){ .text = parser->room, .length = length, .where = begin };
    memcpy(parser->room, begin, length);
    parser->room += length;
    *parser->room++ = '\0';
    return true;
}

/* --- Selectors. */

/* ".name" or "[\"name\"]" behind what was read. *there false: neither. Keys of maps may
 * have a '-' without brackets. */
static bool take_part(struct parser *parser, bool key, struct piece *out, bool *there)
{
    *there = parser->at < parser->end && (*parser->at == '.' || *parser->at == '[');
    if (!*there)
        return true;
    if (*parser->at++ == '[') {
        skip_blanks(parser);
        if (parser->at == parser->end || !is_quote(*parser->at))
            return fault(parser, parser->at, "[ needs a quoted name");
        return take_string(parser, out) &&
               (take_mark(parser, "]") || fault(parser, parser->at, "no closing ]"));
    }
    *out = (struct piece){ .text = parser->room, .where = parser->at };
    while (parser->at < parser->end &&
           (is_name(*parser->at) || (key && *parser->at == '-')))
        parser->room[out->length++] = *parser->at++;
    if (out->length == 0)
        return fault(parser, parser->at, "a name is missing");
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

static const struct selector *find_field(struct parser *parser,
                                         const struct selector *table,
                                         const struct piece *name)
{
    char names[240];

    for (const struct selector *at = table; at->name != NULL; at++)
        if (strlen(at->name) == name->length &&
            memcmp(at->name, name->text, name->length) == 0)
            return at;
    list_names(table, names, sizeof names);
    int length = name->length < 40 ? (int)name->length : 40;
    fault(parser, name->where, "no selector \"%.*s\"; there are %s", length, name->text,
          names);
    return NULL;
}

/* The part behind a step: false with *done when the path may end here. */
static bool take_next(struct parser *parser, struct filter_step *step, bool *done)
{
    const struct selector *field = step->field;
    bool map = field->kind == FILTER_MAP || field->kind == FILTER_OBJECT_MAP;
    struct piece key;
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
        return fault(parser, parser->at, "\"%s\" has no parts", field->name);
    return true;
}

static bool take_selector(struct parser *parser, struct filter_node *node)
{
    const struct selector *table = parser->selectors;
    struct piece name = { 0 };
    bool there = true, done = false;

    skip_blanks(parser);
    name = (struct piece){ .text = parser->at, .where = parser->at };
    while (parser->at < parser->end && is_name(*parser->at))
        parser->at++;
    name.length = (size_t)(parser->at - name.text);
    if (name.length == 0)
        return fault(parser, parser->at, "a selector or a value is missing");
    while (!done) {
        struct filter_step *step = &node->path[node->steps];
        if (node->steps == FILTER_PATH_MAX)
            return fault(parser, name.where, "too many parts");
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
            return fault(parser, parser->at, "\"%s\" needs one of its parts",
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

static bool set_pattern(struct parser *parser, struct filter_node *node,
                        const struct piece *value)
{
    struct reason why = REASON_NONE;

    parser->status = pattern_compile(value->text, value->length, &node->pattern, &why);
    if (parser->status == ROLLCALL_E_INVALID)
        return fault(parser, value->where, "%s", why.text);
    return parser->status == ROLLCALL_OK;
}

/* Operator and value against the kind of the selector. */
static bool settle(struct parser *parser, struct filter_node *node, const char *where,
                   const struct piece *value)
{
    static const char *const words[] = { [FILTER_EQUAL] = "== and !=",
                                         [FILTER_IN] = "in and contains",
                                         [FILTER_EMPTY] = "is empty",
                                         [FILTER_MATCHING] = "matches" };
    const char *name = node->path[node->steps - 1].field->name;
    enum filter_kind kind = end_kind(node);

    if (!op_suits(node->op, kind))
        return fault(parser, where, "\"%s\" does not go with %s", name, words[node->op]);
    if (value == NULL)
        return true;
    node->value = value->text;
    node->length = value->length;
    if (kind == FILTER_NUMBER &&
        !filter_read_number(value->text, value->length, &node->number))
        return fault(parser, value->where, "\"%s\" needs a whole number", name);
    if (kind == FILTER_BOOL && !filter_read_bool(value->text, value->length, &node->flag))
        return fault(parser, value->where, "\"%s\" needs true or false", name);
    return node->op != FILTER_MATCHING || set_pattern(parser, node, value);
}

/* The operator behind a selector. */
static bool take_operator(struct parser *parser, struct filter_node *node, bool *unary)
{
    *unary = false;
    node->op = FILTER_EQUAL;
    if (take_mark(parser, "=="))
        return true;
    node->negated = take_mark(parser, "!=");
    if (node->negated)
        return true;
    if (take_word(parser, "is")) {
        node->op = FILTER_EMPTY;
        node->negated = take_word(parser, "not");
        *unary = true;
        return take_word(parser, "empty") ||
               fault(parser, parser->at, "\"empty\" is missing");
    }
    node->negated = take_word(parser, "not");
    node->op = FILTER_IN;
    if (take_word(parser, "contains"))
        return true;
    node->op = FILTER_MATCHING;
    if (take_word(parser, "matches"))
        return true;
    return fault(parser, parser->at, "==, !=, is, in, contains or matches is missing");
}

/* "value in ..." and "value not in ...", when that is how the match goes on. */
static bool take_in(struct parser *parser, struct filter_node *node)
{
    const char *begin = parser->at;

    node->op = FILTER_IN;
    node->negated = take_word(parser, "not");
    if (take_word(parser, "in"))
        return true;
    node->negated = false;
    parser->at = begin;
    return false;
}

/* Both sides may begin with the same word: what is read as a value and has no "in"
 * behind it is read again, as a selector. */
static bool take_match(struct parser *parser, uint16_t *out)
{
    skip_blanks(parser);
    const char *begin = parser->at;
    char *room = parser->room;
    struct piece value;
    bool unary;
    if (begin == parser->end || (!is_quote(*begin) && !is_word(*begin)))
        return fault(parser, begin, "a selector or a value is missing");
    *out = new_node(parser, FILTER_EQUAL);
    if (*out == 0 || !take_value(parser, &value))
        return false;
    struct filter_node *node = &parser->filter->nodes[*out];
    if (take_in(parser, node))
        return take_selector(parser, node) && settle(parser, node, begin, &value);
    if (is_quote(*begin))
        return fault(parser, parser->at, "\"in\" is missing behind a value");
    parser->at = begin;
    parser->room = room;
    return take_selector(parser, node) && take_operator(parser, node, &unary) &&
           (unary || take_value(parser, &value)) &&
           settle(parser, node, begin, unary ? NULL : &value);
}

/* --- Expressions. */

static bool take_list(struct parser *parser, enum filter_op op, uint16_t *out);

static bool take_not(struct parser *parser, uint16_t *out)
{
    uint16_t inner;

    if (++parser->depth > FILTER_DEPTH_MAX)
        return fault(parser, parser->at, "more than %d levels", FILTER_DEPTH_MAX);
    if (take_word(parser, "not")) {
        *out = new_node(parser, FILTER_NOT);
        if (*out == 0 || !take_not(parser, &inner))
            return false;
        parser->filter->nodes[*out].child = inner;
    } else if (take_mark(parser, "(")) {
        if (!take_list(parser, FILTER_OR, out))
            return false;
        if (!take_mark(parser, ")"))
            return fault(parser, parser->at, "no closing )");
    } else if (!take_match(parser, out)) {
        return false;
    }
    parser->depth--;
    return true;
}

/* "a or b or c", each of them "d and e and f". */
static bool take_list(struct parser *parser, enum filter_op op, uint16_t *out)
{
    const char *word = op == FILTER_OR ? "or" : "and";
    uint16_t list = 0, last, next;

    if (op == FILTER_OR ? !take_list(parser, FILTER_AND, out) : !take_not(parser, out))
        return false;
    last = *out;
    while (take_word(parser, word)) {
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
    struct parser parser = {
        .text = text, .at = text, .end = text + length, .selectors = selectors, .why = why
    };

    *out = NULL;
    skip_blanks(&parser);
    if (parser.at == parser.end)
        return ROLLCALL_OK;
    if (length > FILTER_LENGTH_MAX) {
        reason_set(why, PREFIX "longer than %d octets", FILTER_LENGTH_MAX);
        return ROLLCALL_E_INVALID;
    }
    parser.filter = make_filter(length, &parser.node_max, &parser.room);
    if (parser.filter == NULL)
        return ROLLCALL_E_NOMEM;
    if (!take_list(&parser, FILTER_OR, &parser.filter->root))
        goto fail;
    skip_blanks(&parser);
    if (parser.at < parser.end) {
        fault(&parser, parser.at, "and, or or the end is missing");
        goto fail;
    }
    *out = parser.filter;
    return ROLLCALL_OK;
fail:
    filter_destroy(parser.filter);
    return parser.status;
}
