/* property SEEDS: what holds for every answer, tried on random registries of 1 to 500
 * instances (docs/dns.md §2.3, §2.4): it parses with ldns, is never longer than allowed,
 * has TC exactly when not all of it fits, names only healthy instances, and over enough
 * queries names each of them as often as its order says. The random orders seed
 * themselves, so each run is another; the bound of the chi-square test lets one run in a
 * hundred million fail by chance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "base/bytes.h"
#include "base/random.h"
#include "dns/message.h"
#include "dns/wire.h"
#include "serve/pipeline.h"
#include "support/town.h"

enum {
    SERVICES = 8,
    MOST = 500,
    ORDERS = 4,
    SHAPES = 60,         /* queries of each service whose replies are looked at whole */
    TURNS = 400,         /* queries for each instance to see who is named */
    TURNS_MOST = 40000,  /* of one service */
    WHOLE_SRV = 18 + 11, /* i000.s0.z. */
    HIGHEST_WEIGHT = 20
};

struct fellow {
    bool well, v6;
    uint16_t weight, priority;
};

struct group {
    char name[8];
    unsigned count, limit;
    enum config_order order;
    struct fellow fellows[MOST];
};

struct trial {
    struct town town;
    struct config_dns dns;
    struct config_service said[SERVICES];
    struct group groups[SERVICES];
    struct pipeline *pipeline;
    struct random_state random;
    unsigned asked, faults;
};

static unsigned below(struct trial *trial, unsigned bound)
{
    return (unsigned)random_below(&trial->random, bound);
}

static void fault(struct trial *trial, const struct group *group, const char *what)
{
    printf("service %s of %u, order %d, limit %u: %s\n", group->name, group->count,
           (int)group->order, group->limit, what);
    trial->faults++;
}

static void put_fellow(struct trial *trial, struct group *group, unsigned service,
                       unsigned i)
{
    struct fellow *fellow = &group->fellows[i];
    struct rollcall_address addresses[2] = {
        { 4, { 10, (uint8_t)service, (uint8_t)(i >> 8), (uint8_t)i } },
        { 6, { 0xfd, [13] = (uint8_t)service, (uint8_t)(i >> 8), (uint8_t)i } },
    };
    char id[8];
    struct rollcall_instance is = { .id = id,
                                    .service = group->name,
                                    .namespace_name = "default",
                                    .version = "",
                                    .zone = "",
                                    .host = "",
                                    .addresses = addresses,
                                    .address_count = fellow->v6 ? 2 : 1,
                                    .port = 8080,
                                    .weight = fellow->weight,
                                    .priority = fellow->priority,
                                    .ttl = ROLLCALL_TTL_UNSET };

    snprintf(id, sizeof id, "i%03u", i);
    town_put(&trial->town, &is, fellow->well ? ROLLCALL_PASSING : ROLLCALL_CRITICAL);
}

static unsigned some_count(struct trial *trial)
{
    switch (below(trial, 3)) {
    case 0:
        return 1 + below(trial, 8);
    case 1:
        return 1 + below(trial, 100);
    default:
        return 1 + below(trial, MOST);
    }
}

static void fill_group(struct trial *trial, unsigned service)
{
    struct group *group = &trial->groups[service];
    bool sick = below(trial, 2) == 0, priorities = below(trial, 3) == 0;

    for (unsigned i = 0; i < group->count; i++) {
        group->fellows[i] = (struct fellow){
            .well = !sick || below(trial, 4) > 0,
            .v6 = below(trial, 3) == 0,
            .weight = (uint16_t)(1 + below(trial, HIGHEST_WEIGHT)),
            .priority = (uint16_t)(priorities ? 1 + below(trial, 2) : 1),
        };
        put_fellow(trial, group, service, i);
    }
}

static void begin(struct trial *trial, uint64_t seed)
{
    struct reason why = REASON_NONE;

    memset(trial, 0, sizeof *trial);
    random_init(&trial->random, seed);
    town_zone(&trial->town, "z.");
    for (unsigned i = 0; i < SERVICES; i++) {
        struct group *group = &trial->groups[i];
        snprintf(group->name, sizeof group->name, "s%u", i);
        group->count = some_count(trial);
        group->order = (enum config_order)(i % ORDERS);
        group->limit = below(trial, 3) == 0 ? 1 + below(trial, 10) : 0;
        trial->said[i] = (struct config_service){ .name = group->name,
                                                  .namespace_name = (char *)"default",
                                                  .ttl = ROLLCALL_TTL_UNSET,
                                                  .order = 1 + (unsigned)group->order,
                                                  .max_answers = group->limit,
                                                  .min_healthy = CONFIG_AS_ZONE };
    }
    trial->town.config.services = trial->said;
    trial->town.config.service_count = SERVICES;
    if (town_open(&trial->town, &why) != ROLLCALL_OK)
        abort();
    for (unsigned i = 0; i < SERVICES; i++)
        fill_group(trial, i);
    answer_flush(trial->town.answer);
    trial->dns = (struct config_dns){ .udp_max = DNS_UDP_ADVERTISED, .batch = 1 };
    trial->pipeline = pipeline_create(answer_index(trial->town.answer), &trial->dns);
    if (trial->pipeline == NULL)
        abort();
}

