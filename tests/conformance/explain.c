/* explain WORLDS: explanations and DNS cannot differ (docs/protocol.md `explain`).
 *
 * In random registries, healths, standings and rules, random names and types are
 * explained and then asked of the query pipeline. Where the order is by turns the
 * explained reply must be that of DNS octet for octet; and always the instances that are
 * explained to be in must be those that the records of the DNS reply lead to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/explain.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "base/thread_role.h"
#include "dns/message.h"
#include "dns/wire.h"
#include "serve/pipeline.h"
#include "support/town.h"

enum {
    STATES = 50,   /* of each world */
    QUESTIONS = 6, /* in each state */
    SERVICES = 4,
    FELLOWS = 14, /* of a service, at most */
    MOST = SERVICES * FELLOWS,
    ZONES = 4,
    TAGS = 4,
    TEXT = 400
};

struct fellow {
    char id[12];
    unsigned service, number;
    bool there, v6, host;
    struct standing standing;
};

struct trial {
    struct town town;
    struct config_zone zones[ZONES];
    struct config_service said[SERVICES];
    struct config_dns dns;
    struct fellow fellows[MOST];
    struct pipeline *pipeline;
    struct random_state random;
    int64_t now;
    unsigned states, asked, faults, answered, in, out;
};

static const char *const tags[TAGS] = { "v1", "canary", "blue.green", "eu" };

static unsigned below(struct trial *trial, unsigned bound)
{
    return (unsigned)random_below(&trial->random, bound);
}

static bool one_in(struct trial *trial, unsigned bound)
{
    return below(trial, bound) == 0;
}

static struct entry *entry_of(struct trial *trial, const struct fellow *fellow)
{
    char name[8];

    snprintf(name, sizeof name, "s%u", fellow->service);
    return town_find(town_service(&trial->town, name), fellow->id);
}

/* ---- random worlds -------------------------------------------------------------- */

static void random_rules(struct trial *trial, struct config_zone *zone)
{
    static const uint32_t healthy[] = { 0, 0, 300, 500 };

    zone->order = one_in(trial, 4) ? (enum config_order)below(trial, 4)
                                   : (enum config_order)below(trial, 2);
    zone->max_answers = one_in(trial, 3) ? 1 + below(trial, 4) : 0;
    zone->no_healthy = below(trial, 5);
    zone->min_healthy = healthy[below(trial, 4)];
    zone->only_passing = one_in(trial, 3);
    zone->ttl_unhealthy_halve = one_in(trial, 4);
    zone->instance_names = below(trial, 3);
    zone->srv_unavailable = below(trial, 2);
    zone->bare_srv = below(trial, 3);
    zone->srv_weight = below(trial, 3);
    zone->explain_names = one_in(trial, 2);
    zone->scope = one_in(trial, 4) ? CONFIG_SCOPE_ALL : CONFIG_SCOPE_OWN;
}

static void random_said(struct trial *trial, unsigned number)
{
    static char names[SERVICES][8];
    static struct rollcall_address vip[SERVICES];
    struct config_service *said = &trial->said[number];

    snprintf(names[number], sizeof names[number], "s%u", number);
    vip[number] = (struct rollcall_address){ 4, { 10, 96, 0, (uint8_t)number } };
    *said = (struct config_service){ .name = names[number],
                                     .namespace_name = (char *)"default",
                                     .ttl = one_in(trial, 3) ? 7 : ROLLCALL_TTL_UNSET,
                                     .max_answers = one_in(trial, 4) ? 2 : CONFIG_AS_ZONE,
                                     .min_healthy = CONFIG_AS_ZONE,
                                     .vips = &vip[number],
                                     .vip_count = one_in(trial, 4) };
}

static void open_zones(struct trial *trial)
{
    static const char *const apexes[ZONES] = { "z.", "c.", "k.", "10.in-addr.arpa." };
    struct town *town = &trial->town;

    for (unsigned i = 0; i < ZONES; i++) {
        town->config.zone_count = 0;
        town_zone(town, apexes[i]);
        trial->zones[i] = town->zone[0];
        trial->zones[i].layout = (enum config_layout)i;
        random_rules(trial, &trial->zones[i]);
    }
    town->config.zones = trial->zones;
    town->config.zone_count = ZONES;
}

