#include "consul/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "consul/body.h"

enum {
    KEY_SIZE = 1024, /* of a reply that is shared; longer questions are answered alone */
};

/* --- What was asked. */

/* Questions in the same words by the same token have the same answer, unless headers say
 * more. */
static bool shared_key(const struct exchange *exchange, char out[KEY_SIZE])
{
    if (exchange_header(exchange, "X-Consul-Namespace") != NULL ||
        exchange_header(exchange, "X-Consul-Partition") != NULL)
        return false;
    int length = snprintf(out, KEY_SIZE, "%s %s", exchange_token_name(exchange),
                          exchange_uri(exchange));

    return length > 0 && length < KEY_SIZE;
}

/* Others may have asked for the same at the same time. */
static bool has_company(const struct exchange *exchange)
{
    return exchange_waited(exchange, NULL) || exchange_was_put_off(exchange);
}

static bool answered_already(struct exchange *exchange, const struct consul *consul)
{
    char key[KEY_SIZE];

    return has_company(exchange) && shared_key(exchange, key) &&
           exchange_reply_shared(exchange, key, consul->index.version);
}

static bool has(const struct exchange *exchange, const char *name)
{
    return exchange_query(exchange, name, 0) != NULL;
}

static bool refuse(struct exchange *exchange, const char *error)
{
    exchange_text(exchange, 400, "%s", error);
    return false;
}

static bool read_consistency(struct reading *reading)
{
    struct exchange *exchange = reading->exchange;
    const char *oldest = exchange_query(exchange, "max_stale", 0);
    bool stale = has(exchange, "stale") || oldest != NULL;
    bool consistent = has(exchange, "consistent");
    int64_t nanoseconds;

    if (oldest != NULL && !body_parse_duration(oldest, &nanoseconds)) {
        exchange_text(exchange, 400, "Invalid max_stale value \"%.64s\"", oldest);
        return false;
    }
    if (stale && consistent)
        return refuse(exchange, "Cannot specify ?stale with ?consistent, conflicting "
                                "semantics.");
    if (has(exchange, "cached") && consistent)
        return refuse(exchange, "Cannot specify ?cached with ?consistent, conflicting "
                                "semantics.");
    reading->consistency = stale ? "stale" : consistent ? "consistent" : "leader";
    return true;
}

/* "max-age=10": all that it could ask for holds for what is made anew each time. */
static bool is_cache_word(const char *word, size_t length)
{
    static const char *const numbered[] = { "max-age=", "stale-if-error=" };

    for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++) {
        size_t name = strlen(numbered[i]);
        if (length < name || strncasecmp(word, numbered[i], name) != 0)
            continue;
        return length > name && strspn(word + name, "0123456789") == length - name;
    }
    return true; /* the rest says nothing to us */
}

static bool read_cached(struct reading *reading)
{
    const char *at = exchange_header(reading->exchange, "Cache-Control");

    reading->cached = has(reading->exchange, "cached");
    if (!reading->cached || at == NULL)
        return true;
    while (*at != '\0') {
        at += strspn(at, ", \t");
        size_t length = strcspn(at, ", \t");
        if (length > 0 && !is_cache_word(at, length))
            return refuse(reading->exchange, "Invalid Cache-Control header.");
        at += length;
    }
    return true;
}

/* --- Where. */

static bool is_known_datacenter(const struct consul *consul, const char *name)
{
    const struct service *service;
    size_t at = 0;

    while ((service = registry_next_service(consul->registry, &at)) != NULL)
        for (uint32_t i = 0; i < service->count; i++) {
            const char *its = service->entries[i]->instance->is.datacenter;
            if (its != NULL && strcasecmp(its, name) == 0)
                return true;
        }
    return false;
}

