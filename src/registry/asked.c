/* What people ask for an instance: drain it, take that back, say up or down.
 *
 * Each sets one part of the standing and knows nothing of the others, so requests that
 * follow each other need no look at what is under way: the last one counts, in memory as
 * in the store. */
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "registry/internal.h"

/* Caches count whole seconds, so they may keep an answer for one longer. */
enum { CACHE_MARGIN_MS = 1000 };

/* One request on its way through the store. */
struct asking {
    struct registry *registry; /* borrowed */
    struct entry *entry;       /* borrowed; it stays while `pending` */
    struct change *change;     /* the store's */
    struct standing said;      /* the part that it sets; owns its note */
    struct standing *spare;    /* owned; for an entry that has none, so that nothing can
                                * fail when it is saved */
    int64_t wait;              /* of a drain: the longest, ms; -1: no bound */
    const char *cause;
    registry_done done;
    void *context; /* borrowed: for `done` */
};

static int64_t wall_of(const struct registry *registry)
{
    return registry->now + registry->wall_skew;
}

int64_t asked_caches_ms(const struct registry *registry, const struct entry *entry)
{
    const struct registry_settings *settings = &registry->settings;
    int64_t ttl = settings->longest_ttl == NULL
                      ? 0
                      : settings->longest_ttl(settings->admit_owner, entry);

    return ttl == 0 ? 0 : ttl * 1000 + CACHE_MARGIN_MS;
}

static int64_t left_of(const struct entry *entry, int64_t wait, int64_t wall)
{
    const struct standing *standing = entry->standing;
    int64_t left = standing == NULL || !standing->draining ? -1 : 0;

    if (left == 0 && standing->drain_until > wall)
        left = standing->drain_until - wall;
    return wait >= 0 && wait < left ? wait : left;
}

static void asking_destroy(struct asking *asking)
{
    free(asking->said.override_note);
    free(asking->spare);
    free(asking);
}

/* --- Saved: it becomes true. */

static void set_drain(const struct registry *registry, struct entry *entry,
                      const struct standing *said)
{
    struct standing *standing = entry->standing;

    if (!said->draining)
        standing_clear(standing, PART_DRAIN);
    if (standing->draining == said->draining)
        return; /* out already: the wait began then */
    standing->draining = true;
    standing->drain_published = false;
    standing->drain_by = said->drain_by;
    standing->drain_since = said->drain_since;
    standing->drain_until = wall_of(registry) + asked_caches_ms(registry, entry);
    if (standing->drain_until < standing->handed_until)
        standing->drain_until = standing->handed_until;
}

void asked_remember(struct registry *registry, struct entry *entry, int64_t before)
{
    int64_t until = wall_of(registry) + before;

    if (before <= asked_caches_ms(registry, entry) || standing_of(entry) == NULL)
        return;
    if (entry->standing->handed_until < until)
        entry->standing->handed_until = until;
    standing_changed(registry, entry);
}

static void set_override(struct standing *to, struct standing *from)
{
    char *note = to->override_note;

    to->override = from->override;
    to->override_by = from->override_by;
    to->override_since = from->override_since;
    to->override_until = from->override_until;
    to->override_note = from->override_note;
    from->override_note = note;
}

/* One line for each, so that a log tells what a person did and when. */
static void announce(struct asking *asking)
{
    struct registry_counts *counts = &asking->registry->counts;
    const struct standing *said = &asking->said, *now = asking->entry->standing;
    const char *service = asking->entry->service->name, *id = asking->entry->id;

    if (asking->change->part == PART_DRAIN && said->draining) {
        counter_add(&counts->drains, 1);
        log_info("registry", "instance \"%s\" of %s is drained by uid %u", id, service,
                 (unsigned)said->drain_by);
    } else if (asking->change->part == PART_DRAIN) {
        log_info("registry", "instance \"%s\" of %s drains no more", id, service);
    } else if (said->override == OVERRIDE_NONE) {
        log_info("registry", "instance \"%s\" of %s goes by its checks again", id,
                 service);
    } else {
        counter_add(&counts->overrides, 1);
        log_info("registry", "instance \"%s\" of %s is overridden %s by uid %u%s%s", id,
                 service, said->override == OVERRIDE_UP ? "up" : "down",
                 (unsigned)said->override_by, now->override_note == NULL ? "" : ": ",
                 now->override_note == NULL ? "" : now->override_note);
    }
}