static void begin(struct trial *trial)
{
    struct reason why = REASON_NONE;
    struct town *town = &trial->town;

    memset(town, 0, sizeof *town);
    open_zones(trial);
    for (unsigned i = 0; i < SERVICES; i++)
        random_said(trial, i);
    town->config.datacenter = (char *)"dc1";
    town->config.services = trial->said;
    town->config.service_count = SERVICES;
    town->config.dns.udp_max = one_in(trial, 2) ? 512 : DNS_UDP_ADVERTISED;
    if (town_open(town, &why) != ROLLCALL_OK) {
        printf("%s\n", why.text);
        abort();
    }
    for (unsigned i = 0; i < MOST; i++)
        trial->fellows[i] =
            (struct fellow){ .service = i / FELLOWS, .number = i % FELLOWS };
    answer_flush(town->answer);
    trial->dns = town->config.dns;
    trial->dns.batch = 1;
    trial->pipeline = pipeline_create(answer_index(town->answer), &trial->dns);
    if (trial->pipeline == NULL)
        abort();
}

static void end(struct trial *trial)
{
    pipeline_destroy(trial->pipeline);
    town_close(&trial->town);
}

/* ---- random states -------------------------------------------------------------- */

static void put(struct trial *trial, struct fellow *fellow)
{
    static const char *const datacenters[] = { "", "", "dc1", "dc2" };
    const struct rollcall_address addresses[2] = {
        { 4, { 10, 0, (uint8_t)fellow->service, (uint8_t)fellow->number } },
        { 6, { 0xfd, [14] = (uint8_t)fellow->service, (uint8_t)fellow->number } },
    };
    const struct rollcall_port ports[2] = { { "http", 80, ROLLCALL_TCP },
                                            { "stats", 9000, ROLLCALL_UDP } };
    const char *own[TAGS];
    char host[32], service[8];
    unsigned count = 0;

    if (!fellow->there) {
        snprintf(fellow->id, sizeof fellow->id, "i%u-%u", fellow->service,
                 fellow->number);
        memset(&fellow->standing, 0, sizeof fellow->standing);
    }
    fellow->host = one_in(trial, 9);
    fellow->v6 = one_in(trial, 2);
    for (unsigned i = 0; i < TAGS; i++)
        if (one_in(trial, 3))
            own[count++] = tags[i];
    snprintf(service, sizeof service, "s%u", fellow->service);
    snprintf(host, sizeof host, "h%u-%u.example.net.", fellow->service, fellow->number);
    const struct rollcall_instance is = {
        .id = fellow->id,
        .service = service,
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .host = fellow->host ? host : "",
        .datacenter = datacenters[below(trial, 4)],
        .addresses = fellow->host ? NULL : addresses,
        .address_count = fellow->host ? 0
                         : fellow->v6 ? 2
                                      : 1,
        .ports = ports,
        .port_count = (uint16_t)below(trial, 3),
        .tags = own,
        .tag_count = (uint16_t)count,
        .weight = (uint16_t)(1 + below(trial, 5)),
        .priority = (uint16_t)(1 + below(trial, 2)),
        .ttl = one_in(trial, 3) ? 9 : ROLLCALL_TTL_UNSET,
    };
    struct entry *entry =
        town_put(&trial->town, &is, (enum rollcall_health)below(trial, 3));
    entry->state = one_in(trial, 4) ? STARTING : SERVING;
    fellow->there = true;
}

static void stand(struct trial *trial, struct fellow *fellow)
{
    struct entry *entry = entry_of(trial, fellow);
    struct standing *standing = &fellow->standing;

    memset(standing, 0, sizeof *standing);
    standing->draining = one_in(trial, 4);
    standing->override = (uint8_t)(one_in(trial, 3) ? below(trial, OVERRIDES) : 0);
    standing->frozen = one_in(trial, 6);
    standing->held = one_in(trial, 6);
    standing->served = (uint8_t)below(trial, 3);
    standing->damped_until = one_in(trial, 5) ? INT64_MAX / 2 : 0;
    entry->standing = one_in(trial, 3) ? NULL : standing;
    entry->node_down = one_in(trial, 8);
    town_tell(&trial->town, EVENT_STANDING, entry->service, entry, NULL);
}

static void change(struct trial *trial)
{
    struct fellow *fellow = &trial->fellows[below(trial, MOST)];
    char service[8];

    snprintf(service, sizeof service, "s%u", fellow->service);
    if (!fellow->there || one_in(trial, 5)) {
        put(trial, fellow);
    } else if (one_in(trial, 6)) {
        town_remove(&trial->town, service, fellow->id);
        fellow->there = false;
    } else if (one_in(trial, 2)) {
        town_health(&trial->town, service, fellow->id,
                    (enum rollcall_health)below(trial, 3));
    } else {
        stand(trial, fellow);
    }
}

