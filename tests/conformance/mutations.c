/* conformance_mutations [COUNT]: row M21 of docs/dns.md §3.3. The queries of the sample
 * folders, each changed at random many times, by UDP and by TCP: whatever comes is within
 * bounds. Run under the sanitizers it also shows that nothing is read or written outside
 * the message, whose memory is exactly as long as the transport allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "conformance/ask.h"
#include "conformance/case.h"
#include "conformance/world.h"
#include "dns/query.h"

enum { MUTATIONS = 100000, SEEDS = 512, SEED_MAX = 600, CHANGES_MAX = 4 };

struct seed {
    size_t length;
    uint8_t octets[SEED_MAX];
};

struct box {
    struct world *world;
    uint64_t random;
    size_t count;
    unsigned silent, replies[16]; /* by the lower four bits of their rcode */
    struct seed seeds[SEEDS];
};

static uint32_t any(struct box *box, size_t below)
{
    box->random += 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash_mix(box->random, 0xd6e8feb86659fd93u) % below);
}

static void keep_queries(struct box *box, const struct case_ask *ask)
{
    if (box->count == SEEDS)
        return;
    struct seed *seed = &box->seeds[box->count];
    uint8_t *query = malloc(CASE_BYTES);
    assert_non_null(query);
    size_t length = ask_write(ask, 0, 0, query, CASE_BYTES);
    if (length >= DNS_HEADER_SIZE && length <= SEED_MAX) {
        memcpy(seed->octets, query, length);
        seed->length = length;
        box->count++;
    }
    free(query);
}

static void keep_file(struct box *box, const char *path)
{
    struct case_file file;
    struct reason why = REASON_NONE;

    assert_int_equal(case_read(path, &file, &why), ROLLCALL_OK);
    for (size_t b = 0; b < file.count; b++)
        for (unsigned i = 0; i < file.blocks[b].ask_count; i++)
            keep_queries(box, file.blocks[b].asks[i]);
    case_deinit(&file);
}

static void keep_folder(struct box *box, const char *folder)
{
    char pattern[512];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/%s/*.case", CONFORMANCE_DIR, folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        keep_file(box, found.gl_pathv[i]);
    globfree(&found);
}

/* One change: a bit, an octet, a 16-bit number, octets taken out, octets put in. */
static size_t change(struct box *box, uint8_t *message, size_t length)
{
    static const uint8_t telling[] = { 0, 1, 12, 0x29, 0x3f, 0x40, 0x80, 0xc0, 0xff };
    size_t at = length == 0 ? 0 : any(box, length);
    size_t some = 1 + any(box, 8);

    switch (length < 3 ? 4 : any(box, 5)) {
    case 0:
        message[at] ^= (uint8_t)(1u << any(box, 8));
        return length;
    case 1:
        message[at] = telling[any(box, sizeof telling)];
        return length;
    case 2:
        bytes_put16(message + any(box, length - 1), (uint16_t)any(box, 65536));
        return length;
    case 3:
        some = some > length - at ? length - at : some;
        memmove(message + at, message + at + some, length - at - some);
        return length - some;
    default:
        memmove(message + at + some, message + at, length - at);
        for (size_t i = 0; i < some; i++)
            message[at + i] = (uint8_t)any(box, 256);
        return length + some;
    }
}

static void check_reply(const uint8_t *query, size_t length, const uint8_t *reply,
                        size_t size, bool tcp)
{
    struct dns_query parsed;
    enum dns_query_verdict verdict = dns_query_parse(query, length, tcp, &parsed);

    if (size == 0)
        return;
    assert_true(verdict != DNS_QUERY_DROP && size >= DNS_HEADER_SIZE);
    assert_int_equal(bytes_get16(reply), bytes_get16(query));
    assert_true((reply[2] & 0x80) != 0);
    assert_int_equal(reply[2] & 0x78, query[2] & 0x78);
    if ((reply[3] & 15) == DNS_RCODE_FORMERR)
        assert_true(size <= length);
    if (!tcp)
        assert_true(size <= 512 || (parsed.has_opt && size <= parsed.udp_size &&
                                    size <= DNS_UDP_ADVERTISED));
}

static void try_once(struct box *box, bool tcp)
{
    size_t capacity = tcp ? DNS_MESSAGE_MAX : DNS_UDP_MAX;
    const struct seed *seed = &box->seeds[any(box, box->count)];
    uint8_t query[SEED_MAX + 8 * CHANGES_MAX];
    uint8_t *message = malloc(capacity);
    size_t length = seed->length;

    assert_non_null(message);
    memcpy(query, seed->octets, length);
    for (unsigned i = 1 + any(box, CHANGES_MAX); i > 0; i--)
        length = change(box, query, length);
    memcpy(message, query, length);
    size_t size = world_answer(box->world, message, length, capacity, tcp);
    check_reply(query, length, message, size, tcp);
    *(size == 0 ? &box->silent : &box->replies[message[3] & 15]) += 1;
    free(message);
}

static void random_mutations_are_answered_within_bounds(void **state)
{
    struct box *box = *state;

    for (unsigned i = 0; i < MUTATIONS; i++)
        try_once(box, i % 2 == 1);
    /* the changes leave some of every kind */
    printf("%u silent, %u NOERROR, %u FORMERR, %u NXDOMAIN, %u REFUSED\n", box->silent,
           box->replies[0], box->replies[1], box->replies[3], box->replies[5]);
    assert_true(box->silent > 100 && box->replies[0] > 100 && box->replies[1] > 100);
    assert_true(box->replies[3] > 100 && box->replies[5] > 100);
}

static int open_box(void **state)
{
    static const char *const folders[] = { "table_1_12", "headers_3_2", "malformed_3_3",
                                           "edns_3_4", "cookies_3_5" };
    struct box *box = calloc(1, sizeof *box);
    struct reason why = REASON_NONE;

    assert_non_null(box);
    box->random = 20261121;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        keep_folder(box, folders[i]);
    assert_true(box->count > 150);
    assert_int_equal(world_create(CONFORMANCE_DIR "/sample.yaml",
                                  CONFORMANCE_DIR "/sample.registry", &box->world, &why),
                     ROLLCALL_OK);
    *state = box;
    return 0;
}

static int close_box(void **state)
{
    struct box *box = *state;

    world_destroy(box->world);
    free(box);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_mutations_are_answered_within_bounds),
    };
    return cmocka_run_group_tests(tests, open_box, close_box);
}
