/* What one query costs in the pipeline alone, in nanoseconds: 1,000 services of three
 * instances, every kind of question, each of the names in turn, no socket; section dns of
 * the configuration is the default one.
 *
 *   bench_pipeline [KIND QUERIES [limited]]
 *
 * With KIND that one is asked so often, once, for tools/check-instructions;
 * limited: by a client of another network, with the rate limit at work. */
#include <inttypes.h>
#include <stdio.h>

#include "answer/reader.h"
#include "base/address.h"
#include "base/clock.h"
#include "config/config.h"
#include "dns/edns.h"
#include "dns/message.h"
#include "serve/pipeline.h"
#include "support/town.h"

enum { SERVICES = 1000, MEMBERS = 3, ROUNDS = 7, QUERIES = 1000000 };

struct kind {
    const char *name;
    const char *format; /* of the name; gets the number of the service */
    uint16_t type;
    bool edns;
    bool cookie; /* the client's half, beside EDNS */
};

static const struct kind kinds[] = {
    { "A, 3 addresses", "s%04u.service.local.", DNS_TYPE_A, false, false },
    { "A, 3 addresses, EDNS", "s%04u.service.local.", DNS_TYPE_A, true, false },
    { "A, 3 addresses, cookie", "s%04u.service.local.", DNS_TYPE_A, true, true },
    { "SRV, 3 targets, EDNS", "s%04u.service.local.", DNS_TYPE_SRV, true, false },
    { "SRV, named port, EDNS", "_http._tcp.s%04u.service.local.", DNS_TYPE_SRV, true,
      false },
    { "NXDOMAIN", "x%04u.service.local.", DNS_TYPE_A, false, false },
    { "NODATA", "s%04u.service.local.", DNS_TYPE_MX, false, false },
    { "instance A", "s%04u-1.s%04u.service.local.", DNS_TYPE_A, false, false },
    { "instance SRV, EDNS", "s%04u-1.s%04u.service.local.", DNS_TYPE_SRV, true, false },
    { "instance port SRV", "_http._tcp.s%04u-1.s%04u.service.local.", DNS_TYPE_SRV, true,
      false },
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

/* Behind the OPT, which is the last of the message. */
static size_t add_cookie(struct question *question)
{
    uint8_t *opt = question->bytes + question->length - DNS_OPT_SIZE;
    size_t room = sizeof question->bytes - question->length + DNS_OPT_SIZE;

    return dns_opt_add(opt, DNS_OPT_SIZE, room, DNS_OPTION_COOKIE, "rollcall", 8) -
           DNS_OPT_SIZE;
}

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
        if (kind->cookie)
            questions[s].length += add_cookie(&questions[s]);
    }
}

static double run(struct pipeline *pipeline, const struct question *questions,
                  const struct address *from, unsigned queries, size_t *reply)
{
    static uint8_t message[DNS_UDP_MAX];
    /* Through a pointer, so that link-time optimisation leaves a function to count. */
    size_t (*volatile answer)(struct pipeline *, uint8_t *, size_t, size_t,
                              const struct sockaddr *, bool) = pipeline_answer;
    int64_t start = clock_monotonic_ns();

    answer_reader_online();
    for (unsigned i = 0, s = 0; i < queries; i++, s = s + 1 == SERVICES ? 0 : s + 1) {
        memcpy(message, questions[s].bytes, sizeof questions->bytes);
        *reply = answer(pipeline, message, questions[s].length, sizeof message,
                        &from->any, false);
    }
    answer_reader_offline();
    return (double)(clock_monotonic_ns() - start) / queries;
}

/* The default section dns; `limited` listens where others can ask, so that the limit is
 * there, and far enough up that it lets all through. */
static struct pipeline *open_pipeline(struct town *town, struct config *config,
                                      struct cookie_secrets *secrets, bool limited)
{
    if (limited) {
        (void)address_parse("192.0.2.53:53", 0, &config->dns.listen[0]);
        config->dns.rate_limit = UINT32_MAX;
    }
    struct pipeline *pipeline = pipeline_create(answer_index(town->answer), &config->dns);
    if (pipeline == NULL)
        return NULL;
    cookie_secrets_init(secrets, config->dns.cookie_secret, 1559731985);
    pipeline_use_cookies(pipeline, secrets);
    pipeline_set_time(pipeline, 0, 1559731985);
    return pipeline;
}

static void measure(struct pipeline *pipeline, const struct address *from)
{
    static struct question questions[SERVICES];

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        double best = 0;
        size_t reply = 0;
        ask(&kinds[k], questions);
        for (unsigned round = 0; round < ROUNDS; round++) {
            double ns = run(pipeline, questions, from, QUERIES, &reply);
            best = round == 0 || ns < best ? ns : best;
        }
        printf("%-24s %7.1f ns   reply %4zu octets\n", kinds[k].name, best, reply);
    }
}

/* One kind, so often: what tools/check-instructions counts. */
static int count_one(struct pipeline *pipeline, const struct address *from,
                     const char *kind, unsigned queries)
{
    static struct question questions[SERVICES];

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t reply = 0;
        if (strcmp(kinds[k].name, kind) != 0)
            continue;
        ask(&kinds[k], questions);
        run(pipeline, questions, from, queries, &reply);
        printf("%u queries, reply %zu octets\n", queries, reply);
        return 0;
    }
    fprintf(stderr, "no kind of question is called '%s'\n", kind);
    return 2;
}

int main(int argc, char **argv)
{
    struct town town = { 0 };
    struct config *config = NULL;
    struct cookie_secrets secrets;
    struct address from;
    struct reason why = REASON_NONE;
    bool limited = argc > 3 && strcmp(argv[3], "limited") == 0;
    int status = 0;

    town_zone(&town, "service.local.");
    town.zone[0].order = CONFIG_ORDER_ROTATE;
    if (config_read(NULL, NULL, 0, stderr, &config, &why) != ROLLCALL_OK ||
        town_open(&town, &why) != ROLLCALL_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    fill(&town);
    (void)address_parse(limited ? "192.0.2.1" : "127.0.0.1", 4321, &from);
    struct pipeline *pipeline = open_pipeline(&town, config, &secrets, limited);
    if (pipeline == NULL)
        return 1;
    if (argc > 2)
        status =
            count_one(pipeline, &from, argv[1], (unsigned)strtoul(argv[2], NULL, 10));
    else
        measure(pipeline, &from);
    pipeline_destroy(pipeline);
    town_close(&town);
    config_destroy(config);
    return status;
}