static void end(struct trial *trial)
{
    pipeline_destroy(trial->pipeline);
    town_close(&trial->town);
}

/* `size`: announced; 0: no EDNS; 1: by TCP. Returns the length of the reply. */
static size_t ask(struct trial *trial, const struct group *group, uint16_t type,
                  unsigned size, uint8_t *message)
{
    struct dns_name name;
    char text[16];

    snprintf(text, sizeof text, "%s.z.", group->name);
    if (!dns_name_parse(text, &name))
        abort();
    size_t length =
        dns_message_ask(message, DNS_MESSAGE_MAX, 7, &name, type, false, size > 1);
    if (size > 1)
        bytes_put16(message + length - DNS_OPT_SIZE + 3, (uint16_t)size);
    trial->asked++;
    answer_reader_online();
    length = pipeline_answer(trial->pipeline, message, length,
                             size == 1 ? DNS_MESSAGE_MAX : DNS_UDP_MAX, NULL, size == 1);
    answer_reader_offline();
    return length;
}

static bool has_type(const struct fellow *fellow, uint16_t type)
{
    return fellow->well && (type != DNS_TYPE_AAAA || fellow->v6);
}

static size_t record_size(uint16_t type)
{
    return type == DNS_TYPE_A ? 16 : type == DNS_TYPE_AAAA ? 28 : WHOLE_SRV;
}

/* RRs of a complete answer. */
static unsigned expected(const struct group *group, uint16_t type)
{
    unsigned count = 0;

    for (unsigned i = 0; i < group->count; i++)
        count += has_type(&group->fellows[i], type) ? 1 : 0;
    return group->limit > 0 && count > group->limit ? group->limit : count;
}

/* Which instance an answer names: by the last octets of its address or its own name. */
static unsigned named(const ldns_rr *rr, uint16_t type)
{
    const ldns_rdf *rdf = ldns_rr_rdf(rr, type == DNS_TYPE_SRV ? 3 : 0);
    const uint8_t *data = ldns_rdf_data(rdf);
    size_t size = ldns_rdf_size(rdf);

    if (type == DNS_TYPE_SRV)
        return data[2] * 100u + data[3] * 10u + data[4] - '0' * 111u;
    return bytes_get16(data + size - 2);
}

static void check_records(struct trial *trial, const struct group *group, uint16_t type,
                          const ldns_pkt *packet)
{
    const ldns_rr_list *answers = ldns_pkt_answer(packet);
    bool seen[MOST] = { false };
    uint16_t priority = 0;

    for (size_t i = 0; i < ldns_rr_list_rr_count(answers); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(answers, i);
        unsigned who = ldns_rr_get_type(rr) == type ? named(rr, type) : MOST;
        if (who >= group->count || !has_type(&group->fellows[who], type)) {
            fault(trial, group, "names one that is not healthy or not there");
            return;
        }
        if (seen[who])
            fault(trial, group, "names one twice");
        seen[who] = true;
        if (type == DNS_TYPE_SRV && group->fellows[who].priority < priority)
            fault(trial, group, "has a lower priority behind a higher one");
        priority = group->fellows[who].priority;
    }
}

static void check_size(struct trial *trial, const struct group *group, uint16_t type,
                       unsigned size, const ldns_pkt *packet, size_t length)
{
    size_t allowed = size == 1                   ? DNS_MESSAGE_MAX
                     : size < DNS_UDP_CLASSIC    ? DNS_UDP_CLASSIC
                     : size > DNS_UDP_ADVERTISED ? DNS_UDP_ADVERTISED
                                                 : size;
    size_t answers = ldns_rr_list_rr_count(ldns_pkt_answer(packet));
    size_t fixed = 12 + 6 + 4 + (size > 1 ? (size_t)DNS_OPT_SIZE : 0);
    size_t whole = fixed + expected(group, type) * record_size(type);
    bool cut = whole > allowed;

    if (length > allowed)
        fault(trial, group, "is longer than allowed");
    if (ldns_pkt_tc(packet) != cut)
        fault(trial, group, cut ? "is cut and does not say TC" : "says TC and is whole");
    if (!cut && answers != expected(group, type))
        fault(trial, group, "has not as many answers as it should");
    if (cut && answers != (allowed - fixed) / record_size(type))
        fault(trial, group, "has not as many answers as fit");
}

static void check_shape(struct trial *trial, const struct group *group, uint16_t type,
                        unsigned size)
{
    static uint8_t message[DNS_MESSAGE_MAX];
    size_t length = ask(trial, group, type, size, message);
    ldns_pkt *packet = NULL;

    if (ldns_wire2pkt(&packet, message, length) != LDNS_STATUS_OK) {
        fault(trial, group, "does not parse");
        return;
    }
    if (ldns_pkt_get_rcode(packet) != LDNS_RCODE_NOERROR || !ldns_pkt_aa(packet))
        fault(trial, group, "is no authoritative answer");
    check_records(trial, group, type, packet);
    check_size(trial, group, type, size, packet, length);
    ldns_pkt_free(packet);
}