static bool read_datacenter(const struct consul *consul, struct exchange *exchange,
                            const char **out)
{
    const char *asked = exchange_query(exchange, "datacenter", 0);

    if (asked == NULL)
        asked = exchange_query(exchange, "dc", 0);
    *out = consul->config->datacenter;
    if (asked == NULL || asked[0] == '\0' || strcasecmp(asked, *out) == 0)
        return true;
    if (!is_known_datacenter(consul, asked)) {
        exchange_text(exchange, 500, "No path to datacenter");
        return false;
    }
    *out = asked;
    return true;
}

bool reading_datacenter(struct exchange *exchange)
{
    const char *datacenter;

    return read_datacenter(exchange_owner(exchange), exchange, &datacenter);
}

static const char *first_of(const struct exchange *exchange, const char *query,
                            const char *header)
{
    const char *value = exchange_query(exchange, query, 0);

    return value == NULL ? exchange_header(exchange, header) : value;
}

const char *reading_namespace(const struct exchange *exchange)
{
    const char *name = first_of(exchange, "ns", "X-Consul-Namespace");

    return name == NULL || name[0] == '\0' ? "default" : name;
}

static bool is_elsewhere(const char *partition)
{
    return partition != NULL && partition[0] != '\0' &&
           strcasecmp(partition, "default") != 0;
}

static bool read_place(struct reading *reading)
{
    struct exchange *exchange = reading->exchange;

    if (is_elsewhere(exchange_query(exchange, "partition", 0)))
        return refuse(exchange, "Invalid query parameter: \"partition\" - Partitions are "
                                "a Consul Enterprise feature");
    if (is_elsewhere(exchange_header(exchange, "X-Consul-Partition")))
        return refuse(exchange, "Invalid header: \"X-Consul-Partition\" - Partitions are "
                                "a Consul Enterprise feature");
    reading->namespace_name = reading_namespace(exchange);
    return read_datacenter(reading->consul, exchange, &reading->datacenter);
}

struct reading reading_plain(struct exchange *exchange)
{
    return (struct reading){ .consul = exchange_owner(exchange),
                             .exchange = exchange,
                             .namespace_name = reading_namespace(exchange) };
}

bool reading_may_see(struct exchange *exchange, const char *namespace_name,
                     const char *label)
{
    if (exchange_may(exchange, RIGHT_READ, namespace_name, label))
        return true;
    exchange_forbid(exchange, RIGHT_READ, label);
    return false;
}

bool reading_begin(struct exchange *exchange, struct reading *out)
{
    struct consul *consul = exchange_owner(exchange);
    const char *error = NULL;

    *out = (struct reading){ .consul = consul, .exchange = exchange };
    if (answered_already(exchange, consul))
        return false;
    if (!blocking_parse(exchange_query(exchange, "index", 0),
                        exchange_query(exchange, "wait", 0), &out->blocking, &error))
        return refuse(exchange, error);
    out->near = exchange_query(exchange, "near", 0);
    return read_consistency(out) && read_cached(out) && read_place(out);
}

/* --- Waiting and answering. */

bool reading_is_old(const struct reading *reading, uint64_t index)
{
    return blocking_is_old(&reading->blocking, index,
                           registry_revision(reading->consul->registry));
}

bool reading_wait(const struct reading *reading, struct topic *topic, uint64_t index)
{
    return reading_is_old(reading, index) &&
           blocking_wait(&reading->blocking, &reading->consul->random, reading->exchange,
                         topic, clock_monotonic_ms());
}

void reading_headers(const struct reading *reading, uint64_t index)
{
    struct exchange *exchange = reading->exchange;
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)(index == 0 ? 1 : index));
    exchange_set_header(exchange, "X-Consul-Index", text);
    exchange_set_header(exchange, "X-Consul-LastContact", "0");
    exchange_set_header(exchange, "X-Consul-KnownLeader", "true");
    exchange_set_header(exchange, "X-Consul-Effective-Consistency", reading->consistency);
    exchange_set_header(exchange, "X-Consul-Query-Backend", "blocking-query");
    if (!reading->cached)
        return;
    exchange_set_header(exchange, "X-Cache", "MISS");
    exchange_set_header(exchange, "Age", "0");
}

