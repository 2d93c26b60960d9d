/* The trie of addresses beside a plain list, and names of addresses that come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "answer/addresses.h"
#include "answer/join.h"
#include "dns/wire.h"
#include "support/sample.h"
#include "support/town.h"

enum { MANY = 300, ROUNDS = 4000 };

struct fixture {
    struct answer_index index;
    struct instance *instances[MANY]; /* NULL: not there */
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    answer_reader_register();
    answer_reader_online();
    assert_int_equal(answer_index_init(&f->index, 7), ROLLCALL_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < MANY; i++)
        instance_unref(f->instances[i]);
    answer_reader_offline();
    answer_reader_barrier();
    answer_index_deinit(&f->index);
    answer_reader_unregister();
    free(f);
    return 0;
}

/* Few different octets, so that many share beginnings, and some whole addresses. */
static struct rollcall_address address_of(unsigned seed)
{
    struct rollcall_address address = { .family = seed % 3 == 0 ? 6 : 4 };

    for (unsigned i = 0; i < (address.family == 4 ? 4u : 16u); i++) {
        seed = seed * 1103515245 + 12345;
        address.bytes[i] = (uint8_t)(i < 3 ? seed >> 30 : seed >> 29);
    }
    return address;
}

static void put(struct fixture *f, unsigned at, unsigned seed)
{
    struct rollcall_address two[2] = { address_of(seed), address_of(seed + 1) };
    bool same =
        two[0].family == two[1].family && memcmp(two[0].bytes, two[1].bytes, 16) == 0;
    struct rollcall_instance is = sample_bare("i", "s");

    is.addresses = two;
    is.address_count = same ? 1 : 2;

    f->instances[at] = instance_copy(&is);
    assert_true(addresses_add(&f->index, f->instances[at], "i"));
}

static void drop(struct fixture *f, unsigned at)
{
    assert_true(addresses_remove(&f->index, f->instances[at]));
    assert_false(addresses_remove(&f->index, f->instances[at]));
    instance_unref(f->instances[at]);
    f->instances[at] = NULL;
}

static bool begins(const struct rollcall_address *a, const struct rollcall_address *b,
                   unsigned bits)
{
    for (unsigned bit = 0; bit < bits; bit++)
        if (((a->bytes[bit / 8] ^ b->bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return false;
    return a->family == b->family;
}

/* What a list says: how many have it, and does any begin so? */
static unsigned list_count(const struct fixture *f,
                           const struct rollcall_address *address, unsigned bits)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MANY; i++)
        for (unsigned k = 0;
             f->instances[i] != NULL && k < f->instances[i]->is.address_count; k++)
            count += begins(&f->instances[i]->is.addresses[k], address, bits);
    return count;
}

static unsigned trie_count(const struct fixture *f,
                           const struct rollcall_address *address)
{
    const struct address_node *leaf = addresses_find(&f->index, address);
    unsigned count = 0;

    for (; leaf != NULL; leaf = address_leaf_next(leaf))
        count++;
    return count;
}

static void compare(const struct fixture *f, unsigned seed)
{
    struct rollcall_address address = address_of(seed);
    unsigned step = address.family == 4 ? 8 : 4, all = address.family == 4 ? 32 : 128;

    assert_int_equal(trie_count(f, &address), list_count(f, &address, all));
    for (unsigned bits = step; bits < all; bits += step)
        assert_int_equal(addresses_any(&f->index, &address, bits),
                         list_count(f, &address, bits) > 0);
}

static void the_trie_says_what_a_list_says(void **state)
{
    struct fixture *f = *state;
    unsigned random = 1;

    for (unsigned round = 0; round < ROUNDS; round++) {
        random = random * 1664525 + 1013904223;
        unsigned at = (random >> 8) % MANY;
        if (f->instances[at] == NULL)
            put(f, at, random >> 16);
        else
            drop(f, at);
        compare(f, random >> 16);
        compare(f, round);
    }
}

static void count_leaf(void *owner, const struct address_node *leaf)
{
    assert_non_null(address_leaf_instance(leaf));
    ++*(unsigned *)owner;
}

static void every_address_is_visited_once(void **state)
{
    struct fixture *f = *state;
    unsigned visited = 0, expected = 0;

    for (unsigned i = 0; i < MANY; i++)
        put(f, i, i * 7);
    for (unsigned i = 0; i < MANY; i++)
        for (unsigned k = 0; k < f->instances[i]->is.address_count; k++) {
            const struct address_node *leaf =
                addresses_find(&f->index, &f->instances[i]->is.addresses[k]);
            expected +=
                address_leaf_instance(leaf) == f->instances[i] &&
                (k == 0 ||
                 leaf != addresses_find(&f->index, &f->instances[i]->is.addresses[0]));
        }
    addresses_visit(&f->index, count_leaf, &visited);
    assert_int_equal(visited, expected);
    for (unsigned i = 0; i < MANY; i++)
        drop(f, i);
    visited = 0;
    addresses_visit(&f->index, count_leaf, &visited);
    assert_int_equal(visited, 0);
}

static struct answer_name *find(struct town *town, const char *text)
{
    struct dns_name name;

    assert_true(dns_name_parse(text, &name));
    return answer_index_find(&town->answer->index, &name);
}

static void put_in_town(struct town *town, const char *service, const char *id,
                        uint8_t last)
{
    struct rollcall_address address = { 4, { 10, 0, 0, last } };
    struct rollcall_port port = { "http", 80, ROLLCALL_TCP };
    struct rollcall_instance is = sample_bare(id, service);

    is.addresses = &address;
    is.address_count = 1;
    is.ports = &port;
    is.port_count = 1;

    town_put(town, &is, ROLLCALL_PASSING);
}

static void the_name_above_addresses_lives_as_long_as_one_of_them(void **state)
{
    struct town town = { 0 };
    struct reason why = REASON_NONE;

    (void)state;
    town_zone(&town, "z.");
    assert_int_equal(town_open(&town, &why), ROLLCALL_OK);
    answer_flush(town.answer);
    assert_null(find(&town, "addr.z."));
    put_in_town(&town, "web", "w1", 1);
    put_in_town(&town, "web", "w2", 2);
    put_in_town(&town, "web", "w1", 3);
    assert_non_null(find(&town, "addr.z."));
    town_remove(&town, "web", "w1");
    assert_non_null(find(&town, "addr.z."));
    town_remove(&town, "web", "w2");
    assert_null(find(&town, "addr.z."));
    answer_flush(town.answer);
    town_close(&town);
}

/* How many PTR records `text` has in all. */
static unsigned listed(struct town *town, const char *text)
{
    const struct answer_name *name = find(town, text);
    unsigned count = 0;

    if (name == NULL)
        return 0;
    answer_content content = answer_name_content(name);
    const struct answer_join *join = answer_content_join(content);
    uint32_t parts = join == NULL ? 1 : atomic_load(&join->count);
    for (uint32_t i = 0; i < parts; i++) {
        const struct answer_set *set =
            join == NULL ? answer_content_set(content) : answer_join_part(join, i);
        for (unsigned k = 0; set != NULL && k < set->count; k++)
            if (set->entry[k].type == DNS_TYPE_PTR)
                count += answer_set_rrset(set, &set->entry[k])->count;
    }
    return count;
}

static void services_share_the_list_of_a_type(void **state)
{
    struct town town = { 0 };
    struct reason why = REASON_NONE;
    char name[16];

    (void)state;
    town_zone(&town, "z.");
    assert_int_equal(town_open(&town, &why), ROLLCALL_OK);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "s%u", i);
        put_in_town(&town, name, name, (uint8_t)(i + 1));
        answer_flush(town.answer);
        assert_int_equal(listed(&town, "_http._tcp.z."), i + 1);
    }
    assert_int_equal(listed(&town, "_services._dns-sd._udp.z."), 1);
    town_health(&town, "s3", "s3", ROLLCALL_CRITICAL);
    answer_flush(town.answer);
    assert_int_equal(listed(&town, "_http._tcp.z."), 19);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "s%u", i);
        town_remove(&town, name, name);
        answer_flush(town.answer);
    }
    assert_null(find(&town, "_http._tcp.z."));
    assert_int_equal(listed(&town, "_services._dns-sd._udp.z."), 0);
    town_close(&town);
}

