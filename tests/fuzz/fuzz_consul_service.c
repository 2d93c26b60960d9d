/* The body of a registration as Consul's clients send it. What is taken is an instance
 * that holds by the rules; reading that instance back, and sending the same body again,
 * give the same. */
#include <string.h>

#include "consul/body.h"
#include "consul/definition.h"
#include "fuzz/fuzz.h"
#include "health/kinds.h"
#include "model/validate.h"

enum { BODY_MAX = 64 * 1024 };

static struct definition *begin(void)
{
    static const struct rollcall_address address = { .family = 4,
                                                     .bytes = { 10, 1, 2, 3 } };
    const struct definition_home home = { .namespace_name = "default",
                                          .address = &address,
                                          .schemas = check_schemas() };
    struct definition *definition = definition_create(&home);

    FUZZ_REQUIRE(definition != NULL);
    return definition;
}

static struct instance *finish(struct definition *definition)
{
    struct instance *made = NULL;
    struct reason why = REASON_NONE;

    if (definition_finish(definition, &made, &why) == ROLLCALL_OK)
        FUZZ_REQUIRE(instance_validate(&made->is, check_schemas(), NULL) == ROLLCALL_OK);
    else
        FUZZ_REQUIRE(made == NULL && why.text[0] != '\0');
    definition_destroy(definition);
    return made;
}

static struct instance *read_body(json_t *body, struct instance *before)
{
    struct definition *definition = begin();
    struct reason why = REASON_NONE;
    enum rollcall_status status = definition_read_service(definition, body, &why);

    if (status == ROLLCALL_OK && before != NULL)
        status = definition_keep_checks(definition, before, &why);
    if (status == ROLLCALL_OK)
        return finish(definition);
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
    struct definition *definition = begin();
    struct reason why = REASON_NONE;

    FUZZ_REQUIRE(again != NULL && instance_equal(&made->is, &again->is));
    instance_unref(again);
    FUZZ_REQUIRE(definition_read_instance(definition, made, &why) == ROLLCALL_OK);
    again = finish(definition);
    FUZZ_REQUIRE(again != NULL && instance_equal(&made->is, &again->is));
    instance_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reason why = REASON_NONE;

    if (size > BODY_MAX)
        return 0;
    json_t *body = body_parse((const char *)data, size, &why);
    if (body == NULL) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
    struct instance *made = read_body(body, NULL);
    if (made != NULL) {
        look_at_annex(&made->is);
        try_again(body, made);
    }
    instance_unref(made);
    json_decref(body);
    return 0;
}