static uint64_t take_effect(struct asking *asking)
{
    struct registry *registry = asking->registry;
    struct entry *entry = asking->entry;
    const struct standing_view before = standing_view_of(entry);

    if (entry->standing == NULL) {
        standing_adopt(entry, asking->spare);
        asking->spare = NULL;
    }
    if (asking->change->part == PART_DRAIN)
        set_drain(registry, entry, &asking->said);
    else
        set_override(entry->standing, &asking->said);
    announce(asking);
    standing_changed(registry, entry);
    return standing_update(registry, entry, &before, asking->cause);
}

static void asking_done(struct change *change, const struct reason *why)
{
    thread_role_assert(ROLE_CONTROL);
    struct asking *asking = change->context;
    struct registry *registry = asking->registry;
    struct entry *entry = asking->entry;
    struct registry_reply reply = { .id = change->id, .warning = "", .safe_in = -1 };
    enum rollcall_status status = change->status;
    struct reason gone = REASON_NONE;

    entry->pending--;
    transition_finished(registry, change);
    if (status != ROLLCALL_OK) {
        debts_refused(registry, change, why);
    } else if (!entry_is_committed(entry)) {
        debts_taken(registry);
        status = registry_not_found(change->id, &gone);
        why = &gone;
    } else {
        debts_taken(registry);
        reply.revision = take_effect(asking);
        reply.safe_in = left_of(entry, asking->wait, wall_of(registry));
    }
    debts_settle(registry, entry); /* the entry may be gone now */
    /* Last: the requester may come back with its next request from inside. */
    asking->done(asking->context, status, &reply, why);
    asking_destroy(asking);
    change_destroy(change);
}

/* --- On the way to the store. */

static struct change *make_change(struct asking *asking, struct instance *instance,
                                  enum standing_part part)
{
    struct change *change = change_create(CHANGE_STANDING);

    if (change == NULL)
        return NULL;
    change->part = part;
    if (standing_pack(&asking->said, part, &change->standing, &change->standing_length) !=
        ROLLCALL_OK) {
        change_destroy(change);
        return NULL;
    }
    change->instance = instance_ref(instance);
    change->id = instance->is.id;
    change->done = asking_done;
    change->owner_of_done = asking->registry;
    change->context = asking;
    return change;
}

static enum rollcall_status no_memory(const char *id, struct reason *why)
{
    reason_set(why, "out of memory while changing \"%.255s\"", id);
    return ROLLCALL_E_NOMEM;
}

/* May `who` change it? Then it is what `*staged` says. */
static enum rollcall_status look_up(struct registry *registry, const char *id,
                                    const struct requester *who, int64_t now,
                                    int64_t wall, struct entry **entry,
                                    struct staged *staged, struct reason *why)
{
    registry_heard(registry, now);
    registry->wall_skew = wall - now;
    *entry = catalogue_entry(&registry->catalogue, id);
    *staged = (struct staged){ .instance = NULL };
    if (*entry != NULL)
        *staged = operation_staged(registry, *entry);
    if (staged->instance == NULL)
        return registry_not_found(id, why);
    return registry_authorize(registry, id, staged->owner, who, why);
}

static struct transition *tell(struct registry *registry, const struct entry *entry,
                               enum standing_part part, const struct standing *said,
                               const char *cause)
{
    bool drain = part == PART_DRAIN;
    struct transition *told = transition_asked(
        registry, entry, drain ? TRANSITION_DRAIN : TRANSITION_OVERRIDE, cause);

    if (told == NULL)
        return NULL;
    if ((drain && said->draining) || said->override == OVERRIDE_DOWN)
        told->after = ROLLCALL_CRITICAL;
    else if (said->override == OVERRIDE_UP)
        told->after = ROLLCALL_PASSING;
    else if (entry_is_committed(entry))
        told->after = (uint8_t)entry_judged(entry);
    if (said->override_note != NULL)
        told->output = strdup(said->override_note);
    return told;
}

/* Takes over `said`, also when it fails. */
static enum rollcall_status submit(struct registry *registry, struct entry *entry,
                                   struct instance *instance, enum standing_part part,
                                   struct standing *said, const char *cause, int64_t wait,
                                   registry_done done, void *context, struct reason *why)
{
    struct asking *asking = calloc(1, sizeof *asking);

    if (asking == NULL) {
        free(said->override_note);
        return no_memory(entry->id, why);
    }
    *asking = (struct asking){ .registry = registry,
                               .entry = entry,
                               .said = *said,
                               .wait = wait,
                               .cause = cause,
                               .done = done,
                               .context = context };
    asking->spare = calloc(1, sizeof *asking->spare);
    asking->change = asking->spare == NULL ? NULL : make_change(asking, instance, part);
    if (asking->change == NULL) {
        asking_destroy(asking);
        return no_memory(entry->id, why);
    }
    asking->change->revision = ++registry->revision;
    asking->change->said = tell(registry, entry, part, said, cause);
    entry->pending++;
    debts_ride_along(registry);
    registry->store->submit(registry->store, asking->change);
    return ROLLCALL_OK;
}

