/* A whole query path: octets in, octets out, over the sample registry of the conformance
 * cases. What goes out is held to what no reply may break, whatever was asked. */
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "conformance/world.h"
#include "dns/message.h"
#include "dns/query.h"
#include "dns/tsig.h"
#include "fuzz/fuzz.h"
#include "serve/transfers.h"

/* This host, one who may ask, one who may not, and one by IPv6. */
static const char *const clients[] = { "127.0.0.1", "192.0.2.1", "198.51.100.1",
                                       "[2001:db8::1]:53" };
enum { CLIENTS = sizeof clients / sizeof *clients };

/* The sample with NSID, client subnet, a key and a list of who may ask. Built once, with
 * the first input, and kept until the process ends. */
static struct world *sample_world(void)
{
    static struct world *world;
    struct reason why = REASON_NONE;

    if (world == NULL &&
        world_create(ROLLCALL_SOURCE_DIR "/tests/conformance/options_3_5/world.yaml",
                     ROLLCALL_SOURCE_DIR "/tests/conformance/sample.registry", &world,
                     &why) != ROLLCALL_OK) {
        fprintf(stderr, "%s\n", why.text);
        abort();
    }
    FUZZ_REQUIRE(world_transfers(world) != NULL); /* its keys */
    return world;
}

static void require_readable(const uint8_t *reply, size_t length)
{
    struct dns_message message;
    struct dns_record record;
    int more;
    unsigned opts = 0;

    FUZZ_REQUIRE(dns_message_open(&message, reply, length));
    while ((more = dns_message_next(&message, &record)) > 0)
        opts += record.type == DNS_TYPE_OPT;
    FUZZ_REQUIRE(more == 0);
    FUZZ_REQUIRE(message.at == length);
    FUZZ_REQUIRE(opts <= 1);
}

static void require_fits(const struct dns_query *query, enum dns_query_verdict verdict,
                         size_t asked, size_t length, bool tcp)
{
    size_t limit = query->has_opt && query->udp_size > DNS_UDP_CLASSIC ? query->udp_size
                                                                       : DNS_UDP_CLASSIC;

    if (limit > DNS_UDP_ADVERTISED)
        limit = DNS_UDP_ADVERTISED;
    if (verdict == DNS_QUERY_FORMERR || verdict == DNS_QUERY_NOTIMP ||
        verdict == DNS_QUERY_REFUSED)
        FUZZ_REQUIRE(length <= asked);
    else if (!tcp)
        FUZZ_REQUIRE(length <= limit);
}

static void try_once(const char *client, const uint8_t *data, size_t size, bool tcp)
{
    size_t capacity = tcp ? DNS_MESSAGE_MAX : DNS_UDP_MAX;
    uint8_t *message = malloc(capacity);
    struct dns_query query;
    struct address from;

    FUZZ_REQUIRE(address_parse(client, 4321, &from));
    FUZZ_REQUIRE(message != NULL);
    memcpy(message, data, size);
    enum dns_query_verdict verdict = dns_query_parse(data, size, tcp, &query);
    size_t length =
        world_answer_from(sample_world(), &from.any, message, size, capacity, tcp);
    FUZZ_REQUIRE((length == 0) == (verdict == DNS_QUERY_DROP));
    if (length > 0) {
        FUZZ_REQUIRE(length >= DNS_HEADER_SIZE && length <= capacity);
        FUZZ_REQUIRE(memcmp(message, data, 2) == 0);
        FUZZ_REQUIRE((message[2] & 0xf8) == ((data[2] & 0x78) | 0x80));
        require_readable(message, length);
        require_fits(&query, verdict, size, length, tcp);
        if (verdict == DNS_QUERY_OK && bytes_get16(message + 4) == 1)
            FUZZ_REQUIRE(memcmp(message + DNS_HEADER_SIZE, data + DNS_HEADER_SIZE,
                                query.question_end - DNS_HEADER_SIZE) == 0);
    }
    free(message);
}

/* The same query, signed with our key. */
static void try_signed(const uint8_t *data, size_t size)
{
    const struct tsig_keys *keys = transfers_keys(world_transfers(sample_world()));
    uint8_t message[DNS_UDP_MAX];
    struct tsig tsig;

    if (size < DNS_HEADER_SIZE)
        return;
    tsig_begin(&tsig, &keys->keys[0], bytes_get16(data));
    if (size + tsig_room(&tsig) > sizeof message)
        return;
    memcpy(message, data, size);
    size = tsig_sign(&tsig, message, size, WORLD_TIME_S);
    try_once(clients[0], message, size, false);
    try_once(clients[0], message, size, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > DNS_UDP_MAX)
        return 0;
    /* Besides this host one client, by what comes last in the query. */
    const char *client = clients[size == 0 ? 0 : data[size - 1] % CLIENTS];
    try_once(clients[0], data, size, false);
    try_once(client, data, size, false);
    try_once(client, data, size, true);
    try_signed(data, size);
    return 0;
}
