/* What an instance costs in the heap, with everything that is said about it in DNS: the
 * C library counts the octets, so the figure is the same in every run. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "support/sample.h"
#include "support/town.h"

enum { SERVICES = 400, EACH = 10, INSTANCES = SERVICES * EACH };

static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* A sanitizer has a heap of its own. (What is small and free may count as in use.) */
static void skip_without_figures(void)
{
    size_t before = in_use();
    void *volatile some = malloc(100000);
    size_t after = in_use();

    free(some);
    if (after < before + 100000)
        skip();
}

static void open_town(struct town *town)
{
    struct reason why = REASON_NONE;

    memset(town, 0, sizeof *town);
    town->config.datacenter = (char *)(uintptr_t) "dc1";
    town_zone(town, "service.local.");
    assert_int_equal(town_open(town, &why), ROLLCALL_OK);
    answer_flush(town->answer);
}

/* Until no reader and no grace period holds anything back. */
static void settle(struct town *town)
{
    for (unsigned i = 0; i < 3; i++) {
        answer_flush(town->answer);
        answer_reader_barrier();
    }
}

static void name(char *service, char *id, unsigned number)
{
    snprintf(service, 16, "svc%u", number % SERVICES);
    snprintf(id, 24, "svc%u-%u", number % SERVICES, number / SERVICES + 1);
}

static void put_all(struct town *town, uint16_t ports)
{
    const struct rollcall_port port = { "http", 8080, ROLLCALL_TCP };
    char service[16], id[24];

    answer_reader_online();
    for (unsigned i = 0; i < INSTANCES; i++) {
        const struct rollcall_address address = {
            4, { 10, 0, (uint8_t)(i >> 8), (uint8_t)i }
        };
        struct rollcall_instance is = sample_bare(id, service);

        is.addresses = &address;
        is.address_count = 1;
        is.ports = &port;
        is.port_count = ports;
        is.port = 8080;
        name(service, id, i);
        town_put(town, &is, ROLLCALL_PASSING);
    }
    answer_reader_offline();
    settle(town);
}

static void remove_all(struct town *town)
{
    char service[16], id[24];

    answer_reader_online();
    for (unsigned i = 0; i < INSTANCES; i++) {
        name(service, id, i);
        town_remove(town, service, id);
    }
    answer_reader_offline();
    settle(town);
}

/* With the instance itself and its entry, which are about 370 octets of it. */
static size_t octets_of_one(uint16_t ports)
{
    struct town town;

    open_town(&town);
    size_t before = in_use();
    put_all(&town, ports);
    size_t octets = (in_use() - before) / INSTANCES;
    town_close(&town);
    return octets;
}

static void an_instance_costs_less_than_it_may(void **state)
{
    (void)state;
    skip_without_figures();
    assert_in_range(octets_of_one(0), 300, 820);
}

static void a_named_port_costs_less_than_it_may(void **state)
{
    (void)state;
    skip_without_figures();
    assert_in_range(octets_of_one(1), 300, 960);
}

static void those_who_come_later_take_the_room_of_those_who_left(void **state)
{
    struct town town;

    (void)state;
    skip_without_figures();
    open_town(&town);
    put_all(&town, 1);
    size_t first = in_use();
    remove_all(&town);
    assert_true(in_use() < first / 2);
    put_all(&town, 1);
    assert_true(in_use() <= first + first / 100);
    town_close(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instance_costs_less_than_it_may),
        cmocka_unit_test(a_named_port_costs_less_than_it_may),
        cmocka_unit_test(those_who_come_later_take_the_room_of_those_who_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
