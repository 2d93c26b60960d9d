/* tests/support/pipeline_fixture.h - a pipeline over the sample, to be asked questions.
 * Include <cmocka.h> and what it needs before. Threads: the test's own.
 */
#ifndef SUPPORT_PIPELINE_FIXTURE_H
#define SUPPORT_PIPELINE_FIXTURE_H

#include "serve/pipeline.h"
#include "support/pipeline_sample.h"
#include "support/spoken.h"

#define Z       "service.local."
#define SOA     Z " 5 SOA ns." Z " hostmaster." Z " 1 3600 600 86400 5"
#define NX      "NXDOMAIN aa | - | " SOA " | -"
#define NO_DATA "NOERROR aa | - | " SOA " | -"

struct fixture {
    struct town town;
    struct config_service said;
    struct config_dns dns;
    struct pipeline *pipeline;
};

static inline struct fixture *open_fixture(enum config_order order)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct reason why = REASON_NONE;

    f->said = (struct config_service){ .name = (char *)"web",
                                       .namespace_name = (char *)"default",
                                       .ttl = ROLLCALL_TTL_UNSET,
                                       .meta = (struct rollcall_pair *)(uintptr_t)&team,
                                       .meta_count = 1 };
    f->dns = (struct config_dns){ .udp_max = 1232,
                                  .batch = 32,
                                  .version = (char *)"rollcall",
                                  .identity = (char *)"",
                                  .tcp_idle_ms = 10000 };
    town_zone(&f->town, Z);
    town_zone(&f->town, "dc2." Z);
    f->town.zone[0].order = order;
    f->town.config.services = &f->said;
    f->town.config.service_count = 1;
    assert_int_equal(town_open(&f->town, &why), ROLLCALL_OK);
    f->pipeline = pipeline_create(answer_index(f->town.answer), &f->dns);
    return f;
}

static inline int setup(void **state)
{
    struct fixture *f = open_fixture(CONFIG_ORDER_FIXED);

    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
        put(&f->town, &sample[i]);
    town_declare(&f->town, "void");
    answer_flush(f->town.answer);
    *state = f;
    return 0;
}

static inline int setup_empty(void **state)
{
    *state = open_fixture(CONFIG_ORDER_ROTATE);
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;

    pipeline_destroy(f->pipeline);
    town_close(&f->town);
    free(f);
    return 0;
}

static inline size_t put_question(uint8_t *message, const char *name, const char *type)
{
    struct dns_name wire;
    uint16_t number;

    assert_true(dns_name_parse(name, &wire));
    assert_true(dns_type_parse(type, &number));
    return dns_message_ask(message, 512, 7, &wire, number, false, false);
}

static inline const char *answer_of(struct fixture *f, uint8_t *message, size_t length,
                                    bool tcp)
{
    static char text[65536];

    answer_reader_online();
    length = pipeline_answer(f->pipeline, message, length, tcp ? 65535 : 4096, NULL, tcp);
    answer_reader_offline();
    if (length == 0)
        return "silence";
    assert_true(tcp || length <= 1232);
    return spoken(message, length, text, sizeof text);
}

/* `name` below the zone. */
static inline const char *ask(struct fixture *f, const char *name, const char *type,
                              bool tcp)
{
    static uint8_t message[65536];
    char full[512];

    snprintf(full, sizeof full, "%s" Z, name);
    return answer_of(f, message, put_question(message, full, type), tcp);
}

/* A query by hand: header words, then the question, then what else. */
static inline const char *raw(struct fixture *f, uint16_t flags, const char *name,
                              uint16_t type, uint16_t class_, const char *opt,
                              size_t opt_length, bool tcp)
{
    static uint8_t message[65536];
    struct dns_name wire;

    assert_true(dns_name_parse(name, &wire));
    memset(message, 0, 12);
    message[2] = (uint8_t)(flags >> 8);
    message[3] = (uint8_t)flags;
    message[5] = 1;
    message[11] = opt_length > 0;
    size_t at = 12;
    memcpy(message + at, wire.wire, wire.length);
    at += wire.length;
    const uint8_t tail[4] = { (uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(class_ >> 8),
                              (uint8_t)class_ };
    memcpy(message + at, tail, 4);
    at += 4;
    if (opt_length > 0)
        memcpy(message + at, opt, opt_length);
    return answer_of(f, message, at + opt_length, tcp);
}

#define OPT_1232      "\0\0\x29\x04\xd0\0\0\0\0\0\0"
#define OPT_DO_4096   "\0\0\x29\x10\0\0\0\x80\0\0\0"
#define OPT_V1        "\0\0\x29\x04\xd0\0\x01\0\0\0\0"
#define OPT_KEEPALIVE "\0\0\x29\x04\xd0\0\0\0\0\0\x04\0\x0b\0\0"

#endif
