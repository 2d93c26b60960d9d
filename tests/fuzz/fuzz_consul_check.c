/* The body of a check as Consul's clients send it, added to an instance and to nothing.
 * Adding it again gives the same; removing it gives what was before. */
#include <string.h>

#include "consul/body.h"
#include "consul/definition.h"
#include "fuzz/fuzz.h"
#include "health/kinds.h"
#include "model/validate.h"

enum { BODY_MAX = 64 * 1024 };

static const char service[] =
    "{\"Name\":\"My app\",\"Check\":{\"TTL\":\"9s\"},\"Checks\":[{"
    "\"CheckID\":\"own\",\"TTL\":\"9s\",\"Status\":\"passing\"}]}";

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

static struct instance *make_base(void)
{
    struct definition *definition = begin();
    json_t *body = body_parse(service, sizeof service - 1, NULL);

    FUZZ_REQUIRE(definition_read_service(definition, body, NULL) == ROLLCALL_OK);
    json_decref(body);
    struct instance *made = finish(definition);
    FUZZ_REQUIRE(made != NULL);
    return made;
}

static struct instance *add(struct instance *before, json_t *body)
{
    struct definition *definition = begin();
    struct reason why = REASON_NONE;

    FUZZ_REQUIRE(definition_read_instance(definition, before, &why) == ROLLCALL_OK);
    if (definition_add_check(definition, body, &why) == ROLLCALL_OK)
        return finish(definition);
    FUZZ_REQUIRE(why.text[0] != '\0');
    definition_destroy(definition);
    return NULL;
}

static struct instance *drop(struct instance *before, const char *id)
{
    struct definition *definition = begin();

    FUZZ_REQUIRE(definition_read_instance(definition, before, NULL) == ROLLCALL_OK);
    FUZZ_REQUIRE(definition_drop_check(definition, id));
    return finish(definition);
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
    struct definition_check said;
    struct reason why = REASON_NONE;

    if (size > BODY_MAX)
        return 0;
    json_t *body = body_parse((const char *)data, size, &why);
    if (body == NULL) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return 0;
    }
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
