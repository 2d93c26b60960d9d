#include "answer/answer.h"

#include <stdlib.h>
#include <string.h>

#include "answer/addresses.h"
#include "answer/reader.h"
#include "answer/snapshot.h"
#include "answer/state.h"
#include "answer/statics.h"
#include "base/random.h"
#include "base/thread_role.h"

#define ROW(member, ...) COUNTER(struct answer_counts, member, __VA_ARGS__)

static const struct counter_row count_rows[] = {
    ROW(compiled, "Times that a service was compiled for a zone."),
    ROW(unchanged, "Of them, times that DNS said the same as before."),
    ROW(published, "Of them, times that new answers were published."),
    ROW(serials, "Serials of zones that were given to the store."),
    ROW(serials_refused, "Of them, those that it could not take."),
    ROW(names, "Owner names in the index now.", IS_GAUGE),
    ROW(panics, "Times that a service began to answer with all (min_healthy)."),
    ROW(panicking, "Services that do so now, in each zone.", IS_GAUGE),
    COUNTER_END,
};

const struct counter_group answer_counter_group = { .area = "answer",
                                                    .rows = count_rows,
                                                    .more = serial_gauges };

static size_t labels_of(const struct config_zone *zone)
{
    size_t labels = 0;

    for (const char *at = zone->apex; *at != '\0'; at++)
        labels += *at == '.';
    return strcmp(zone->apex, ".") == 0 ? 0 : labels;
}

/* Puts it where the longest apex is looked at first. */
static void insert_zone(struct answer_index *index, struct answer_zone *zone)
{
    size_t at = index->zone_count++;

    for (; at > 0 && index->zones[at - 1]->apex.length < zone->apex.length; at--)
        index->zones[at] = index->zones[at - 1];
    index->zones[at] = zone;
}

/* Zones inside others are made after them: one more label each round. */
static enum rollcall_status create_zones(struct answer *answer, struct reason *why)
{
    const struct config *config = answer->config;

    answer->index.zones = calloc(config->zone_count + 1, sizeof(struct answer_zone *));
    answer->index.numbered = calloc(config->zone_count + 1, sizeof(struct answer_zone *));
    if (answer->index.zones == NULL || answer->index.numbered == NULL ||
        config->zone_count > UINT16_MAX) {
        reason_set(why, "no memory for the zones");
        return ROLLCALL_E_NOMEM;
    }
    for (size_t labels = 0; labels < DNS_NAME_MAX / 2 + 1; labels++)
        for (uint32_t i = 0; i < config->zone_count; i++) {
            struct answer_zone *zone;
            if (labels_of(&config->zones[i]) != labels)
                continue;
            enum rollcall_status status =
                answer_zone_create(&answer->index, config, &config->zones[i], &zone, why);
            if (status != ROLLCALL_OK)
                return status;
            insert_zone(&answer->index, zone);
        }
    return ROLLCALL_OK;
}

static enum rollcall_status check_zones(const struct answer *answer, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;

    for (size_t i = 0; i < answer->index.zone_count && status == ROLLCALL_OK; i++)
        status = statics_check(answer->index.zones[i], why);
    return status;
}

static enum rollcall_status build(struct answer *answer, struct reason *why)
{
    enum rollcall_status status = answer_index_init(&answer->index, random_seed());

    if (status != ROLLCALL_OK) {
        reason_set(why, "no memory for the index of names");
        return status;
    }
    answer->index.watch = &answer->watch;
    compiler_init(&answer->compiler, &answer->index, &answer->hosts);
    answer_reader_online();
    status = create_zones(answer, why);
    if (status == ROLLCALL_OK && answer->config->node_address_count > 0 &&
        !addresses_add_node(&answer->index, answer->config->node_addresses,
                            answer->config->node_address_count)) {
        reason_set(why, "no memory for the addresses of the node");
        status = ROLLCALL_E_NOMEM;
    }
    answer_reader_offline();
    if (status == ROLLCALL_OK)
        status = check_zones(answer, why);
    return status == ROLLCALL_OK ? snapshots_create(&answer->index, answer->config, why)
                                 : status;
}

enum rollcall_status answer_create(const struct config *config, struct answer **out,
                                   struct reason *why)
{
    struct answer *answer = calloc(1, sizeof *answer);

    thread_role_assert(ROLE_CONTROL);
    if (answer == NULL) {
        reason_set(why, "no memory for the answers");
        return ROLLCALL_E_NOMEM;
    }
    answer_reader_register();
    answer->config = config;
    answer->next_serial = 0;
    answer->due = INT64_MAX;
    hosts_init(&answer->hosts);
    list_init(&answer->changed);
    list_init(&answer->marks);
    answer->blocks[0] = &answer->counts;
    answer->group = answer_counter_group;
    answer->group.blocks = answer->blocks;
    answer->group.block_count = 1;
    answer->group.owner = answer;
    enum rollcall_status status = build(answer, why);
    if (status != ROLLCALL_OK) {
        answer_destroy(answer);
        return status;
    }
    *out = answer;
    return ROLLCALL_OK;
}

void answer_destroy(struct answer *answer)
{
    if (answer == NULL)
        return;
    answer_reader_barrier();
    publisher_deinit(answer);
    compiler_deinit(&answer->compiler);
    snapshots_destroy(&answer->index);
    for (size_t i = 0; i < answer->index.zone_count; i++)
        answer_zone_destroy(answer->index.zones[i]);
    answer_index_deinit(&answer->index);
    hosts_deinit(&answer->hosts);
    answer_reader_unregister();
    free(answer);
}

void answer_rehearse(struct answer *answer)
{
    answer->compiler.rehearsal = true;
}

void answer_attach(struct answer *answer, struct registry *registry)
{
    answer->registry = registry;
    answer->listener.on_event = publisher_on_event;
    answer->listener.owner = answer;
    registry_listen(registry, &answer->listener);
}

void answer_flush(struct answer *answer)
{
    publisher_flush(answer);
    if (!nodes_busy(&answer->index.nodes))
        return;
    answer_reader_online();
    nodes_turn(&answer->index.nodes);
    answer_reader_offline();
}

void answer_run_due(struct answer *answer, int64_t now)
{
    thread_role_assert(ROLE_CONTROL);
    answer->now = now;
    flatten_run(answer);
    publisher_run_due(answer);
}

int64_t answer_next_due(const struct answer *answer)
{
    return answer->hosts.due < answer->due ? answer->hosts.due : answer->due;
}

struct answer_index *answer_index(struct answer *answer)
{
    return &answer->index;
}

const struct counter_group *answer_counters(const struct answer *answer)
{
    return &answer->group;
}
