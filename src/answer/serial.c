/* Serials of zones: raised when data changes, saved before they are shown, so that what a
 * secondary has seen is never greater than what the disk knows (docs/dns.md §2.8). */
#include <inttypes.h>

#include "answer/reader.h"
#include "answer/snapshot.h"
#include "answer/state.h"
#include "answer/zone.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/thread_role.h"

/* Without a configuration (in tests): once a second. */
enum { PAUSE_MS = 1000 };

static int64_t pause_of(const struct answer *answer)
{
    uint64_t ms = answer->config->transfers.coalesce_ms;

    return ms == 0 ? PAUSE_MS : (int64_t)ms;
}

uint32_t serial_next(uint32_t published, int64_t wall)
{
    uint32_t seconds = (uint32_t)(wall / 1000);
    uint32_t ahead = seconds - published; /* RFC 1982 §3.2 */

    return ahead != 0 && ahead < UINT32_C(0x80000000) ? seconds : published + 1;
}

void serial_changed(struct answer *answer, struct answer_zone *zone)
{
    zone->changed = true;
    answer->next_serial = 0;
}

void answer_restore_serial(void *owner, const char *apex, uint32_t serial)
{
    struct answer *answer = owner;

    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        if (strcmp(zone->config->apex, apex) == 0)
            atomic_store_explicit(&zone->serial, serial, memory_order_relaxed);
    }
}

static void on_saved(void *context, enum rollcall_status status)
{
    struct answer_zone *zone = context;

    zone->saving = false;
    if (status != ROLLCALL_OK)
        zone->changed = true; /* tried again when its pause is over */
    else if (zone->snapshot != NULL)
        zone->saved = true; /* shown at the end of the turn, with the data of then */
    else
        atomic_store_explicit(&zone->serial, zone->offered, memory_order_relaxed);
}

/* What is published now is what secondaries get as this serial. What changed while it
 * was being saved is in it already; then the next serial may bring nothing new. */
static void show(struct answer *answer, struct answer_zone *zone)
{
    uint32_t before = atomic_load_explicit(&zone->serial, memory_order_relaxed);

    zone->saved = false;
    answer_reader_online();
    snapshot_take(zone->snapshot, before, zone->offered);
    answer_reader_offline();
    zone->changed = snapshot_pending(zone->snapshot);
    atomic_store_explicit(&zone->serial, zone->offered, memory_order_relaxed);
    if (answer->on_serial != NULL)
        answer->on_serial(answer->on_serial_owner, zone);
}

static void show_saved(struct answer *answer)
{
    for (size_t i = 0; i < answer->index.zone_count; i++)
        if (answer->index.zones[i]->saved)
            show(answer, answer->index.zones[i]);
}

static void save(struct answer *answer, struct answer_zone *zone, int64_t now,
                 int64_t wall)
{
    uint32_t serial = atomic_load_explicit(&zone->serial, memory_order_relaxed);

    zone->offered = serial_next(serial, wall);
    zone->next_save = now + pause_of(answer);
    zone->changed = false;
    zone->saving = true;
    counter_add(&answer->counts.serials, 1);
    if (registry_save_serial(answer->registry, zone->config->apex, zone->offered,
                             on_saved, zone) == ROLLCALL_OK)
        return;
    counter_add(&answer->counts.serials_refused, 1);
    zone->saving = false;
    zone->changed = true;
}

void serial_gauges(void *owner, struct metrics *metrics)
{
    static const struct metric serials = { "zone_serial",
                                           "The serial that DNS says for each zone.",
                                           METRIC_GAUGE, "zone" };
    const struct answer *answer = owner;

    metrics_family(metrics, &serials);
    for (size_t i = 0; answer != NULL && i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        metrics_sample(metrics, NULL);
        metrics_label(metrics, "zone", zone->config->apex);
        metrics_number(metrics,
                       atomic_load_explicit(&zone->serial, memory_order_relaxed));
    }
}

int64_t answer_run_serials(struct answer *answer, int64_t now, int64_t wall)
{
    thread_role_assert(ROLE_CONTROL);
    show_saved(answer);
    if (answer->next_serial > now)
        return answer->next_serial;
    answer->next_serial = INT64_MAX;
    for (size_t i = 0; i < answer->index.zone_count; i++) {
        struct answer_zone *zone = answer->index.zones[i];
        if (zone->changed && !zone->saving && zone->next_save <= now)
            save(answer, zone, now, wall);
        /* Also while one is being saved: it may be refused, or more may change. */
        if ((zone->changed || zone->saving) && zone->next_save < answer->next_serial)
            answer->next_serial =
                zone->next_save <= now ? now + pause_of(answer) : zone->next_save;
    }
    return answer->next_serial;
}
