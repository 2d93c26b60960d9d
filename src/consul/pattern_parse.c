/* From the text of a pattern to its tree.
 *
 *     alternation := sequence { "|" sequence }
 *     sequence    := { atom [ "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" [ "?" ] ] }
 *     atom        := "(" [ "?:" | "?P<" name ">" | "?" flags ":" ] alternation ")"
 *                  | "(?" flags ")" | class | escape | "." | "^" | "$" | character
 */
#include <stdlib.h>
#include <string.h>

#include "consul/pattern_tree.h"

bool pattern_wrong(struct pattern_tree *tree, const char *what, const char *begin)
{
    int length = begin != NULL ? (int)(tree->at - begin) : 0;

    if (length > 60)
        length = 60;
    if (length > 0)
        reason_set(tree->why, "error parsing regexp: %s: `%.*s`", what, length, begin);
    else
        reason_set(tree->why, "error parsing regexp: %s", what);
    return false;
}

uint16_t pattern_node(struct pattern_tree *tree, enum pattern_kind kind)
{
    if (tree->node_count >= tree->node_max) {
        pattern_wrong(tree, "expression too large", NULL);
        return 0;
    }
    tree->nodes[tree->node_count] = (struct pattern_node){ .kind = (uint8_t)kind };
    return (uint16_t)tree->node_count++;
}

static bool more(const struct pattern_tree *tree)
{
    return tree->at < tree->end;
}

static bool literal(struct pattern_tree *tree, uint32_t rune, uint16_t *out)
{
    uint16_t node = pattern_node(tree, PATTERN_CLASS);
    uint32_t first = tree->range_count;

    if (node == 0 || !pattern_add(tree, rune, rune))
        return false;
    tree->nodes[node].first_range = (uint16_t)first;
    tree->nodes[node].ranges = (uint16_t)(tree->range_count - first);
    *out = node;
    return true;
}

static bool place(struct pattern_tree *tree, enum pattern_place where, uint16_t *out)
{
    uint16_t node = pattern_node(tree, PATTERN_ASSERT);

    if (node == 0)
        return false;
    tree->nodes[node].place = (uint8_t)where;
    *out = node;
    return true;
}

/* Every character, or every one but the end of a line. */
static bool dot(struct pattern_tree *tree, uint16_t *out)
{
    uint16_t node = pattern_node(tree, PATTERN_CLASS);
    uint32_t first = tree->range_count;

    if (node == 0 || (!tree->dot && !pattern_add(tree, '\n', '\n')))
        return false;
    tree->nodes[node].negated = true;
    tree->nodes[node].first_range = (uint16_t)first;
    tree->nodes[node].ranges = (uint16_t)(tree->range_count - first);
    *out = node;
    return true;
}

/* \A \z \b \B. False with *out 0: none of them. */
static bool escaped_place(struct pattern_tree *tree, uint16_t *out)
{
    static const char letters[] = "AzbB";
    static const enum pattern_place places[] = { PLACE_TEXT_BEGIN, PLACE_TEXT_END,
                                                 PLACE_WORD_EDGE, PLACE_NO_WORD_EDGE };
    const char *found = *tree->at != '\0' ? strchr(letters, *tree->at) : NULL;

    if (found == NULL)
        return true;
    tree->at++;
    return place(tree, places[found - letters], out);
}

static bool escaped(struct pattern_tree *tree, uint16_t *out)
{
    uint32_t first = tree->range_count, rune;
    bool known = false;

    if (more(tree)) {
        if (!escaped_place(tree, out) || *out != 0)
            return *out != 0;
        if (!pattern_perl(tree, *tree->at, &known))
            return false;
    }
    if (!known)
        return pattern_escape(tree, &rune) && literal(tree, rune, out);
    tree->at++;
    uint16_t node = pattern_node(tree, PATTERN_CLASS);
    if (node == 0)
        return false;
    tree->nodes[node].first_range = (uint16_t)first;
    tree->nodes[node].ranges = (uint16_t)(tree->range_count - first);
    *out = node;
    return true;
}

/* A list of children that grows at its end. */
struct children {
    uint16_t first;
    uint16_t last;
    unsigned count;
};

static void add_child(struct pattern_tree *tree, struct children *list, uint16_t node)
{
    if (list->last != 0)
        tree->nodes[list->last].next = node;
    else
        list->first = node;
    list->last = node;
    list->count++;
}

/* The list as one node; an only child stands for itself. */
static bool join(struct pattern_tree *tree, enum pattern_kind kind,
                 const struct children *list, uint16_t *out)
{
    if (list->count == 1) {
        *out = list->first;
        return true;
    }
    uint16_t node = pattern_node(tree, list->count == 0 ? PATTERN_NOTHING : kind);
    if (node == 0)
        return false;
    tree->nodes[node].child = list->first;
    *out = node;
    return true;
}

/* "\Q...\E", behind the Q: characters as they are. The last one becomes *node, for a
 * repetition behind it. */