/* Nothing to save: it is so already, and nothing is under way that could change it. */
static void answer_now(struct registry *registry, const struct entry *entry, int64_t wait,
                       registry_done done, void *context)
{
    const struct registry_reply reply = {
        .id = entry->id,
        .revision = registry->told,
        .warning = "",
        .safe_in = left_of(entry, wait, wall_of(registry)),
    };

    done(context, ROLLCALL_OK, &reply, NULL);
}

static bool is_settled(const struct entry *entry)
{
    return entry_is_committed(entry) && entry->pending == 0;
}

static bool is_draining(const struct entry *entry)
{
    return entry->standing != NULL && entry->standing->draining;
}

/* --- The requests. */

enum rollcall_status registry_drain(struct registry *registry, const char *id,
                                    int64_t wait, const struct requester *who,
                                    int64_t now, int64_t wall, registry_done done,
                                    void *context, struct reason *why)
{
    struct standing said = { .draining = true,
                             .drain_by = who->uid,
                             .drain_since = wall };
    struct staged staged;
    struct entry *entry;

    enum rollcall_status status =
        look_up(registry, id, who, now, wall, &entry, &staged, why);
    if (status != ROLLCALL_OK)
        return status;
    if (is_settled(entry) && is_draining(entry)) {
        answer_now(registry, entry, wait, done, context);
        return ROLLCALL_OK;
    }
    said.drain_until =
        wall +
        (entry_is_committed(entry) ? asked_caches_ms(registry, entry) : CACHE_MARGIN_MS);
    return submit(registry, entry, staged.instance, PART_DRAIN, &said, "drain", wait,
                  done, context, why);
}

enum rollcall_status registry_undrain(struct registry *registry, const char *id,
                                      const struct requester *who, int64_t now,
                                      int64_t wall, registry_done done, void *context,
                                      struct reason *why)
{
    struct standing said = { .draining = false };
    struct staged staged;
    struct entry *entry;

    enum rollcall_status status =
        look_up(registry, id, who, now, wall, &entry, &staged, why);
    if (status != ROLLCALL_OK)
        return status;
    if (is_settled(entry) && !is_draining(entry)) {
        answer_now(registry, entry, -1, done, context);
        return ROLLCALL_OK;
    }
    return submit(registry, entry, staged.instance, PART_DRAIN, &said, "undrain", -1,
                  done, context, why);
}

static enum rollcall_status copy_note(const char *note, const char *id, char **out,
                                      struct reason *why)
{
    *out = NULL;
    if (note == NULL || note[0] == '\0')
        return ROLLCALL_OK;
    *out = strndup(note, STANDING_NOTE_MAX);
    return *out == NULL ? no_memory(id, why) : ROLLCALL_OK;
}

enum rollcall_status registry_override(struct registry *registry,
                                       const struct override_request *request,
                                       const struct requester *who, int64_t now,
                                       int64_t wall, registry_done done, void *context,
                                       struct reason *why)
{
    struct standing said = { .override = (uint8_t)request->state };
    struct staged staged;
    struct entry *entry;

    enum rollcall_status status =
        look_up(registry, request->id, who, now, wall, &entry, &staged, why);
    if (status != ROLLCALL_OK)
        return status;
    bool is_none = entry->standing == NULL || entry->standing->override == OVERRIDE_NONE;
    if (request->state == OVERRIDE_NONE && is_none && is_settled(entry)) {
        answer_now(registry, entry, -1, done, context);
        return ROLLCALL_OK;
    }
    if (request->state != OVERRIDE_NONE) {
        said.override_by = who->uid;
        said.override_since = wall;
        said.override_until = request->lasts > 0 ? wall + request->lasts : 0;
        status = copy_note(request->note, request->id, &said.override_note, why);
    }
    if (status != ROLLCALL_OK)
        return status;
    return submit(registry, entry, staged.instance, PART_OVERRIDE, &said, "override", -1,
                  done, context, why);
}

int64_t registry_drain_published(struct registry *registry, const char *id, int64_t wall)
{
    struct entry *entry = registry_find(registry, id);

    if (entry == NULL || !is_draining(entry))
        return -1;
    struct standing *standing = entry->standing;
    int64_t until = wall + asked_caches_ms(registry, entry);
    if (!standing->drain_published && until > standing->drain_until)
        standing->drain_until = until;
    standing->drain_published = true;
    return standing->drain_until;
}
