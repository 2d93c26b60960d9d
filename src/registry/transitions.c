/* What happened to instances, told to the history; see transitions.h. */
#include "registry/transitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "model/validate.h"
#include "registry/internal.h"
#include "registry/states.h"

/* Under way at once. A flood of 10,000 fits; what is beyond is dropped, because the queue
 * of the store is there for registrations. */
enum { UNDER_WAY_MAX = 32 * 1024, OUTPUT_MAX = 256 };

void transition_destroy(struct transition *transition)
{
    if (transition == NULL)
        return;
    free(transition->output);
    free(transition->bytes);
    free(transition);
}

static void lose(struct registry *registry)
{
    struct history_tally *tally = &registry->history;

    counter_add(&registry->counts.transitions_dropped, 1);
    if (tally->lost++ == 0)
        tally->lost_since = registry->now + registry->wall_skew;
}

/* What never happened is not missing. */
static void lose_sent(struct registry *registry, const struct change *change)
{
    const struct transition *said = change->said;
    struct history_tally *tally = &registry->history;

    if (said->lost > 0 && (tally->lost == 0 || said->lost_since < tally->lost_since))
        tally->lost_since = said->lost_since;
    tally->lost += said->lost;
    if (change->kind == CHANGE_HISTORY || change->status == ROLLCALL_OK)
        lose(registry);
}

static int64_t wall_of(const struct registry *registry)
{
    return registry->now + registry->wall_skew;
}

static struct transition *make(struct registry *registry, enum transition_part part,
                               const char *cause, int64_t wall)
{
    struct history_tally *tally = &registry->history;
    struct transition *said = NULL;

    if (!registry->settings.history)
        return NULL;
    if (!registry->refusing && tally->under_way < UNDER_WAY_MAX)
        said = calloc(1, sizeof *said);
    if (said == NULL) {
        lose(registry);
        return NULL;
    }
    *said = (struct transition){ .wall = wall,
                                 .monotonic = wall - registry->wall_skew,
                                 .part = (uint8_t)part,
                                 .before = TRANSITION_NONE,
                                 .after = TRANSITION_NONE,
                                 .effective = TRANSITION_NONE,
                                 .cause = cause,
                                 .lost = tally->lost,
                                 .lost_since = tally->lost_since };
    tally->lost = 0;
    return said;
}

static void see(struct transition *said, const struct entry *entry)
{
    said->effective = (uint8_t)entry_effective(entry);
    said->standing = (uint8_t)entry_standing(entry);
}

/* Not with their outputs: that of the check that moved is told, the others were. */
static bool pack_health(struct transition *said, const struct entry *entry)
{
    struct check_state bare[MODEL_CHECKS_MAX];
    unsigned count = entry->instance->is.check_count;

    for (unsigned i = 0; i < count; i++) {
        bare[i] = entry->checks[i];
        bare[i].output = NULL;
    }
    said->bytes = states_pack(bare, count, entry->own, entry->revision, &said->length);
    if (said->bytes == NULL)
        return false;
    uint8_t *fitting = realloc(said->bytes, said->length);
    if (fitting != NULL)
        said->bytes = fitting;
    return true;
}

static bool pack_judged(struct transition *said, const struct entry *entry)
{
    const struct standing *standing = entry->standing;

    if (standing == NULL || (!standing->held && !standing->frozen))
        return true;
    said->bytes = malloc(JUDGED_SIZE);
    if (said->bytes == NULL)
        return false;
    said->bytes[0] = (uint8_t)((standing->held ? JUDGED_HELD : 0) |
                               (standing->frozen ? JUDGED_FROZEN : 0));
    said->bytes[1] = standing->served;
    said->length = JUDGED_SIZE;
    return true;
}

static bool pack_standing(struct transition *said, const struct entry *entry,
                          enum standing_part part)
{
    return entry->standing == NULL || standing_pack(entry->standing, part, &said->bytes,
                                                    &said->length) == ROLLCALL_OK;
}

static bool pack(struct transition *said, const struct entry *entry)
{
    switch (said->part) {
    case TRANSITION_HEALTH:
        return pack_health(said, entry);
    case TRANSITION_DRAIN:
        return pack_standing(said, entry, PART_DRAIN);
    case TRANSITION_OVERRIDE:
        return pack_standing(said, entry, PART_OVERRIDE);
    case TRANSITION_DAMPED:
        return pack_standing(said, entry, PART_DAMPED);
    case TRANSITION_JUDGED:
        return pack_judged(said, entry);
    default:
        return true;
    }
}

static void told(struct change *change, const struct reason *why)
{
    struct registry *registry = change->owner_of_done;

    (void)why; /* who has more to lose by it reports it */
    transition_finished(registry, change);
    change_destroy(change);
}

/* Takes over `said`. `instance` may be NULL: it is about the daemon. */
static void send(struct registry *registry, struct instance *instance,
                 struct transition *said)
{
    struct change *change = change_create(CHANGE_HISTORY);

    if (change == NULL) {
        transition_destroy(said);
        lose(registry);
        return;
    }
    change->instance = instance == NULL ? NULL : instance_ref(instance);
    change->id = instance == NULL ? "" : instance->is.id;
    change->said = said;
    change->done = told;
    change->owner_of_done = registry;
    change->revision = registry->revision;
    registry->history.under_way++;
    registry->store->submit(registry->store, change);
}

