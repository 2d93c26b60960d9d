/* Filters over objects of the test: what they let through, what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consul/filter.h"

struct sample_check {
    const char *status;
    const char *tags[3];
};

struct sample {
    const char *name;
    int64_t port;
    bool native;
    const char *tags[4];         /* ends with NULL */
    const char *meta[4][2];      /* key, value */
    const char *addresses[3][2]; /* key, address */
    struct sample_check checks[4];
    bool lost; /* has no Service */
};

static bool read_text(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const char *const *text =
        (const char *const *)(const void *)((const char *)object + self->with);

    return *text != NULL && index == 0 && filter_text(out, *text, strlen(*text));
}

static bool read_port(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    (void)self;
    out->number = ((const struct sample *)object)->port;
    return index == 0;
}

static bool read_native(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    (void)self;
    out->flag = ((const struct sample *)object)->native;
    return index == 0;
}

static bool read_tags(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const char *const *tags =
        (const char *const *)(const void *)((const char *)object + self->with);

    return tags[index] != NULL && filter_text(out, tags[index], strlen(tags[index]));
}

static bool read_meta(const struct selector *self, const void *object, size_t index,
                      struct filter_value *out)
{
    const struct sample *sample = object;

    (void)self;
    out->key = sample->meta[index][0];
    if (out->key == NULL)
        return false;
    out->key_length = strlen(out->key);
    return filter_text(out, sample->meta[index][1], strlen(sample->meta[index][1]));
}

static bool read_addresses(const struct selector *self, const void *object, size_t index,
                           struct filter_value *out)
{
    const struct sample *sample = object;

    (void)self;
    out->key = sample->addresses[index][0];
    out->object = sample->addresses[index];
    out->key_length = out->key != NULL ? strlen(out->key) : 0;
    return out->key != NULL;
}

static bool read_service(const struct selector *self, const void *object, size_t index,
                         struct filter_value *out)
{
    (void)self;
    out->object = object;
    return index == 0 && !((const struct sample *)object)->lost;
}

static bool read_checks(const struct selector *self, const void *object, size_t index,
                        struct filter_value *out)
{
    const struct sample *sample = object;

    (void)self;
    out->object = &sample->checks[index];
    return sample->checks[index].status != NULL;
}

static const struct selector check_fields[] = {
    { "Status", FILTER_TEXT, read_text, NULL, offsetof(struct sample_check, status) },
    { "ServiceTags", FILTER_TEXTS, read_tags, NULL, offsetof(struct sample_check, tags) },
    { 0 },
};
static const struct selector address_fields[] = {
    { "Address", FILTER_TEXT, read_text, NULL, sizeof(char *) },
    { 0 },
};
static const struct selector service_fields[] = {
    { "Service", FILTER_TEXT, read_text, NULL, offsetof(struct sample, name) },
    { "Port", FILTER_NUMBER, read_port, NULL, 0 },
    { "Native", FILTER_BOOL, read_native, NULL, 0 },
    { "Tags", FILTER_TEXTS, read_tags, NULL, offsetof(struct sample, tags) },
    { "Meta", FILTER_MAP, read_meta, NULL, 0 },
    { "TaggedAddresses", FILTER_OBJECT_MAP, read_addresses, address_fields, 0 },
    { 0 },
};
static const struct selector selectors[] = {
    { "Service", FILTER_OBJECT, read_service, service_fields, 0 },
    { "Checks", FILTER_OBJECTS, read_checks, check_fields, 0 },
    { 0 },
};

static const struct sample web = {
    .name = "web",
    .port = 8080,
    .native = true,
    .tags = { "v1", "x-y" },
    .meta = { { "version", "4" }, { "rack-id", "r1" }, { "empty", "" } },
    .addresses = { { "lan", "10.0.0.7" }, { "wan", "192.0.2.1" } },
    .checks = { { "passing", { "v1" } }, { "warning", { NULL } } },
};
static const struct sample bare = { .name = "" };
static const struct sample lost = { .lost = true };