void reading_reply(const struct reading *reading, unsigned status, uint64_t index)
{
    char key[KEY_SIZE];

    reading_headers(reading, index);
    if (has_company(reading->exchange) && shared_key(reading->exchange, key))
        exchange_share(reading->exchange, key, reading->consul->index.version);
    exchange_reply(reading->exchange, status, HTTP_JSON);
}

uint32_t reading_resume(const struct reading *reading, struct filter *filter,
                        uint64_t index)
{
    struct exchange *exchange = reading->exchange;
    size_t next = exchange_resume(exchange, index, reading->consul->index.version);

    if (next > 0)
        filter_go_on(filter, exchange_kept(exchange));
    return (uint32_t)next;
}

bool reading_pause(const struct reading *reading, const struct filter *filter,
                   uint32_t next)
{
    return exchange_pause(reading->exchange, next, filter_left(filter));
}

bool reading_put_off(const struct reading *reading)
{
    return exchange_put_off(reading->exchange,
                            registry_instance_count(reading->consul->registry));
}

/* --- Parts of the question that some have. */

bool reading_name(const struct reading *reading, const char *parameter,
                  const char *missing, char *out, size_t size)
{
    size_t length = 0;
    const char *name = exchange_path(reading->exchange, parameter, &length);

    if (name == NULL || length == 0)
        return refuse(reading->exchange, missing);
    if (length >= size) {
        exchange_text(reading->exchange, 400, "Name is too long (limit: %zu characters)",
                      size - 1);
        return false;
    }
    memcpy(out, name, length);
    out[length] = '\0';
    return true;
}

bool reading_filter(const struct reading *reading, const struct selector *selectors,
                    struct filter **out)
{
    const char *text = exchange_query(reading->exchange, "filter", 0);
    struct reason why = REASON_NONE;

    *out = NULL;
    if (text == NULL)
        return true;
    enum rollcall_status status = filter_parse(text, selectors, out, &why);
    if (status == ROLLCALL_OK)
        return true;
    if (status == ROLLCALL_E_NOMEM)
        exchange_text(reading->exchange, 503, "out of memory");
    else
        exchange_text(reading->exchange, 400, "%s", why.text);
    return false;
}

bool reading_filtered(const struct reading *reading, struct filter *filter)
{
    struct reason why = REASON_NONE;
    bool spent = filter_spent(filter, &why);

    filter_destroy(filter);
    if (spent)
        exchange_text(reading->exchange, 400, "%s", why.text);
    return !spent;
}

static const char *value_of(const struct rollcall_pair *pairs, unsigned count,
                            const char *key, size_t length)
{
    for (unsigned i = 0; i < count; i++)
        if (strlen(pairs[i].key) == length && memcmp(pairs[i].key, key, length) == 0)
            return pairs[i].value;
    return NULL;
}

bool reading_node_meta(const struct reading *reading, const struct node_view *node)
{
    const char *asked;

    for (unsigned nth = 0;
         (asked = exchange_query(reading->exchange, "node-meta", nth)) != NULL; nth++) {
        size_t length = strcspn(asked, ":");
        const char *value = value_of(node->meta, node->meta_count, asked, length);
        if (value == NULL ||
            strcmp(value, asked[length] == ':' ? asked + length + 1 : "") != 0)
            return false;
    }
    return true;
}

bool reading_tags(const struct reading *reading, const struct service_shown *shown)
{
    const char *tag;

    for (unsigned nth = 0; (tag = exchange_query(reading->exchange, "tag", nth)) != NULL;
         nth++)
        if (tag[0] != '\0' && !shown_has_tag(shown, tag))
            return false;
    return true;
}

bool reading_flag(const struct reading *reading, const char *name, bool *out)
{
    const char *text = exchange_query(reading->exchange, name, 0);

    *out = false;
    if (text == NULL)
        return true;
    *out = true;
    return text[0] == '\0' || body_parse_flag(text, out);
}