/* ---- random questions ----------------------------------------------------------- */

/* '#' is the number of the service, '+' that of the instance, '@' a tag, '~' the address.
 */
static void fill(struct trial *trial, const char *form, const struct fellow *of,
                 char *out)
{
    const char *tag = tags[below(trial, TAGS)];
    size_t length = 0;

    for (; *form != '\0' && length < TEXT; form++) {
        char *to = out + length;
        size_t room = TEXT - length;

        switch (*form) {
        case '#':
            length += (size_t)snprintf(to, room, "%u", of->service);
            break;
        case '+':
            length += (size_t)snprintf(to, room, "%u", of->number);
            break;
        case '@':
            length += (size_t)snprintf(to, room, "%s", tag);
            break;
        case '~':
            length += (size_t)snprintf(to, room, "0a00%02x%02x", of->service, of->number);
            break;
        default:
            length += (size_t)snprintf(to, room, "%c", *form);
        }
    }
}

static void flat_name(struct trial *trial, const struct fellow *of, char *out)
{
    static const char *tagged[] = { "@.s#.z", "_http._tcp.@.s#.z", "_s#._@.z",
                                    "_@._sub._http._tcp.z" };
    static const char *ids[] = {
        "i#-+.s#.z",      "_http._tcp.i#-+.s#.z", "s#\\032i#-+._http._tcp.z",
        "_udp.i#-+.s#.z", "i#-+.s#.dc2.dc.z",     "~.addr.z"
    };
    static const char *plain[] = { "s#.z",
                                   "s#.z",
                                   "_http._tcp.s#.z",
                                   "_stats._udp.s#.z",
                                   "_s#._tcp.z",
                                   "_s#._udp.z",
                                   "s#.dc1.dc.z",
                                   "s#.dc2.dc.z",
                                   "_http._tcp.z",
                                   "_stats._udp.z",
                                   "_services._dns-sd._udp.z",
                                   "nosuch#.z",
                                   "nosuch.s#.z",
                                   "s#.dc9.dc.z" };

    switch (below(trial, 4)) {
    case 0:
        fill(trial, tagged[below(trial, 4)], of, out);
        break;
    case 1:
        fill(trial, ids[below(trial, 6)], of, out);
        break;
    default:
        fill(trial, plain[below(trial, 14)], of, out);
        break;
    }
}

static void other_name(struct trial *trial, const struct fellow *of, char *out)
{
    unsigned s = of->service, n = of->number;

    switch (below(trial, 13)) {
    case 11:
        snprintf(out, TEXT, "s%u._explain.z", s);
        break;
    case 0:
        snprintf(out, TEXT, "s%u.service.c", s);
        break;
    case 1:
        snprintf(out, TEXT, "%s.s%u.service.c", tags[below(trial, TAGS)], s);
        break;
    case 2:
        snprintf(out, TEXT, "s%u.service.dc%u.c", s, 1 + below(trial, 3));
        break;
    case 3:
        snprintf(out, TEXT, "s%u.service.dc%u.dc.c", s, 1 + below(trial, 2));
        break;
    case 4:
        snprintf(out, TEXT, "_s%u._tcp%s.c", s, one_in(trial, 2) ? ".service" : "");
        break;
    case 5:
        snprintf(out, TEXT, "s%u.service.http.port.c", s);
        break;
    case 6:
        snprintf(out, TEXT, "0a00%02x%02x.addr%s.c", s, n,
                 one_in(trial, 2) ? ".dc1" : "");
        break;
    case 7:
        snprintf(out, TEXT, "s%u.default.svc.k", s);
        break;
    case 8:
        snprintf(out, TEXT, "_http._tcp.s%u.default.svc.k", s);
        break;
    case 9:
        snprintf(out, TEXT, "10-0-%u-%u.s%u.default.svc.k", s, n, s);
        break;
    case 10:
        snprintf(out, TEXT, "10-0-%u-%u.default.pod.k", s, n);
        break;
    default:
        snprintf(out, TEXT, "%u.%u.0.10.in-addr.arpa", n, s);
        break;
    }
}

/* ---- whom a reply of DNS leads to ----------------------------------------------- */

static void note_numbers(const struct trial *trial, unsigned service, unsigned number,
                         bool *found)
{
    (void)trial;
    if (service < SERVICES && number < FELLOWS)
        found[service * FELLOWS + number] = true;
}