/* The first label of part number `index` is "WORD WORD". */
static void is_listed(const struct answer_join *join, uint32_t index, const char *word)
{
    const struct answer_set *set = answer_join_part(join, index);
    const uint8_t *label = answer_rrset_wire(answer_set_rrset(set, &set->entry[0]));
    char text[16];

    snprintf(text, sizeof text, "%s %s", word, word);
    assert_int_equal(label[ANSWER_RR_HEADER], strlen(text));
    assert_memory_equal(label + ANSWER_RR_HEADER + 1, text, strlen(text));
}

static void in_fixed_order_it_makes_no_difference_which_service_came_first(void **state)
{
    static const char *const came[] = { "s3", "s1", "s5", "s4", "s2", "s0" };
    struct town town = { 0 };
    struct reason why = REASON_NONE;
    char name[16];

    (void)state;
    town_zone(&town, "z.");
    town.zone[0].order = CONFIG_ORDER_FIXED;
    assert_int_equal(town_open(&town, &why), ROLLCALL_OK);
    for (unsigned i = 0; i < 6; i++) {
        put_in_town(&town, came[i], came[i], (uint8_t)(i + 1));
        if (i % 2 == 1) /* two of them in one turn */
            answer_flush(town.answer);
    }
    const struct answer_join *join =
        answer_content_join(answer_name_content(find(&town, "_http._tcp.z.")));
    assert_non_null(join);
    for (unsigned i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "s%u", i);
        is_listed(join, i, name);
    }
    town_remove(&town, "s1", "s1");
    put_in_town(&town, "s1", "s1", 2);
    answer_flush(town.answer);
    join = answer_content_join(answer_name_content(find(&town, "_http._tcp.z.")));
    is_listed(join, 1, "s1");
    for (unsigned i = 0; i < 6; i++)
        town_remove(&town, came[i], came[i]);
    answer_flush(town.answer);
    assert_null(find(&town, "_http._tcp.z."));
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_trie_says_what_a_list_says, setup, teardown),
        cmocka_unit_test_setup_teardown(every_address_is_visited_once, setup, teardown),
        cmocka_unit_test(the_name_above_addresses_lives_as_long_as_one_of_them),
        cmocka_unit_test(services_share_the_list_of_a_type),
        cmocka_unit_test(in_fixed_order_it_makes_no_difference_which_service_came_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
