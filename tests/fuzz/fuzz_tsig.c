/* Any message: find its signature, check it, and sign the reply. Half of the inputs are
 * signed by us first, so that what follows a good signature is reached too. */
#include <string.h>

#include "base/bytes.h"
#include "dns/tsig.h"
#include "dns/wire.h"
#include "fuzz/fuzz.h"

enum { ROOM = 8192, NOW = 1700000000 };

static void check(uint8_t *message, size_t length, const struct tsig_keys *keys)
{
    struct tsig tsig;
    size_t at = tsig_find(message, length);

    if (at == 0 || !tsig_check(message, length, at, keys, NOW, &tsig))
        return;
    for (int i = 0; i < 2; i++) {
        size_t room = tsig_room(&tsig);
        bytes_put16(message + 10, 0);
        size_t end = tsig_sign(&tsig, message, DNS_HEADER_SIZE, NOW);
        if (end != DNS_HEADER_SIZE + room)
            FUZZ_REQUIRE(false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tsig_key key;
    const struct tsig_keys keys = { &key, 1 };
    uint8_t message[ROOM];
    struct tsig client;

    if (size < DNS_HEADER_SIZE || size > ROOM / 2)
        return 0;
    if (key.algorithm == NULL) {
        key.algorithm = tsig_algorithm_find("hmac-sha256");
        key.secret_length = 16;
        if (!dns_name_parse("k.", &key.name))
            FUZZ_REQUIRE(false);
    }
    memcpy(message, data, size);
    check(message, size, &keys);
    memcpy(message, data, size);
    tsig_begin(&client, &key, 1);
    check(message, tsig_sign(&client, message, size, NOW + data[0]), &keys);
    memcpy(message, data, size);
    (void)tsig_check_reply(&client, message, size, NOW);
    return 0;
}