/* By a label that is made of its id, its host name or its address. */
static void note_label(const struct trial *trial, const uint8_t *label, bool *found)
{
    unsigned a, b, s, n;
    char text[DNS_LABEL_MAX + 1];
    int end = 0;

    memcpy(text, label + 1, label[0]);
    text[label[0]] = '\0';
    if ((sscanf(text, "i%u-%u%n", &s, &n, &end) == 2 ||
         sscanf(text, "h%u-%u%n", &s, &n, &end) == 2 ||
         sscanf(text, "s%u i%u-%u%n", &a, &s, &n, &end) == 3 ||
         sscanf(text, "10-0-%u-%u%n", &s, &n, &end) == 2 ||
         sscanf(text, "0a00%2x%2x%n", &s, &n, &end) == 2) &&
        text[end] == '\0')
        note_numbers(trial, s, n, found);
    else if (sscanf(text, "fd%x--%x%n", &a, &b, &end) == 2 ||
             sscanf(text, "fd00--%x%n", &b, &end) == 1)
        note_numbers(trial, b >> 8, b & 255, found);
}

static void note_record(const struct trial *trial, const struct dns_message *message,
                        const struct dns_record *record, bool *found)
{
    const uint8_t *data = message->bytes + record->rdata;

    if (record->type == DNS_TYPE_A && data[0] == 10 && data[1] == 0)
        note_numbers(trial, data[2], data[3], found);
    else if (record->type == DNS_TYPE_AAAA)
        note_numbers(trial, data[14], data[15], found);
    else if (record->type == DNS_TYPE_SRV)
        note_label(trial, data + 6, found);
    else if (record->type == DNS_TYPE_PTR || record->type == DNS_TYPE_CNAME)
        note_label(trial, data, found);
}

static bool compare(struct trial *trial, const char *what, const char *name,
                    const char *type, bool good)
{
    if (good)
        return true;
    if (trial->faults++ < 20)
        printf("%s %s: %s\n", name, type, what);
    return false;
}

static void show(const struct explanation *explanation)
{
    printf("  %s\n", explanation->verdict);
    for (size_t i = 0; i < explanation->record_count; i++)
        printf("  record %s %s\n", explanation->records[i].type,
               explanation->records[i].data);
    for (size_t i = 0; i < explanation->instance_count; i++)
        printf("  %s %s: %s (%s)\n", explanation->instances[i].in ? "in " : "out",
               explanation->instances[i].id, explanation->instances[i].reason,
               explanation->instances[i].text);
}

/* An order by chance is another in every reply: then only whole ones say the same. */
static bool by_turns(const struct trial *trial)
{
    for (unsigned i = 0; i < ZONES; i++)
        if (trial->zones[i].order != CONFIG_ORDER_ROTATE &&
            trial->zones[i].order != CONFIG_ORDER_FIXED)
            return false;
    return true;
}

static void same_instances(struct trial *trial, const struct explanation *explanation,
                           const struct dns_message *reply)
{
    if (strcmp(explanation->type, "TXT") == 0)
        return; /* it does not say whose it is: compared by octets alone */
    bool dns[MOST] = { false }, said[MOST] = { false };
    struct dns_message walk = *reply;
    struct dns_record record;
    unsigned s, n;

    while (dns_message_next(&walk, &record) == 1) {
        if (record.section != 1)
            continue;
        if (record.type == DNS_TYPE_CNAME && !by_turns(trial))
            return; /* one of several aliases, by chance */
        note_record(trial, reply, &record, dns);
    }
    for (size_t i = 0; i < explanation->instance_count; i++) {
        const struct explained_instance *is = &explanation->instances[i];
        trial->in += is->in;
        trial->out += !is->in;
        if (is->in && sscanf(is->id, "i%u-%u", &s, &n) == 2)
            note_numbers(trial, s, n, said);
    }
    for (unsigned i = 0; i < MOST; i++)
        if (dns[i] != said[i]) {
            compare(trial,
                    dns[i] ? "answered, and explained to be out"
                           : "not answered, and explained to be in",
                    explanation->name, explanation->type, false);
            printf("  instance i%u-%u\n", i / FELLOWS, i % FELLOWS);
            show(explanation);
            return;
        }
}

static bool is_limited(const struct trial *trial)
{
    for (unsigned i = 0; i < ZONES; i++)
        if (trial->zones[i].max_answers > 0)
            return true;
    for (unsigned i = 0; i < SERVICES; i++)
        if (trial->said[i].max_answers != CONFIG_AS_ZONE)
            return true;
    return false;
}