static bool lets(const char *text, const struct sample *sample)
{
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;

    if (filter_parse(text, selectors, &filter, &why) != ROLLCALL_OK)
        fail_msg("%s\n%s", text, why.text);
    bool matched = filter_matches(filter, sample);
    assert_false(filter_spent(filter, NULL));
    filter_destroy(filter);
    return matched;
}

/* Of web and of bare. */
static void says(const char *text, bool of_web, bool of_bare)
{
    if (lets(text, &web) != of_web)
        fail_msg("%s: %d of web", text, !of_web);
    if (lets(text, &bare) != of_bare)
        fail_msg("%s: %d of bare", text, !of_bare);
}

static void refuses(const char *text, const char *words)
{
    static const char prefix[] = "Failed to create boolean expression evaluator: ";
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;

    if (filter_parse(text, selectors, &filter, &why) != ROLLCALL_E_INVALID)
        fail_msg("%s is not refused", text);
    assert_null(filter);
    assert_memory_equal(why.text, prefix, sizeof prefix - 1);
    assert_string_equal(why.text + sizeof prefix - 1, words);
}

static void nothing_lets_everything_through(void **state)
{
    (void)state;
    says("", true, true);
    says(" \t\r\n", true, true);
    assert_true(lets(NULL, &web));
}

static void texts_are_compared_searched_and_matched(void **state)
{
    (void)state;
    says("Service.Service == web", true, false);
    says("Service.Service==\"web\"", true, false);
    says("Service.Service == `web`", true, false);
    says("Service.Service == Web", false, false);
    says("Service.Service != web", false, true);
    says("Service.Service contains eb", true, false);
    says("eb in Service.Service", true, false);
    says("Service.Service not contains eb", false, true);
    says("Service.Service is empty", false, true);
    says("Service.Service is not empty", true, false);
    says("Service.Service matches \"^w\"", true, false);
    says("Service.Service not matches \"^w\"", false, true);
    says("Service[\"Service\"] == web", true, false);
}

static void numbers_and_booleans_take_both_spellings(void **state)
{
    (void)state;
    says("Service.Port == 8080", true, false);
    says("Service.Port == \"8080\"", true, false);
    says("Service.Port == 0x1f90", true, false);
    says("Service.Port == 017620", true, false);
    says("Service.Port == 0b1", false, false);
    says("Service.Port != -1", true, true);
    says("Service.Port == 0", false, true);
    says("Service.Native == true", true, false);
    says("Service.Native == 1", true, false);
    says("Service.Native != \"True\"", false, true);
    refuses("Service.Port == web", "at 17: \"Port\" needs a whole number");
    refuses("Service.Port == 80.5", "at 17: \"Port\" needs a whole number");
    refuses("Service.Port == 08", "at 17: \"Port\" needs a whole number");
    refuses("Service.Port == 9223372036854775808",
            "at 17: \"Port\" needs a whole number");
    refuses("Service.Native == yes", "at 19: \"Native\" needs true or false");
}

static void lists_have_members(void **state)
{
    (void)state;
    says("v1 in Service.Tags", true, false);
    says("\"v1\" in Service.Tags", true, false);
    says("v in Service.Tags", false, false);
    says("x-y in Service.Tags", true, false);
    says("v1 not in Service.Tags", false, true);
    says("Service.Tags contains v1", true, false);
    says("Service.Tags not contains v1", false, true);
    says("Service.Tags is empty", false, true);
    says("Service.Tags is not empty", true, false);
}

static void maps_have_keys_and_values(void **state)
{
    (void)state;
    says("Service.Meta.version == \"4\"", true, false);
    says("Service.Meta.version == 4", true, false);
    says("Service.Meta.version != 4", false, true);
    says("Service.Meta[\"rack-id\"] == r1", true, false);
    says("Service.Meta.rack-id == r1", true, false);
    says("Service.Meta contains version", true, false);
    says("version in Service.Meta", true, false);
    says("version not in Service.Meta", false, true);
    says("Service.Meta is empty", false, true);
}

