/* fuzz/fuzz_consul.h - what the targets of Consul's bodies begin and end with.
 * Threads: one.
 */
#ifndef FUZZ_FUZZ_CONSUL_H
#define FUZZ_FUZZ_CONSUL_H

#include "consul/body.h"
#include "consul/definition.h"
#include "fuzz/fuzz.h"
#include "health/kinds.h"
#include "model/validate.h"

enum { FUZZ_BODY_MAX = 64 * 1024 };

/* The input as an object, for json_decref(); NULL: it is none, and somebody said why. */
static inline json_t *fuzz_body(const uint8_t *data, size_t size)
{
    struct reason why = REASON_NONE;

    if (size > FUZZ_BODY_MAX)
        return NULL;
    json_t *body = body_parse((const char *)data, size, &why);
    FUZZ_REQUIRE(body != NULL || why.text[0] != '\0');
    return body;
}

/* Nothing is read yet, on a node with an address of its own. */
static inline struct definition *fuzz_definition(void)
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

/* What it gives holds by the rules; NULL: refused in words. The definition goes. */
static inline struct instance *fuzz_finish(struct definition *definition)
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

#endif
