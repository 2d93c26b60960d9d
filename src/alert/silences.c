/* alert/silences.c - silences as people ask for them, kept in the database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"

enum { KEY_MAX = 24, RECORD_MAX = 4096 };

/* One that is being saved. */
struct wish {
    struct alert *alert;
    uint64_t number;
    alert_done done;
    void *context;
};

static void key_of(uint64_t number, char out[KEY_MAX])
{
    snprintf(out, KEY_MAX, "%016" PRIx64, number);
}

bool alert_load_silence(struct alert *alert, const char *key, struct byte_reader *in)
{
    return silences_unpack(&alert->silences, strtoull(key, NULL, 16), in);
}

static enum rollcall_status save(struct alert *alert, const struct silence *silence,
                                 keeper_done done, void *context)
{
    struct buffer bytes;
    char key[KEY_MAX];

    key_of(silence->number, key);
    buffer_init(&bytes, RECORD_MAX);
    silence_pack(silence, &bytes);
    enum rollcall_status status = keeper_save(alert->settings.store, KEEPER_AREA_SILENCE,
                                              key, &bytes, done, context);
    buffer_deinit(&bytes);
    return status;
}

static enum rollcall_status forget(struct alert *alert, uint64_t number, keeper_done done,
                                   void *context)
{
    char key[KEY_MAX];

    key_of(number, key);
    return keeper_save(alert->settings.store, KEEPER_AREA_SILENCE, key, NULL, done,
                       context);
}

