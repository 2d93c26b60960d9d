/* What one query costs in the pipeline alone, in nanoseconds: 1,000 services of three
 * instances, every kind of question, each of the names in turn, no socket. */
#include <inttypes.h>
#include <stdio.h>

#include "answer/reader.h"
#include "base/clock.h"
#include "dns/message.h"
#include "serve/pipeline.h"
#include "support/town.h"

enum { SERVICES = 1000, MEMBERS = 3, ROUNDS = 7, QUERIES = 1000000 };

struct kind {
    const char *name;
    const char *format; /* of the name; gets the number of the service */
    uint16_t type;
    bool edns;
};

static const struct kind kinds[] = {
    { "A, 3 addresses", "s%04u.service.local.", DNS_TYPE_A, false },
    { "A, 3 addresses, EDNS", "s%04u.service.local.", DNS_TYPE_A, true },
    { "SRV, 3 targets, EDNS", "s%04u.service.local.", DNS_TYPE_SRV, true },
    { "SRV, named port, EDNS", "_http._tcp.s%04u.service.local.", DNS_TYPE_SRV, true },
    { "NXDOMAIN", "x%04u.service.local.", DNS_TYPE_A, false },
    { "NODATA", "s%04u.service.local.", DNS_TYPE_MX, false },
    { "instance A", "s%04u-1.s%04u.service.local.", DNS_TYPE_A, false },
    { "instance SRV, EDNS", "s%04u-1.s%04u.service.local.", DNS_TYPE_SRV, true },
    { "instance port SRV", "_http._tcp.s%04u-1.s%04u.service.local.", DNS_TYPE_SRV,
      true },
};

static void fill(struct town *town)
{
    for (unsigned s = 0; s < SERVICES; s++)
        for (unsigned m = 0; m < MEMBERS; m++) {
            char service[16], id[24];
            struct rollcall_address address = {
                4, { 10, (uint8_t)(s >> 8), (uint8_t)s, (uint8_t)(m + 1) }
            };
            struct rollcall_port port = { "http", 8080, ROLLCALL_TCP };
            snprintf(service, sizeof service, "s%04u", s);
            snprintf(id, sizeof id, "s%04u-%u", s, m);
            struct rollcall_instance is = { .id = id,
                                            .service = service,
                                            .namespace_name = "default",
                                            .version = "",
                                            .zone = "",
                                            .host = "",
                                            .addresses = &address,
                                            .address_count = 1,
                                            .ports = &port,
                                            .port_count = 1,
                                            .port = 8080,
                                            .weight = 1,
                                            .priority = 1,
                                            .ttl = ROLLCALL_TTL_UNSET,
                                            .status = ROLLCALL_PASSING };
            town_put(town, &is, ROLLCALL_PASSING);
        }
    answer_flush(town->answer);
}

struct question {
    uint8_t bytes[96];
    size_t length;
};

static void ask(const struct kind *kind, struct question *questions)
{
    for (unsigned s = 0; s < SERVICES; s++) {
        char text[64];
        struct dns_name name;
        unsigned shuffled = s * 617 % SERVICES;
        snprintf(text, sizeof text, kind->format, shuffled, shuffled);
        dns_name_parse(text, &name);
        questions[s].length =
            dns_message_ask(questions[s].bytes, sizeof questions->bytes, (uint16_t)s,
                            &name, kind->type, false, kind->edns);
    }
}

static double run(struct pipeline *pipeline, const struct question *questions,
                  size_t *reply)
{
    static uint8_t message[DNS_UDP_MAX];
    int64_t start = clock_monotonic_ns();

    answer_reader_online();
    for (unsigned i = 0, s = 0; i < QUERIES; i++, s = s + 1 == SERVICES ? 0 : s + 1) {
        memcpy(message, questions[s].bytes, sizeof questions->bytes);
        *reply = pipeline_answer(pipeline, message, questions[s].length, sizeof message,
                                 NULL, false);
    }
    answer_reader_offline();
    return (double)(clock_monotonic_ns() - start) / QUERIES;
}

int main(int argc, char **argv)
{
    static struct question questions[SERVICES];
    struct town town = { 0 };
    struct config_dns dns = { .udp_max = 1232, .version = "", .identity = "" };
    struct reason why = REASON_NONE;

    town_zone(&town, "service.local.");
    town.zone[0].order = CONFIG_ORDER_ROTATE;
    if (town_open(&town, &why) != ROLLCALL_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    fill(&town);
    struct pipeline *pipeline = pipeline_create(answer_index(town.answer), &dns);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double best = 0;
        size_t reply = 0;
        if (argc > 1 && strstr(kinds[k].name, argv[1]) == NULL)
            continue;
        ask(&kinds[k], questions);
        for (unsigned round = 0; round < ROUNDS; round++) {
            double ns = run(pipeline, questions, &reply);
            best = round == 0 || ns < best ? ns : best;
        }
        printf("%-24s %7.1f ns   reply %4zu octets\n", kinds[k].name, best, reply);
    }
    pipeline_destroy(pipeline);
    town_close(&town);
    return 0;
}