static void an_absent_key_is_like_nothing(void **state)
{
    (void)state;
    says("Service.Meta.none == \"\"", false, false);
    says("Service.Meta.none != x", true, true);
    says("x in Service.Meta.none", false, false);
    says("x not in Service.Meta.none", true, true);
    says("Service.Meta.none is empty", true, true);
    says("Service.Meta.none is not empty", false, false);
    says("Service.Meta.none matches \".*\"", false, false);
    says("Service.Meta.none not matches \".*\"", true, true);
    says("Service.Meta.empty is empty", true, true);
    says("Service.Meta.empty == \"\"", true, false);
    says("Service.TaggedAddresses.none.Address == x", false, false);
    says("Service.TaggedAddresses.none.Address != x", true, true);
}

static void maps_of_objects_lead_on(void **state)
{
    (void)state;
    says("Service.TaggedAddresses.lan.Address == 10.0.0.7", true, false);
    says("Service.TaggedAddresses[`wan`].Address == \"192.0.2.1\"", true, false);
    says("Service.TaggedAddresses contains lan", true, false);
    says("Service.TaggedAddresses is empty", false, true);
}

static void one_of_a_list_of_objects_is_enough(void **state)
{
    (void)state;
    says("Checks.Status == passing", true, false);
    says("Checks.Status == warning", true, false);
    says("Checks.Status != passing", true, false);
    says("Checks.Status != critical", true, false);
    says("not (Checks.Status == critical)", true, true);
    says("v1 in Checks.ServiceTags", true, false);
    says("v1 not in Checks.ServiceTags", true, false);
    says("Checks is empty", false, true);
    says("Checks is not empty", true, false);
    says("Checks.Status is empty", false, false);
}

static void an_absent_object_is_like_an_absent_key(void **state)
{
    (void)state;
    assert_false(lets("Service.Port == 0", &lost));
    assert_true(lets("Service.Port != 0", &lost));
    assert_true(lets("Service.Tags is empty", &lost));
    assert_false(lets("v1 in Service.Tags", &lost));
}

static void and_binds_tighter_than_or(void **state)
{
    (void)state;
    says("Service.Service == x or Service.Port == 8080 and v1 in Service.Tags", true,
         false);
    says("(Service.Port == 0 or Service.Port == 8080) and v1 in Service.Tags", true,
         false);
    says("Service.Port == 0 or Service.Port == 8080 and v2 in Service.Tags", false, true);
    says("not Service.Port == 8080 and Service.Tags is empty", false, true);
    says("not (Service.Port == 8080 and Service.Tags is empty)", true, true);
    says("not not Service.Port == 8080", true, false);
    says("not(Service.Port==8080)or(Service.Native==true)", true, true);
    says("Service.Port == 1 or Service.Port == 2 or Service.Port == 3 or "
         "Service.Port == 8080",
         true, false);
    says("Service.Port == 8080 and Service.Native == true and Service.Port != 1 and "
         "Service.Port != 8080",
         false, false);
    says("Service.Meta.version == \"4\" and \"v1\" in Service.Tags", true, false);
}

static void strings_have_escapes_of_go(void **state)
{
    (void)state;
    says("Service.Service == \"\\x77\\u0065\\142\"", true, false);
    says("Service.Service == \"w\\teb\"", false, false);
    says("Service.Service == \"\\U00000077eb\"", true, false);
    says("Service.Service == `\\x77eb`", false, false);
    refuses("Service.Service == \"\\q\"", "at 20: no string as in Go");
    refuses("Service.Service == \"\\ud800\"", "at 20: no string as in Go");
    refuses("Service.Service == \"\\400\"", "at 20: no string as in Go");
    refuses("Service.Service == \"a", "at 20: no closing \"");
    refuses("Service.Service == \"a\\\"", "at 20: no closing \"");
    refuses("Service.Service == `a", "at 20: no closing `");
}