static void on_saved(void *context, enum rollcall_status status, const struct reason *why)
{
    struct wish *wish = context;
    struct silence *silence = silences_find(&wish->alert->silences, wish->number);

    if (status != ROLLCALL_OK && silence != NULL) /* it would not outlive a restart */
        silences_drop(&wish->alert->silences, silence);
    if (!wish->alert->stopped)
        alert_rearm(wish->alert);
    wish->done(wish->context, status, wish->number, why);
    free(wish);
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum rollcall_status may_silence(const struct alert *alert,
                                        const struct request_silence *request,
                                        const struct requester *who, struct reason *why)
{
    const struct entry *entry =
        is_given(request->id) ? registry_find(alert->registry, request->id) : NULL;

    if (who->privileged || (entry != NULL && entry->owner == who->uid))
        return ROLLCALL_OK;
    reason_field(why, is_given(request->id) ? PROTO_ID : PROTO_SERVICE,
                 "only root and the user of rollcalld may silence more than an instance "
                 "of their own, named by its id; this is uid %u",
                 (unsigned)who->uid);
    return ROLLCALL_E_UNAUTHORIZED;
}

/* Root and the daemon's user must find room, whatever the others made. */
static enum rollcall_status check_share(const struct alert *alert,
                                        const struct requester *who, struct reason *why)
{
    if (who->privileged || silences_made(&alert->silences, who->uid) < SILENCES_EACH)
        return ROLLCALL_OK;
    reason_set(why,
               "uid %u has %d silences already, which is the most for one user; remove "
               "some, or wait until they end",
               (unsigned)who->uid, SILENCES_EACH);
    return ROLLCALL_E_LIMIT;
}

static enum rollcall_status check(const struct request_silence *request, int64_t wall,
                                  int64_t *until, struct reason *why)
{
    if (!is_given(request->service) && !is_given(request->id) &&
        !is_given(request->tag)) {
        reason_field(why, PROTO_SERVICE,
                     "a silence needs a service, an id or a tag; \"*\" as the service "
                     "silences all");
        return ROLLCALL_E_MISSING_FIELD;
    }
    *until = request->lasts > 0 ? wall + (int64_t)request->lasts : request->until;
    if (*until > wall)
        return ROLLCALL_OK;
    reason_field(why, request->until > 0 ? PROTO_UNTIL : PROTO_FOR,
                 request->until > 0 ? "until: this time is over"
                                    : "for: a silence needs an end: for or until");
    return request->until > 0 ? ROLLCALL_E_INVALID : ROLLCALL_E_MISSING_FIELD;
}

enum rollcall_status alert_silence(struct alert *alert,
                                   const struct request_silence *request,
                                   const struct requester *who, int64_t wall,
                                   alert_done done, void *context, struct reason *why)
{
    struct silence asked = { .created = wall,
                             .by = who->uid,
                             .service = request->service,
                             .namespace_name = request->namespace_name,
                             .id = request->id,
                             .tag = request->tag,
                             .reason = request->reason };
    enum rollcall_status status = may_silence(alert, request, who, why);

    if (status == ROLLCALL_OK)
        status = check(request, wall, &asked.until, why);
    if (status == ROLLCALL_OK)
        status = check_share(alert, who, why);
    if (status != ROLLCALL_OK)
        return status;
    struct wish *wish = malloc(sizeof *wish);
    struct silence *silence =
        wish == NULL ? NULL : silences_add(&alert->silences, &asked);
    if (silence == NULL) {
        free(wish);
        reason_set(why, "there are %d silences already; remove some", SILENCES_MAX);
        return ROLLCALL_E_LIMIT;
    }
    *wish = (struct wish){ alert, silence->number, done, context };
    status = save(alert, silence, on_saved, wish);
    if (status == ROLLCALL_OK)
        return ROLLCALL_OK;
    silences_drop(&alert->silences, silence);
    free(wish);
    return status;
}

static void on_forgotten(void *context, enum rollcall_status status,
                         const struct reason *why)
{
    struct wish *wish = context;
    struct silence *silence = silences_find(&wish->alert->silences, wish->number);

    if (status == ROLLCALL_OK && silence != NULL)
        silences_drop(&wish->alert->silences, silence);
    if (status == ROLLCALL_OK && !wish->alert->stopped) {
        alarms_tell_silenced(&wish->alert->alarms, clock_monotonic_ms());
        alert_rearm(wish->alert);
    }
    wish->done(wish->context, status, wish->number, why);
    free(wish);
}

enum rollcall_status alert_unsilence(struct alert *alert, uint64_t number,
                                     const struct requester *who, alert_done done,
                                     void *context, struct reason *why)
{
    const struct silence *silence = silences_find(&alert->silences, number);

    if (silence == NULL) {
        reason_field(why, PROTO_SILENCE_,
                     "there is no silence %" PRIu64 "; it may have ended by itself, and "
                     "the list of silences shows those there are",
                     number);
        return ROLLCALL_E_NOTFOUND;
    }
    if (!who->privileged && silence->by != who->uid) {
        reason_field(why, PROTO_SILENCE_,
                     "silence %" PRIu64 " was made by uid %u; only that user, root and "
                     "the user of the daemon may end it, not uid %u",
                     number, (unsigned)silence->by, (unsigned)who->uid);
        return ROLLCALL_E_UNAUTHORIZED;
    }
    struct wish *wish = malloc(sizeof *wish);
    if (wish == NULL)
        return ROLLCALL_E_NOMEM;
    *wish = (struct wish){ alert, number, done, context };
    enum rollcall_status status = forget(alert, number, on_forgotten, wish);
    if (status != ROLLCALL_OK)
        free(wish);
    return status;
}

void alert_end_silences(struct alert *alert, int64_t now, int64_t wall)
{
    struct silence *silence;
    bool ended = false;

    while ((silence = silences_over(&alert->silences, wall)) != NULL) {
        log_info("alert", "silence %" PRIu64 " is over; it kept back %" PRIu64 " alerts",
                 silence->number, silence->silenced);
        forget(alert, silence->number, NULL, NULL);
        silences_drop(&alert->silences, silence);
        ended = true;
    }
    if (ended)
        alarms_tell_silenced(&alert->alarms, now);
}

bool alert_silence_view(const struct alert *alert, size_t index, struct silence_view *out)
{
    list_for_each (at, &alert->silences.all) {
        const struct silence *silence = list_entry(at, struct silence, among);
        if (index-- > 0)
            continue;
        *out = (struct silence_view){ .number = silence->number,
                                      .created = silence->created,
                                      .until = silence->until,
                                      .by = (uint32_t)silence->by,
                                      .silenced = silence->silenced,
                                      .service = silence->service,
                                      .namespace_name = silence->namespace_name,
                                      .id = silence->id,
                                      .tag = silence->tag,
                                      .reason = silence->reason };
        return true;
    }
    return false;
}
