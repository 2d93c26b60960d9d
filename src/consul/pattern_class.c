/* Characters of patterns: classes, escapes, UTF-8. */
#include <string.h>

#include "consul/pattern_tree.h"

enum { RUNE_WRONG = 0xfffd };

/* Octets of a character by its first one; 0: no character begins so. */
static unsigned rune_octets(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

uint32_t pattern_rune(const char **at, const char *end)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t *from = (const uint8_t *)*at;
    unsigned octets = rune_octets(from[0]);

    *at += 1;
    if (octets == 1)
        return from[0];
    if (octets == 0 || (size_t)(end - (const char *)from) < octets)
        return RUNE_WRONG;
    uint32_t rune = from[0] & (0x7fu >> octets);
    for (unsigned i = 1; i < octets; i++) {
        if ((from[i] & 0xc0) != 0x80)
            return RUNE_WRONG;
        rune = rune << 6 | (from[i] & 0x3fu);
    }
    if (rune < smallest[octets] || rune > PATTERN_RUNE_MAX ||
        (rune >= 0xd800 && rune < 0xe000))
        return RUNE_WRONG;
    *at += octets - 1;
    return rune;
}

static bool add_range(struct pattern_tree *tree, uint32_t low, uint32_t high)
{
    if (low > high)
        return true;
    if (tree->range_count >= tree->range_max)
        return pattern_wrong(tree, "expression too large", NULL);
    tree->ranges[tree->range_count].low = low;
    tree->ranges[tree->range_count++].high = high;
    return true;
}

/* The part of low to high that lies within `from` to `from` + 25, `by` further. */
static bool add_other_case(struct pattern_tree *tree, uint32_t low, uint32_t high,
                           uint32_t from, int32_t by)
{
    uint32_t first = low > from ? low : from;
    uint32_t last = high < from + 25 ? high : from + 25;

    if (first > last)
        return true;
    return add_range(tree, (uint32_t)((int32_t)first + by),
                     (uint32_t)((int32_t)last + by));
}

bool pattern_add(struct pattern_tree *tree, uint32_t low, uint32_t high)
{
    if (!add_range(tree, low, high))
        return false;
    return !tree->fold || (add_other_case(tree, low, high, 'a', 'A' - 'a') &&
                           add_other_case(tree, low, high, 'A', 'a' - 'A'));
}

struct named_class {
    const char *name;
    uint8_t ranges;
    struct pattern_range range[4];
};

static const struct named_class digits = { "d", 1, { { '0', '9' } } };
static const struct named_class words = {
    "w", 4, { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }
};
static const struct named_class spaces = {
    "s", 3, { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } }
};

