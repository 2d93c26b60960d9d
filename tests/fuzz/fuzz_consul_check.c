/* The body of a check as Consul's clients send it, added to an instance and to nothing.
 * Adding it again gives the same; removing it gives what was before. */
#include "fuzz/fuzz_consul.h"

static const char service[] =
    "{\"Name\":\"My app\",\"Check\":{\"TTL\":\"9s\"},\"Checks\":[{"
    "\"CheckID\":\"own\",\"TTL\":\"9s\",\"Status\":\"passing\"}]}";

static struct instance *make_base(void)
{
    struct definition *definition = fuzz_definition();
    json_t *body = body_parse(service, sizeof service - 1, NULL);

    FUZZ_REQUIRE(definition_read_service(definition, body, NULL) == ROLLCALL_OK);
    json_decref(body);
    struct instance *made = fuzz_finish(definition);
    FUZZ_REQUIRE(made != NULL);
    return made;
}

static struct instance *add(struct instance *before, json_t *body)
{
    struct definition *definition = fuzz_definition();
    struct reason why = REASON_NONE;

    FUZZ_REQUIRE(definition_read_instance(definition, before, &why) == ROLLCALL_OK);
    if (definition_add_check(definition, body, &why) == ROLLCALL_OK)
        return fuzz_finish(definition);
    FUZZ_REQUIRE(why.text[0] != '\0');
    definition_destroy(definition);
    return NULL;
}

static struct instance *drop(struct instance *before, const char *id)
{
    struct definition *definition = fuzz_definition();

    FUZZ_REQUIRE(definition_read_instance(definition, before, NULL) == ROLLCALL_OK);
    FUZZ_REQUIRE(definition_drop_check(definition, id));
    return fuzz_finish(definition);
}

static void try_check(struct instance *base, json_t *body, const char *id)
{
    struct instance *with = add(base, body);
    struct annex annex;
    unsigned at;

    if (with == NULL)
        return;
    struct instance *again = add(with, body);
    FUZZ_REQUIRE(again != NULL && instance_equal(&with->is, &again->is));
    annex_read(&annex, &with->is);
    FUZZ_REQUIRE(annex_find_check(&annex, &with->is, id, &at));
    annex_deinit(&annex);
    if (with->is.check_count > base->is.check_count) {
        struct instance *without = drop(with, id);
        FUZZ_REQUIRE(without != NULL && instance_equal(&base->is, &without->is));
        instance_unref(without);
    }
    instance_unref(again);
    instance_unref(with);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body = fuzz_body(data, size);
    struct definition_check said;
    struct reason why = REASON_NONE;

    if (body == NULL)
        return 0;
    if (definition_peek_check(body, &said, &why) == ROLLCALL_OK) {
        struct instance *base = make_base();
        try_check(base, body, said.id);
        instance_unref(base);
    } else {
        FUZZ_REQUIRE(why.text[0] != '\0');
    }
    json_decref(body);
    return 0;
}
