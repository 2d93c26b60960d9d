/* What the registry shows beside its counters: what is registered now, by state.
 *
 * Counted by walking when somebody asks: 7 ms for 100,000 instances. A count that is kept
 * would have to be right in every place that moves a state. */
#include "base/metrics.h"
#include "registry/internal.h"

enum service_state {
    SERVICE_ALL,
    SERVICE_SOME,
    SERVICE_NOTHING,
    SERVICE_EMPTY,
    SERVICES
};

struct census {
    uint64_t by_reason[STANDING_REASONS];     /* what it is when not its health decides */
    uint64_t by_health[ROLLCALL_PASSING + 1]; /* of the others */
    uint64_t starting;                        /* of them, those without a verdict yet */
    uint64_t in_dns;
    uint64_t services[SERVICES];
};

static void count_entry(struct census *census, const struct entry *entry)
{
    enum standing_reason reason = entry_standing(entry);

    if (reason != STANDING_NONE)
        census->by_reason[reason]++;
    else if (entry->state == STARTING)
        census->starting++;
    else
        census->by_health[entry->health]++;
}

static void count_service(struct census *census, const struct service *service)
{
    uint32_t in = 0;

    for (uint32_t i = 0; i < service->count; i++) {
        count_entry(census, service->entries[i]);
        in += entry_effective(service->entries[i]) != ROLLCALL_CRITICAL;
    }
    census->in_dns += in;
    if (service->count == 0)
        census->services[SERVICE_EMPTY]++;
    else if (in == 0)
        census->services[SERVICE_NOTHING]++;
    else
        census->services[in == service->count ? SERVICE_ALL : SERVICE_SOME]++;
}

static void put_state(struct metrics *metrics, const char *state, uint64_t count)
{
    metrics_sample(metrics, NULL);
    metrics_label(metrics, "state", state);
    metrics_number(metrics, count);
}

static void put_instances(struct metrics *metrics, const struct census *census)
{
    put_state(metrics, "starting", census->starting);
    put_state(metrics, "passing", census->by_health[ROLLCALL_PASSING]);
    put_state(metrics, "warning", census->by_health[ROLLCALL_WARNING]);
    put_state(metrics, "critical", census->by_health[ROLLCALL_CRITICAL]);
    for (unsigned i = STANDING_NONE + 1; i < STANDING_REASONS; i++)
        put_state(metrics, standing_word((enum standing_reason)i), census->by_reason[i]);
}

static void put_services(struct metrics *metrics, const struct census *census)
{
    static const char *const words[] = { [SERVICE_ALL] = "all_in_dns",
                                         [SERVICE_SOME] = "some_in_dns",
                                         [SERVICE_NOTHING] = "none_in_dns",
                                         [SERVICE_EMPTY] = "empty" };

    for (unsigned i = 0; i < SERVICES; i++)
        put_state(metrics, words[i], census->services[i]);
}

static void take_census(const struct registry *registry, struct census *out)
{
    const struct service *service;
    size_t at = 0;

    *out = (struct census){ .starting = 0 };
    while ((service = registry_next_service(registry, &at)) != NULL)
        count_service(out, service);
}

void registry_gauges(void *owner, struct metrics *metrics)
{
    static const struct metric instances = {
        "instances", "Instances now, by what decides about them: their health, or else.",
        METRIC_GAUGE, "state"
    };
    static const struct metric services = {
        "services", "Services now, by how many of their instances DNS hands out.",
        METRIC_GAUGE, "state"
    };
    static const struct metric in_dns = {
        "instances_in_dns", "Instances that DNS hands out now, where all do not fail.",
        METRIC_GAUGE, NULL
    };
    static const struct metric revision = {
        "revision", "The number of the last event; it grows over restarts too.",
        METRIC_GAUGE, NULL
    };
    struct census census = { .starting = 0 };
    bool known = owner != NULL;

    if (known)
        take_census(owner, &census);
    metrics_family(metrics, &instances);
    if (known)
        put_instances(metrics, &census);
    metrics_family(metrics, &services);
    if (known)
        put_services(metrics, &census);
    metrics_single(metrics, &in_dns, known, (double)census.in_dns);
    metrics_single(metrics, &revision, known,
                   known ? (double)registry_revision(owner) : 0);
}

/* --- Leases by kind and outcome. */

static const char *lease_kind_word(unsigned index)
{
    static const char *const words[] = { "ttl", "connection", "pid" };

    return words[index];
}

static const char *lease_outcome_word(unsigned index)
{
    static const char *const words[] = { [LEASE_GRANTED] = "granted",
                                         [LEASE_RENEWED] = "renewed",
                                         [LEASE_EXPIRED] = "expired" };

    return words[index];
}

const struct counter_table registry_tables[] = {
    { .metric = "leases",
      .help = "What became of leases: granted with a registration, renewed, expired.",
      .labels = { "kind", "outcome" },
      .words = { lease_kind_word, lease_outcome_word },
      .counts = { LEASE_KINDS, LEASE_OUTCOMES },
      .offset = offsetof(struct registry_counts, leases) },
    { .metric = NULL },
};

const struct counter_family registry_families[] = {
    { "registrations", "Registrations by outcome; the other refusals are in "
                       "registry_requests_refused." },
    { "registry_requests_refused", "Requests refused, by reason." },
    { NULL, NULL },
};

void lease_count(struct registry *registry, const struct entry *entry,
                 enum lease_outcome outcome)
{
    enum rollcall_lease_kind kind = entry->instance->is.lease.kind;

    if (kind != ROLLCALL_LEASE_NONE)
        counter_add(&registry->counts.leases[kind - 1][outcome], 1);
}
