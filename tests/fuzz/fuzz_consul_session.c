/* The body of session/create, and a session as it lies on disk: what is read can be
 * saved and read again. */
#include <string.h>

#include "consul/session_body.h"
#include "fuzz/fuzz.h"

static void same_again(const struct session_terms *terms)
{
    struct session_version *made = session_version_make(terms, 1, 2);
    struct buffer bytes;

    buffer_init(&bytes, SIZE_MAX);
    FUZZ_REQUIRE(made != NULL);
    session_pack(&made->is, &bytes);
    struct session_version *back =
        session_unpack((const uint8_t *)bytes.data, (uint32_t)bytes.length);
    FUZZ_REQUIRE(back != NULL);
    FUZZ_REQUIRE(strcmp(back->terms.name, terms->name) == 0);
    FUZZ_REQUIRE(strcmp(back->terms.node, terms->node) == 0);
    FUZZ_REQUIRE(strcmp(back->terms.ttl, terms->ttl) == 0);
    FUZZ_REQUIRE(back->terms.ttl_ns == terms->ttl_ns &&
                 back->terms.lock_delay_ns == terms->lock_delay_ns);
    FUZZ_REQUIRE(back->terms.check_count == terms->check_count);
    FUZZ_REQUIRE(memcmp(back->terms.maker, terms->maker, sizeof terms->maker) == 0);
    for (unsigned i = 0; i < terms->check_count; i++)
        FUZZ_REQUIRE(strcmp(back->terms.checks[i].id, terms->checks[i].id) == 0);
    version_unref(&back->is);
    version_unref(&made->is);
    buffer_deinit(&bytes);
}

static void try_record(const uint8_t *data, size_t size)
{
    struct session_version *read = session_unpack(data, (uint32_t)size);

    if (read == NULL)
        return;
    same_again(&read->terms);
    version_unref(&read->is);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reason why = REASON_NONE;
    struct session_body body;

    if (size > SESSION_BODY_MAX)
        return 0;
    if (session_body_parse((const char *)data, size, &body, &why) == ROLLCALL_OK) {
        FUZZ_REQUIRE(body.terms.lock_delay_ns >= 0 && body.terms.ttl_ns >= 0);
        FUZZ_REQUIRE(body.terms.check_count <= SESSION_CHECKS_MAX);
        same_again(&body.terms);
        session_body_deinit(&body);
    } else {
        FUZZ_REQUIRE(why.text[0] != '\0');
    }
    if (size > 0)
        try_record(data, size);
    return 0;
}