static const struct named_class posix[] = {
    { "alnum", 3, { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
    { "alpha", 2, { { 'A', 'Z' }, { 'a', 'z' } } },
    { "ascii", 1, { { 0, 0x7f } } },
    { "blank", 2, { { '\t', '\t' }, { ' ', ' ' } } },
    { "cntrl", 2, { { 0, 0x1f }, { 0x7f, 0x7f } } },
    { "digit", 1, { { '0', '9' } } },
    { "graph", 1, { { '!', '~' } } },
    { "lower", 1, { { 'a', 'z' } } },
    { "print", 1, { { ' ', '~' } } },
    { "punct", 4, { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
    { "space", 2, { { '\t', '\r' }, { ' ', ' ' } } },
    { "upper", 1, { { 'A', 'Z' } } },
    { "word", 4, { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
    { "xdigit", 3, { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
};

/* The ranges of a class (in rising order), or what lies between them. */
static bool add_named(struct pattern_tree *tree, const struct named_class *named,
                      bool negated)
{
    uint32_t next = 0;

    for (unsigned i = 0; i < named->ranges; i++) {
        const struct pattern_range *range = &named->range[i];
        if (!negated) {
            if (!pattern_add(tree, range->low, range->high))
                return false;
            continue;
        }
        if (range->low > next && !add_range(tree, next, range->low - 1))
            return false;
        next = range->high + 1;
    }
    return !negated || add_range(tree, next, PATTERN_RUNE_MAX);
}

bool pattern_perl(struct pattern_tree *tree, char letter, bool *known)
{
    const struct named_class *named = NULL;

    switch (letter | 0x20) {
    case 'd':
        named = &digits;
        break;
    case 'w':
        named = &words;
        break;
    case 's':
        named = &spaces;
        break;
    default:
        break;
    }
    *known = named != NULL;
    return named == NULL || add_named(tree, named, (letter & 0x20) == 0);
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

/* Up to `most` digits; false when there was none or the number is no character. */
static bool number(struct pattern_tree *tree, unsigned base, unsigned most,
                   uint32_t *rune)
{
    const char *begin = tree->at;
    uint32_t value = 0;

    while (tree->at < tree->end && (size_t)(tree->at - begin) < most &&
           digit_value(*tree->at) < base) {
        value = value * base + digit_value(*tree->at++);
        if (value > PATTERN_RUNE_MAX)
            return false;
    }
    *rune = value;
    return tree->at > begin;
}

static bool hex_escape(struct pattern_tree *tree, uint32_t *rune)
{
    if (tree->at == tree->end || *tree->at != '{') {
        const char *begin = tree->at;
        return number(tree, 16, 2, rune) && tree->at - begin == 2;
    }
    tree->at++;
    return number(tree, 16, 8, rune) && tree->at < tree->end && *tree->at++ == '}';
}

bool pattern_escape(struct pattern_tree *tree, uint32_t *rune)
{
    static const char letters[] = "afnrtv";
    static const char meanings[] = "\a\f\n\r\t\v";
    const char *begin = tree->at - 1;

    if (tree->at == tree->end)
        return pattern_wrong(tree, "trailing backslash at end of expression", begin);
    char letter = *tree->at;
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    if (found != NULL) {
        tree->at++;
        *rune = (uint8_t)meanings[found - letters];
        return true;
    }
    if (letter == 'x') {
        tree->at++;
        return hex_escape(tree, rune) ||
               pattern_wrong(tree, "invalid escape sequence", begin);
    }
    /* \1 to \7 alone would be back references; \012 and \12 are octal. */
    if (letter == '0' || (letter >= '1' && letter <= '7' && tree->at + 1 < tree->end &&
                          digit_value(tree->at[1]) < 8))
        return number(tree, 8, 3, rune);
    if (letter == 'p' || letter == 'P') {
        tree->at++;
        return pattern_wrong(tree, "classes of Unicode are not known, use a range",
                             begin);
    }
    if ((uint8_t)letter >= 0x80 || letter == '_' || (letter >= '0' && letter <= '9') ||
        ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z')) {
        tree->at++;
        return pattern_wrong(tree, "invalid escape sequence", begin);
    }
    tree->at++;
    *rune = (uint8_t)letter;
    return true;
}

/* "[:alpha:]" at the bracket. *known false: it is not written as one. */
static bool posix_class(struct pattern_tree *tree, bool *known)
{
    const char *begin = tree->at;
    const char *close = memmem(begin, (size_t)(tree->end - begin), ":]", 2);

    *known =
        tree->end - begin > 2 && begin[1] == ':' && close != NULL && close > begin + 1;
    if (!*known)
        return true;
    const char *name = begin + 2;
    bool negated = name < close && *name == '^';
    if (negated)
        name++;
    tree->at = close + 2;
    for (size_t i = 0; i < sizeof posix / sizeof posix[0]; i++)
        if (strlen(posix[i].name) == (size_t)(close - name) &&
            memcmp(posix[i].name, name, (size_t)(close - name)) == 0)
            return add_named(tree, &posix[i], negated);
    return pattern_wrong(tree, "invalid character class range", begin);
}

/* One end of a range. */
static bool class_rune(struct pattern_tree *tree, uint32_t *rune)
{
    if (*tree->at != '\\') {
        *rune = pattern_rune(&tree->at, tree->end);
        return true;
    }
    tree->at++;
    return pattern_escape(tree, rune);
}

static bool class_range(struct pattern_tree *tree)
{
    const char *begin = tree->at;
    uint32_t low, high;

    if (!class_rune(tree, &low))
        return false;
    high = low;
    if (tree->end - tree->at >= 2 && tree->at[0] == '-' && tree->at[1] != ']') {
        tree->at++;
        if (!class_rune(tree, &high))
            return false;
        if (high < low)
            return pattern_wrong(tree, "invalid character class range", begin);
    }
    return pattern_add(tree, low, high);
}

static bool class_member(struct pattern_tree *tree)
{
    bool known = false;

    if (*tree->at == '[') {
        if (!posix_class(tree, &known))
            return false;
        if (known)
            return true;
    }
    if (*tree->at == '\\' && tree->end - tree->at > 1) {
        if (!pattern_perl(tree, tree->at[1], &known))
            return false;
        if (known) {
            tree->at += 2;
            return true;
        }
    }
    return class_range(tree);
}

bool pattern_class(struct pattern_tree *tree, uint16_t *out)
{
    const char *begin = tree->at - 1;
    uint32_t first = tree->range_count;
    uint16_t node = pattern_node(tree, PATTERN_CLASS);

    if (node == 0)
        return false;
    if (tree->at < tree->end && *tree->at == '^') {
        tree->nodes[node].negated = true;
        tree->at++;
    }
    for (bool any = false; !any || (tree->at < tree->end && *tree->at != ']');
         any = true) {
        if (tree->at == tree->end)
            return pattern_wrong(tree, "missing closing ]", begin);
        if (!class_member(tree))
            return false;
    }
    if (tree->at == tree->end)
        return pattern_wrong(tree, "missing closing ]", begin);
    tree->at++;
    tree->nodes[node].first_range = (uint16_t)first;
    tree->nodes[node].ranges = (uint16_t)(tree->range_count - first);
    *out = node;
    return true;
}