static bool quoted(struct pattern_tree *tree, struct children *list, uint16_t *node)
{
    const char *close = memmem(tree->at, (size_t)(tree->end - tree->at), "\\E", 2);
    const char *end = close != NULL ? close : tree->end;

    while (tree->at < end) {
        if (*node != 0)
            add_child(tree, list, *node);
        if (!literal(tree, pattern_rune(&tree->at, end), node))
            return false;
    }
    tree->at = close != NULL ? close + 2 : end;
    return true;
}

static bool count_digits(struct pattern_tree *tree, uint32_t *out)
{
    const char *begin = tree->at;

    for (*out = 0; more(tree) && *tree->at >= '0' && *tree->at <= '9'; tree->at++)
        if (*out <= PATTERN_REPEAT_MAX)
            *out = *out * 10 + (uint32_t)(*tree->at - '0');
    return tree->at > begin;
}

/* "{n}", "{n,}", "{n,m}" at the brace. False: not written so, and `at` is unmoved. */
static bool braces(struct pattern_tree *tree, uint32_t *least, uint32_t *most)
{
    const char *begin = tree->at++;

    if (count_digits(tree, least)) {
        *most = *least;
        if (more(tree) && *tree->at == ',') {
            tree->at++;
            if (!count_digits(tree, most))
                *most = PATTERN_ENDLESS;
        }
        if (more(tree) && *tree->at == '}') {
            tree->at++;
            return true;
        }
    }
    tree->at = begin;
    return false;
}

/* A repetition at `at`: false when there is none. */
static bool repetition(struct pattern_tree *tree, uint32_t *least, uint32_t *most)
{
    if (!more(tree))
        return false;
    switch (*tree->at) {
    case '*':
        *least = 0, *most = PATTERN_ENDLESS;
        break;
    case '+':
        *least = 1, *most = PATTERN_ENDLESS;
        break;
    case '?':
        *least = 0, *most = 1;
        break;
    case '{':
        return braces(tree, least, most);
    default:
        return false;
    }
    tree->at++;
    return true;
}

/* What follows an atom. Whether it is lazy makes no difference to a yes or no. */
static bool repeat(struct pattern_tree *tree, uint16_t *atom)
{
    const char *begin = tree->at;
    uint32_t least, most;

    if (!repetition(tree, &least, &most))
        return true;
    if (least > PATTERN_REPEAT_MAX ||
        (most != PATTERN_ENDLESS && (most > PATTERN_REPEAT_MAX || least > most)))
        return pattern_wrong(tree, "invalid repeat count", begin);
    if (more(tree) && *tree->at == '?')
        tree->at++;
    uint16_t node = pattern_node(tree, PATTERN_REPEAT);
    if (node == 0)
        return false;
    tree->nodes[node].least = (uint16_t)least;
    tree->nodes[node].most = (uint16_t)most;
    tree->nodes[node].child = *atom;
    *atom = node;
    if (repetition(tree, &least, &most))
        return pattern_wrong(tree, "invalid nested repetition operator", begin);
    return true;
}

static bool alternation(struct pattern_tree *tree, uint16_t *out);

/* "i-s" up to the ':' or ')' that ends them, which is not taken. */
static bool flags(struct pattern_tree *tree, const char *begin)
{
    bool on = true;

    for (; more(tree) && *tree->at != ':' && *tree->at != ')'; tree->at++) {
        switch (*tree->at) {
        case 'i':
            tree->fold = on;
            break;
        case 's':
            tree->dot = on;
            break;
        case 'm':
            tree->lines = on;
            break;
        case 'U': /* lazy by default: no difference here */
            break;
        case '-':
            if (on) {
                on = false;
                break;
            }
            __attribute__((fallthrough));
        default:
            tree->at++;
            return pattern_wrong(tree, "invalid or unsupported Perl syntax", begin);
        }
    }
    return more(tree) || pattern_wrong(tree, "missing closing )", begin);
}

/* "(?P<name>" and "(?<name>", behind the '<'; names are not kept. */
static bool group_name(struct pattern_tree *tree, const char *begin)
{
    const char *name = tree->at;

    for (; more(tree) && *tree->at != '>'; tree->at++)
        if (*tree->at != '_' && !(*tree->at >= '0' && *tree->at <= '9') &&
            !((*tree->at | 0x20) >= 'a' && (*tree->at | 0x20) <= 'z'))
            break;
    if (!more(tree) || *tree->at != '>' || tree->at == name)
        return pattern_wrong(tree, "invalid named capture", begin);
    tree->at++;
    return true;
}

/* What stands behind "(?". *bare: flags for the rest of the group around it, "(?i)". */
static bool group_head(struct pattern_tree *tree, const char *begin, bool *bare)
{
    if (tree->end - tree->at >= 2 && tree->at[0] == 'P' && tree->at[1] == '<') {
        tree->at += 2;
        return group_name(tree, begin);
    }
    if (more(tree) && *tree->at == '<') {
        tree->at++;
        return group_name(tree, begin);
    }
    if (!flags(tree, begin))
        return false;
    *bare = *tree->at++ == ')';
    return true;
}