static void pack_and_send(struct registry *registry, struct entry *entry,
                          struct transition *said)
{
    if (pack(said, entry)) {
        send(registry, entry->instance, said);
        return;
    }
    transition_destroy(said);
    lose(registry);
}

struct transition *transition_asked(struct registry *registry, const struct entry *entry,
                                    enum transition_part part, const char *cause)
{
    struct transition *said = make(registry, part, cause, wall_of(registry));

    if (said == NULL)
        return NULL;
    registry->history.under_way++;
    if (entry_is_committed(entry)) {
        said->before = (uint8_t)entry_effective(entry);
        said->standing = (uint8_t)entry_standing(entry);
    }
    return said;
}

void transition_finished(struct registry *registry, const struct change *change)
{
    if (change->said == NULL)
        return;
    registry->history.under_way--;
    if (change->status == ROLLCALL_OK && !change->said->dropped)
        counter_add(&registry->counts.transitions, 1);
    else
        lose_sent(registry, change);
}

void transition_taken_back(struct registry *registry, const struct change *change)
{
    struct history_tally *tally = &registry->history;

    if (change->said == NULL)
        return;
    tally->under_way--;
    if (change->said->lost > 0) /* the next one will say so */
        tally->lost_since = change->said->lost_since;
    tally->lost += change->said->lost;
}

void transition_checked(struct registry *registry, struct entry *entry, unsigned index,
                        unsigned before, int64_t wall)
{
    const struct check_state *state = &entry->checks[index];
    const struct rollcall_check *check = &entry->instance->is.checks[index];
    struct transition *said = make(registry, TRANSITION_HEALTH, "check", wall);

    if (said == NULL)
        return;
    see(said, entry);
    said->before = (uint8_t)before;
    said->after = (uint8_t)state->health;
    said->outcome = state->outcome;
    said->streak = state->health == ROLLCALL_PASSING ? check->success_threshold
                                                     : check->failure_threshold;
    said->checked = check->name[0] != '\0' ? check->name : check->kind;
    if (state->output != NULL)
        said->output = strndup(state->output, OUTPUT_MAX);
    pack_and_send(registry, entry, said);
}

void transition_moved(struct registry *registry, struct entry *entry,
                      enum transition_part part, enum rollcall_health before,
                      const char *cause, int64_t wall)
{
    struct transition *said = make(registry, part, cause, wall);

    if (said == NULL)
        return;
    see(said, entry);
    said->before = (uint8_t)before;
    said->after = said->effective;
    pack_and_send(registry, entry, said);
}

void transition_quiet(struct registry *registry, struct entry *entry)
{
    struct transition *said =
        make(registry, TRANSITION_HEALTH, "request", wall_of(registry));

    if (said == NULL)
        return;
    see(said, entry);
    said->quiet = true;
    pack_and_send(registry, entry, said);
}

void transition_gone(struct registry *registry, struct entry *entry, const char *cause)
{
    struct transition *said = make(registry, TRANSITION_REMOVE, cause, wall_of(registry));

    if (said == NULL)
        return;
    said->before = (uint8_t)entry_effective(entry);
    send(registry, entry->instance, said);
}

/* A transition of the daemon, with these bytes. */
static void tell_daemon(struct registry *registry, struct transition *said,
                        const uint8_t *bytes, uint32_t length)
{
    said->bytes = malloc(length);
    if (said->bytes == NULL) {
        transition_destroy(said);
        lose(registry);
        return;
    }
    memcpy(said->bytes, bytes, length);
    said->length = length;
    send(registry, NULL, said);
}

void transition_node(struct registry *registry, bool quiet)
{
    const uint8_t down = registry->node_since != 0;
    struct transition *said = make(registry, TRANSITION_NODE,
                                   down ? "node down" : "node up", wall_of(registry));

    if (said == NULL)
        return;
    said->quiet = quiet;
    tell_daemon(registry, said, &down, sizeof down);
}

static void number_saved(struct change *change, const struct reason *why)
{
    (void)why; /* the next change saves it too */
    change_destroy(change);
}

/* Without a history nothing else is saved at a start. The number it begins with must be:
 * the next start goes on from what is saved, and numbers that were shown must not come
 * again (X-Consul-Index). */
static void save_number(struct registry *registry)
{
    struct change *change = change_create(CHANGE_HISTORY);

    if (change == NULL)
        return;
    change->id = "";
    change->revision = registry->revision;
    change->done = number_saved;
    registry->store->submit(registry->store, change);
}

void registry_note_start(struct registry *registry, uint64_t configuration)
{
    struct transition *said =
        make(registry, TRANSITION_START, "start", wall_of(registry));

    uint8_t hash[8];

    if (said == NULL) {
        save_number(registry);
        return;
    }
    bytes_put64(hash, configuration);
    tell_daemon(registry, said, hash, sizeof hash);
    if (registry->node_since != 0)
        transition_node(registry, true);
}

bool registry_restore_judged(struct registry *registry, struct entry *entry,
                             const uint8_t *bytes, uint32_t length)
{
    if (bytes == NULL || length != JUDGED_SIZE || bytes[1] > ROLLCALL_PASSING ||
        (bytes[0] & ~(JUDGED_HELD | JUDGED_FROZEN)) != 0)
        return false;
    struct standing *standing = standing_of(entry);
    if (standing == NULL)
        return false;
    standing->held = (bytes[0] & JUDGED_HELD) != 0;
    standing->frozen = (bytes[0] & JUDGED_FROZEN) != 0;
    standing->served = bytes[1];
    standing_changed(registry, entry);
    return true;
}