static void what_is_not_known_is_named_with_its_place(void **state)
{
    (void)state;
    refuses("Nope == 1", "at 1: no selector \"Nope\"; there are Service, Checks");
    refuses("Service.Port == 1 and Checks.Nope == 2",
            "at 30: no selector \"Nope\"; there are Status, ServiceTags");
    refuses("service.Port == 1",
            "at 1: no selector \"service\"; there are Service, Checks");
    refuses("Service == web", "at 8: \"Service\" needs one of its parts");
    refuses("Service.Port.x == 1", "at 13: \"Port\" has no parts");
    refuses("Service.Meta.a.b == 1", "at 15: \"Meta\" has no parts");
    refuses("Service.TaggedAddresses.lan == 1",
            "at 28: \"TaggedAddresses\" needs one of its parts");
    refuses("Service. == 1", "at 9: a name is missing");
    refuses("Service[Port] == 1", "at 9: [ needs a quoted name");
    refuses("Service[\"Port\" == 1", "at 16: no closing ]");
}

static void operators_must_suit_their_selector(void **state)
{
    (void)state;
    refuses("Service.Port contains 1", "at 1: \"Port\" does not go with in and contains");
    refuses("Service.Port is empty", "at 1: \"Port\" does not go with is empty");
    refuses("Service.Tags == v1", "at 1: \"Tags\" does not go with == and !=");
    refuses("Service.Tags matches v1", "at 1: \"Tags\" does not go with matches");
    refuses("Service.Meta == x", "at 1: \"Meta\" does not go with == and !=");
    refuses("x in Checks", "at 1: \"Checks\" does not go with in and contains");
    refuses("Service.Service matches \"(\"",
            "at 25: error parsing regexp: missing closing ): `(`");
}

static void what_is_half_written_is_refused(void **state)
{
    (void)state;
    refuses("Service.Port", "at 13: ==, !=, is, in, contains or matches is missing");
    refuses("Service.Port = 1", "at 14: ==, !=, is, in, contains or matches is missing");
    refuses("Service.Port ==", "at 16: a value is missing");
    refuses("Service.Service == 'web'", "at 20: quotes are \" or `, not '");
    refuses("'v1' in Service.Tags", "at 1: quotes are \" or `, not '");
    refuses("Service.Port is", "at 16: \"empty\" is missing");
    refuses("\"v1\"", "at 5: \"in\" is missing behind a value");
    refuses("(Service.Port == 1", "at 19: no closing )");
    refuses("Service.Port == 1)", "at 18: and, or or the end is missing");
    refuses("Service.Port == 1 Service.Port == 2",
            "at 19: and, or or the end is missing");
    refuses("Service.Port == 1 and", "at 22: a selector or a value is missing");
    refuses("not", "at 4: a selector or a value is missing");
    refuses("== 1", "at 1: a selector or a value is missing");
    refuses("Service.Port == 1 \x01", "at 19: and, or or the end is missing");
    refuses("\x01", "at 1: a selector or a value is missing");
}

static char *repeated(const char *begin, const char *again, unsigned times,
                      const char *end)
{
    size_t size = strlen(begin) + strlen(again) * times + strlen(end) + 1;
    char *text = malloc(size), *at = stpcpy(text, begin);

    while (times-- > 0)
        at = stpcpy(at, again);
    strcpy(at, end);
    return text;
}

static void what_is_too_large_is_refused(void **state)
{
    char *text;

    (void)state;
    text = repeated("", "(", FILTER_DEPTH_MAX, "Service.Port==1");
    refuses(text, "at 65: more than 64 levels");
    free(text);
    text = repeated("", "not ", FILTER_DEPTH_MAX - 1, "Service.Port == 8080");
    says(text, false, true);
    free(text);
    text = repeated("Checks is empty", " or Checks is empty", 420, "");
    says(text, false, true);
    free(text);
    text = repeated("Service.Service == \"", "x", FILTER_LENGTH_MAX, "\"");
    refuses(text, "longer than 8192 octets");
    free(text);
}

/* A table whose names are one letter, so that nodes run out before the text does. */
static void conditions_are_counted(void **state)
{
    static const struct selector one[] = {
        { "a", FILTER_TEXT, read_text, NULL, offsetof(struct sample, name) }, { 0 }
    };
    char *text = repeated("a==b", " or a==b", 1022, "");
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;

    (void)state;
    assert_int_equal(filter_parse(text, one, &filter, &why), ROLLCALL_E_INVALID);
    assert_non_null(strstr(why.text, "more than 1023 conditions"));
    text[4 + 8 * 1021] = '\0';
    assert_int_equal(filter_parse(text, one, &filter, &why), ROLLCALL_OK);
    filter_destroy(filter);
    free(text);
}