/* Behind the parenthesis. *out 0: it was "(?i)", which is no atom. */
static bool group(struct pattern_tree *tree, uint16_t *out)
{
    const char *begin = tree->at - 1;
    bool fold = tree->fold, any = tree->dot, lines = tree->lines, bare = false;

    *out = 0;
    if (more(tree) && *tree->at == '?') {
        tree->at++;
        if (!group_head(tree, begin, &bare))
            return false;
        if (bare)
            return true;
    }
    if (++tree->depth > PATTERN_DEPTH_MAX)
        return pattern_wrong(tree, "expression nests too deeply", NULL);
    if (!alternation(tree, out))
        return false;
    tree->depth--;
    if (!more(tree))
        return pattern_wrong(tree, "missing closing )", begin);
    tree->at++;
    tree->fold = fold;
    tree->dot = any;
    tree->lines = lines;
    return true;
}

static bool atom(struct pattern_tree *tree, uint16_t *out)
{
    switch (*tree->at) {
    case '(':
        tree->at++;
        return group(tree, out);
    case '[':
        tree->at++;
        return pattern_class(tree, out);
    case '\\':
        tree->at++;
        return escaped(tree, out);
    case '.':
        tree->at++;
        return dot(tree, out);
    case '^':
        tree->at++;
        return place(tree, tree->lines ? PLACE_LINE_BEGIN : PLACE_TEXT_BEGIN, out);
    case '$':
        tree->at++;
        return place(tree, tree->lines ? PLACE_LINE_END : PLACE_TEXT_END, out);
    default:
        return literal(tree, pattern_rune(&tree->at, tree->end), out);
    }
}

/* *out 0: it was nothing that can be repeated, "(?i)" or "\Q\E". */
static bool piece(struct pattern_tree *tree, struct children *list, uint16_t *out)
{
    if (tree->end - tree->at < 2 || tree->at[0] != '\\' || tree->at[1] != 'Q')
        return atom(tree, out);
    tree->at += 2;
    return quoted(tree, list, out);
}

static bool sequence(struct pattern_tree *tree, uint16_t *out)
{
    struct children list = { 0 };

    while (more(tree) && *tree->at != '|' && *tree->at != ')') {
        const char *begin = tree->at;
        uint32_t least, most;
        uint16_t node = 0;
        if (repetition(tree, &least, &most))
            return pattern_wrong(tree, "missing argument to repetition operator", begin);
        if (!piece(tree, &list, &node))
            return false;
        if (node == 0)
            continue;
        if (!repeat(tree, &node))
            return false;
        add_child(tree, &list, node);
    }
    return join(tree, PATTERN_CAT, &list, out);
}

static bool alternation(struct pattern_tree *tree, uint16_t *out)
{
    struct children list = { 0 };

    for (;;) {
        uint16_t node;
        if (!sequence(tree, &node))
            return false;
        add_child(tree, &list, node);
        if (!more(tree) || *tree->at != '|')
            return join(tree, PATTERN_ALT, &list, out);
        tree->at++;
    }
}

static bool is_utf8(const char *text, size_t length)
{
    const char *end = text + length;

    for (const char *at = text; at < end;) {
        const char *begin = at;
        if (pattern_rune(&at, end) == 0xfffd && at - begin == 1)
            return false;
    }
    return true;
}

enum rollcall_status pattern_tree_create(const char *text, size_t length,
                                         struct pattern_tree *tree, struct reason *why)
{
    *tree = (struct pattern_tree){
        .text = text, .at = text, .end = text + length, .why = why, .node_count = 1
    };
    if (length > PATTERN_LENGTH_MAX) {
        reason_set(why, "error parsing regexp: longer than %d octets",
                   PATTERN_LENGTH_MAX);
        return ROLLCALL_E_INVALID;
    }
    if (!is_utf8(text, length)) {
        reason_set(why, "error parsing regexp: invalid UTF-8");
        return ROLLCALL_E_INVALID;
    }
    tree->node_max = (uint32_t)length * 3 + 8;
    tree->range_max = (uint32_t)length * 9 + 16;
    tree->nodes = calloc(tree->node_max, sizeof *tree->nodes);
    tree->ranges = calloc(tree->range_max, sizeof *tree->ranges);
    if (tree->nodes == NULL || tree->ranges == NULL)
        goto fail;
    if (alternation(tree, &tree->root)) {
        if (!more(tree))
            return ROLLCALL_OK;
        tree->at++;
        pattern_wrong(tree, "unexpected )", tree->at - 1);
    }
    pattern_tree_destroy(tree);
    return ROLLCALL_E_INVALID;
fail:
    pattern_tree_destroy(tree);
    return ROLLCALL_E_NOMEM;
}

void pattern_tree_destroy(struct pattern_tree *tree)
{
    free(tree->nodes);
    free(tree->ranges);
    tree->nodes = NULL;
    tree->ranges = NULL;
}