static bool same_octets(const struct explanation *explanation, const uint8_t *reply,
                        size_t length, bool opt)
{
    const uint8_t *explained = explanation->message;

    return length >= explanation->message_length &&
           bytes_get16(reply + 2) == bytes_get16(explained + 2) &&
           bytes_get16(reply + 6) == bytes_get16(explained + 6) &&
           bytes_get16(reply + 8) == bytes_get16(explained + 8) &&
           bytes_get16(reply + 10) == bytes_get16(explained + 10) + opt &&
           memcmp(reply + 12, explained + 12, explanation->message_length - 12) == 0;
}

static size_t ask(struct trial *trial, const char *text, uint16_t type, bool tcp,
                  uint8_t *message)
{
    struct dns_name name;

    if (!dns_name_parse(text, &name))
        abort();
    size_t length =
        dns_message_ask(message, DNS_MESSAGE_MAX, 7, &name, type, false, true);
    bytes_put16(message + length - DNS_OPT_SIZE + 3, 4096);
    answer_reader_online();
    length = pipeline_answer(trial->pipeline, message, length,
                             tcp ? DNS_MESSAGE_MAX : DNS_UDP_MAX, NULL, tcp);
    answer_reader_offline();
    return length;
}

static void question(struct trial *trial)
{
    static const struct {
        const char *word;
        uint16_t type;
    } types[] = { { "A", DNS_TYPE_A },       { "A", DNS_TYPE_A },
                  { "AAAA", DNS_TYPE_AAAA }, { "SRV", DNS_TYPE_SRV },
                  { "SRV", DNS_TYPE_SRV },   { "PTR", DNS_TYPE_PTR },
                  { "ANY", DNS_TYPE_ANY },   { "CNAME", DNS_TYPE_CNAME },
                  { "TXT", DNS_TYPE_TXT } };
    static uint8_t message[DNS_MESSAGE_MAX];
    unsigned t = below(trial, sizeof types / sizeof types[0]);
    bool tcp = one_in(trial, 3);
    struct explanation *explanation;
    struct reason why = REASON_NONE;
    struct dns_message reply;
    char name[TEXT];

    (one_in(trial, 2) ? flat_name
                      : other_name)(trial, &trial->fellows[below(trial, MOST)], name);
    const struct explanation_question asked = {
        .name = name, .type = types[t].word, .tcp = tcp, .wall = 1000 * trial->now
    };
    if (answer_explain(trial->town.answer, &asked, &explanation, &why) != ROLLCALL_OK) {
        compare(trial, why.text, name, types[t].word, false);
        return;
    }
    trial->asked++;
    size_t length = ask(trial, name, types[t].type, tcp, message);
    if (!dns_message_open(&reply, message, length))
        abort();
    trial->answered += reply.counts[1] > 0;
    if (by_turns(trial)) {
        if (!compare(trial, "the explained reply is another", name, types[t].word,
                     same_octets(explanation, message, length, true)))
            show(explanation);
        same_instances(trial, explanation, &reply);
    } else if (!explanation->truncated && !is_limited(trial)) {
        same_instances(trial, explanation, &reply);
    }
    explanation_destroy(explanation);
}

static void state(struct trial *trial)
{
    for (unsigned changes = 1 + below(trial, 12); changes > 0; changes--)
        change(trial);
    trial->now += below(trial, 2000000);
    answer_run_due(trial->town.answer, trial->now);
    for (size_t i = 0; i < trial->town.service_count; i++) /* what time changes */
        publisher_mark(trial->town.answer, trial->town.services[i]);
    if (one_in(trial, 2))
        answer_flush(trial->town.answer);
    for (unsigned i = 0; i < QUESTIONS; i++)
        question(trial);
    trial->states++;
}

int main(int argc, char **argv)
{
    static struct trial trial;
    unsigned worlds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : random_seed();

    thread_role_set(ROLE_CONTROL);
    log_set_level(LOG_LEVEL_ERROR);
    random_init(&trial.random, seed);
    for (unsigned i = 0; i < worlds; i++) {
        begin(&trial);
        for (unsigned k = 0; k < STATES; k++)
            state(&trial);
        end(&trial);
    }
    printf("%u states, %u questions (seed %llu), %u with an answer, %u instances in, "
           "%u out; %u faults\n",
           trial.states, trial.asked, (unsigned long long)seed, trial.answered, trial.in,
           trial.out, trial.faults);
    return trial.faults > 0 || trial.in == 0 || trial.out == 0;
}