/* The chi-square value that is passed by chance once in 10^9 (Wilson and Hilferty). */
static double bound(unsigned freedom)
{
    double ninth = 2.0 / (9.0 * freedom), root = 1 - ninth + 6.0 * sqrt(ninth);

    return freedom * root * root * root;
}

/* `share` sums up to 1; rare ones are taken together. */
static bool is_fair(const unsigned *counts, const double *share, unsigned n,
                    unsigned total)
{
    double chi = 0, rest_share = 0, rest = 0;
    unsigned freedom = 0;

    for (unsigned i = 0; i < n; i++) {
        double wanted = share[i] * total;
        if (wanted < 10) {
            rest_share += share[i];
            rest += counts[i];
            continue;
        }
        chi += (counts[i] - wanted) * (counts[i] - wanted) / wanted;
        freedom++;
    }
    if (rest_share * total >= 10) {
        double wanted = rest_share * total;
        chi += (rest - wanted) * (rest - wanted) / wanted;
        freedom++;
    }
    return freedom < 2 || chi < bound(freedom - 1);
}

static double share_of(const struct group *group, unsigned i, double sum)
{
    if (!group->fellows[i].well)
        return 0;
    return (group->order == CONFIG_ORDER_WEIGHTED ? group->fellows[i].weight : 1) / sum;
}

/* Who stands first, and who is named at all, in many complete answers. */
static void count_named(struct trial *trial, const struct group *group, unsigned queries,
                        unsigned *first, unsigned *all)
{
    static uint8_t message[DNS_MESSAGE_MAX];

    for (unsigned q = 0; q < queries; q++) {
        ask(trial, group, DNS_TYPE_A, 1, message);
        const uint8_t *rr = message + 12 + 6 + 4;
        unsigned answers = bytes_get16(message + 6);
        for (unsigned i = 0; i < answers; i++, rr += 16) {
            unsigned who = bytes_get16(rr + 14);
            all[who]++;
            first[who] += i == 0;
        }
    }
}

static void check_even(struct trial *trial, const struct group *group,
                       const unsigned *first, const unsigned *all, unsigned each)
{
    unsigned want = expected(group, DNS_TYPE_A);

    for (unsigned i = 0; i < group->count; i++) {
        if (!group->fellows[i].well)
            continue;
        if (first[i] != each || all[i] != each * want) {
            fault(trial, group, "does not name each exactly as often");
            return;
        }
    }
}

static void check_shares(struct trial *trial, const struct group *group)
{
    unsigned first[MOST] = { 0 }, all[MOST] = { 0 }, well = 0;
    double share[MOST], sum = 0;

    for (unsigned i = 0; i < group->count; i++) {
        well += group->fellows[i].well ? 1 : 0;
        sum += share_of(group, i, 1);
    }
    unsigned each = well * TURNS > TURNS_MOST ? TURNS_MOST / (well + 1) + 1 : TURNS;
    if (well == 0 || group->order == CONFIG_ORDER_FIXED)
        return;
    count_named(trial, group, each * well, first, all);
    for (unsigned i = 0; i < group->count; i++)
        share[i] = share_of(group, i, sum);
    if (group->order == CONFIG_ORDER_ROTATE)
        check_even(trial, group, first, all, each);
    else if (!is_fair(first, share, group->count, each * well))
        fault(trial, group, "does not put each first as often as it should");
    if (group->order == CONFIG_ORDER_SHUFFLE && group->limit == 1 &&
        memcmp(first, all, sizeof all) != 0)
        fault(trial, group, "names more than its limit");
}

static void try_group(struct trial *trial, const struct group *group)
{
    static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV };

    for (unsigned t = 0; t < 3; t++) {
        if (expected(group, types[t]) == 0)
            continue;
        check_shape(trial, group, types[t], 0);
        check_shape(trial, group, types[t], 1);
        for (unsigned i = 0; i < SHAPES; i++)
            check_shape(trial, group, types[t], 512 + below(trial, 721));
    }
    check_shares(trial, group);
}

int main(int argc, char **argv)
{
    static struct trial trial;
    unsigned seeds = argc > 1 ? (unsigned)atoi(argv[1]) : 10;
    unsigned asked = 0, faults = 0;

    for (unsigned seed = 1; seed <= seeds; seed++) {
        begin(&trial, seed);
        for (unsigned i = 0; i < SERVICES; i++)
            try_group(&trial, &trial.groups[i]);
        end(&trial);
        if (trial.faults > 0)
            printf("seed %u: %u faults\n", seed, trial.faults);
        asked += trial.asked;
        faults += trial.faults;
    }
    printf("%u registries, %u replies, %u faults\n", seeds, asked, faults);
    return faults == 0 && asked > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
