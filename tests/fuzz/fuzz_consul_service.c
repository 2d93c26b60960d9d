/* The body of a registration as Consul's clients send it. What is taken is an instance
 * that holds by the rules; reading that instance back, and sending the same body again,
 * give the same. */
#include "fuzz/fuzz_consul.h"

static struct instance *read_body(json_t *body, struct instance *before)
{
    struct definition *definition = fuzz_definition();
    struct reason why = REASON_NONE;
    enum rollcall_status status = definition_read_service(definition, body, &why);

    if (status == ROLLCALL_OK && before != NULL)
        status = definition_keep_checks(definition, before, &why);
    if (status == ROLLCALL_OK)
        return fuzz_finish(definition);
    FUZZ_REQUIRE(why.text[0] != '\0');
    definition_destroy(definition);
    return NULL;
}

static void look_at_annex(const struct rollcall_instance *is)
{
    char out[ANNEX_TEXT_SIZE];
    struct annex annex;
    unsigned at;

    annex_read(&annex, is);
    FUZZ_REQUIRE(annex.check_count == is->check_count);
    FUZZ_REQUIRE(annex_service(&annex, is)[0] != '\0');
    for (unsigned i = 0; i < annex.check_count; i++) {
        FUZZ_REQUIRE(
            annex_find_check(&annex, is, annex_check_id(&annex, is, i, out), &at));
        FUZZ_REQUIRE(at == i);
        FUZZ_REQUIRE(annex_check_name(&annex, is, i, out) != NULL);
        FUZZ_REQUIRE(annex_check_interval(&annex, is, i, out) != NULL);
        FUZZ_REQUIRE(annex_check_timeout(&annex, is, i, out) != NULL);
    }
    annex_deinit(&annex);
}

static void try_again(json_t *body, struct instance *made)
{
    struct instance *again = read_body(body, made);
    struct definition *definition = fuzz_definition();
    struct reason why = REASON_NONE;

    FUZZ_REQUIRE(again != NULL && instance_equal(&made->is, &again->is));
    instance_unref(again);
    FUZZ_REQUIRE(definition_read_instance(definition, made, &why) == ROLLCALL_OK);
    again = fuzz_finish(definition);
    FUZZ_REQUIRE(again != NULL && instance_equal(&made->is, &again->is));
    instance_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body = fuzz_body(data, size);

    if (body == NULL)
        return 0;
    struct instance *made = read_body(body, NULL);
    if (made != NULL) {
        look_at_annex(&made->is);
        try_again(body, made);
    }
    instance_unref(made);
    json_decref(body);
    return 0;
}
