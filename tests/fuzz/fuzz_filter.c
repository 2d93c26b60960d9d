/* A filter from anyone, regular expressions in it too. */
#include <string.h>

#include "consul/filter.h"
#include "fuzz/fuzz.h"

struct thing {
    const char *name;
    const char *tags[3];
    int64_t port;
    bool native;
};

static const struct thing things[] = {
    { "web-1", { "v1", "aaaaaaaaaaaaaaaaaaaa!" }, 8080, true },
    { "", { NULL }, 0, false },
};

static bool read_text(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const char *name = ((const struct thing *)object)->name;

    (void)self;
    return index == 0 && filter_text(out, name, strlen(name));
}

static bool read_number(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    (void)self;
    out->number = ((const struct thing *)object)->port;
    return index == 0;
}

static bool read_bool(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    (void)self;
    out->flag = ((const struct thing *)object)->native;
    return index == 0;
}

/* Tags as a list, as a map of themselves, and as objects. */
static bool read_tags(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const char *tag = ((const struct thing *)object)->tags[index];

    (void)self;
    out->key = tag;
    out->key_length = tag != NULL ? strlen(tag) : 0;
    out->object = object;
    return tag != NULL && filter_text(out, tag, strlen(tag));
}

static bool read_self(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    (void)self;
    out->object = object;
    return index == 0 && ((const struct thing *)object)->native;
}

static const struct selector inner[] = {
    { "Name", FILTER_TEXT, read_text, NULL, 0 },
    { "Tags", FILTER_TEXTS, read_tags, NULL, 0 },
    { 0 },
};
static const struct selector selectors[] = {
    { "Name", FILTER_TEXT, read_text, NULL, 0 },
    { "Port", FILTER_NUMBER, read_number, NULL, 0 },
    { "Native", FILTER_BOOL, read_bool, NULL, 0 },
    { "Tags", FILTER_TEXTS, read_tags, NULL, 0 },
    { "Meta", FILTER_MAP, read_tags, NULL, 0 },
    { "Service", FILTER_OBJECT, read_self, inner, 0 },
    { "Checks", FILTER_OBJECTS, read_tags, inner, 0 },
    { "TaggedAddresses", FILTER_OBJECT_MAP, read_tags, inner, 0 },
    { 0 },
};

static struct filter *parsed(const char *text)
{
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;
    enum rollcall_status status = filter_parse(text, selectors, &filter, &why);

    if (status == ROLLCALL_E_INVALID) {
        FUZZ_REQUIRE(filter == NULL);
        FUZZ_REQUIRE(strncmp(why.text, "Failed to create boolean expression", 35) == 0);
        for (const char *at = why.text; *at != '\0'; at++)
            FUZZ_REQUIRE((unsigned char)*at >= ' ');
    }
    return filter;
}

/* What is not so of a thing is so of its opposite. */
static void require_opposite(const char *text, struct filter *filter)
{
    static char opposite[FILTER_LENGTH_MAX + 16];

    snprintf(opposite, sizeof opposite, "not (%s)", text);
    struct filter *other = parsed(opposite);
    if (other == NULL)
        return; /* one level or one condition too many */
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++) {
        bool first = filter_matches(filter, &things[i]);
        bool second = filter_matches(other, &things[i]);
        if (!filter_spent(filter, NULL) && !filter_spent(other, NULL))
            FUZZ_REQUIRE(first != second);
    }
    filter_destroy(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_REQUIRE(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct filter *filter = parsed(text);
    if (filter != NULL)
        require_opposite(text, filter);
    filter_destroy(filter);
    free(text);
    return 0;
}