static void patterns_have_one_purse_for_all_objects(void **state)
{
    char *name = repeated("", "a", 4000, "!");
    struct sample sample = { .name = name };
    struct filter *filter = NULL;
    struct reason why = REASON_NONE;

    (void)state;
    assert_int_equal(filter_parse("Service.Service matches \"^(a{1,30}b?){30}$\" or "
                                  "Service.Port == 0",
                                  selectors, &filter, &why),
                     ROLLCALL_OK);
    for (unsigned i = 0; i < 1000 && !filter_spent(filter, NULL); i++)
        filter_matches(filter, &sample);
    assert_true(filter_spent(filter, &why));
    assert_string_equal(why.text, "The filter needs more than 10000000 steps: make it "
                                  "simpler, or list less");
    assert_false(filter_matches(filter, &sample));
    filter_destroy(filter);
    free(name);
}

static void conditions_without_patterns_are_paid_for_too(void **state)
{
    char *text =
        repeated("Checks.Status contains x", " or Checks.Status contains x", 280, "");
    char *status = repeated("", "y", 4000, "");
    struct sample sample = { .checks = { { .status = status }, { .status = status } } };
    struct filter *filter = NULL;
    unsigned looked = 0;

    (void)state;
    assert_int_equal(filter_parse(text, selectors, &filter, NULL), ROLLCALL_OK);
    while (!filter_spent(filter, NULL)) {
        assert_false(filter_matches(filter, &sample));
        looked++;
    }
    /* 281 conditions on two texts of 4000 octets. */
    assert_in_range(looked, 100, 10000000 / (281 * 2 * 125));
    filter_destroy(filter);
    free(status);
    free(text);
}

static void the_purse_of_a_piece_is_what_the_one_before_has_left(void **state)
{
    const char *text = "Service.Port == 0";
    struct sample sample = { .name = "web" };
    struct filter *first = NULL, *second = NULL;

    (void)state;
    assert_int_equal(filter_left(NULL), 0);
    filter_go_on(NULL, 1);
    assert_int_equal(filter_parse(text, selectors, &first, NULL), ROLLCALL_OK);
    assert_int_equal(filter_left(first), FILTER_STEPS_MAX);
    (void)filter_matches(first, &sample);
    assert_in_range(filter_left(first), FILTER_STEPS_MAX - 100, FILTER_STEPS_MAX - 1);
    assert_int_equal(filter_parse(text, selectors, &second, NULL), ROLLCALL_OK);
    filter_go_on(second, 1);
    assert_false(filter_matches(second, &sample));
    assert_true(filter_spent(second, NULL));
    assert_int_equal(filter_left(second), 0);
    filter_go_on(first, filter_left(second));
    assert_true(filter_spent(first, NULL));
    assert_false(filter_matches(first, &sample));
    filter_destroy(first);
    filter_destroy(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_lets_everything_through),
        cmocka_unit_test(texts_are_compared_searched_and_matched),
        cmocka_unit_test(numbers_and_booleans_take_both_spellings),
        cmocka_unit_test(lists_have_members),
        cmocka_unit_test(maps_have_keys_and_values),
        cmocka_unit_test(an_absent_key_is_like_nothing),
        cmocka_unit_test(maps_of_objects_lead_on),
        cmocka_unit_test(one_of_a_list_of_objects_is_enough),
        cmocka_unit_test(an_absent_object_is_like_an_absent_key),
        cmocka_unit_test(and_binds_tighter_than_or),
        cmocka_unit_test(strings_have_escapes_of_go),
        cmocka_unit_test(what_is_not_known_is_named_with_its_place),
        cmocka_unit_test(operators_must_suit_their_selector),
        cmocka_unit_test(what_is_half_written_is_refused),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(conditions_are_counted),
        cmocka_unit_test(patterns_have_one_purse_for_all_objects),
        cmocka_unit_test(conditions_without_patterns_are_paid_for_too),
        cmocka_unit_test(the_purse_of_a_piece_is_what_the_one_before_has_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
