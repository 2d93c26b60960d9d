/* unit/store/stored.h - what the tests of the stores share: changes with a diary.
 *
 * Every change writes into the diary when it is done; the tests compare diaries.
 */
#ifndef UNIT_STORE_STORED_H
#define UNIT_STORE_STORED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/instance.h"
#include "registry/change.h"
#include "registry/store.h"
#include "support/sample.h"

#define DIARY_MAX 4096

struct diary {
    size_t count;
    uint64_t revisions[DIARY_MAX]; /* in the order of done() */
    enum rollcall_status statuses[DIARY_MAX];
    char last_reason[512];
};

static inline void diary_write(struct change *change, const struct reason *why)
{
    struct diary *diary = change->context;

    assert_in_range(diary->count, 0, DIARY_MAX - 1);
    diary->revisions[diary->count] = change->revision;
    diary->statuses[diary->count] = change->status;
    diary->count++;
    if (why != NULL)
        snprintf(diary->last_reason, sizeof diary->last_reason, "%s", why->text);
    change_destroy(change);
}

static inline struct instance *make_instance(const char *id, const char *service)
{
    struct instance *instance = sample_instance(id, service);

    assert_non_null(instance);
    return instance;
}

static inline struct change *make_change(enum change_kind kind, const char *id,
                                         uint64_t revision, struct diary *diary)
{
    struct change *change = change_create(kind);

    assert_non_null(change);
    change->revision = revision;
    change->done = diary_write;
    change->context = diary;
    if (kind == CHANGE_SERIAL) {
        change->id = id;
        return change;
    }
    change->instance = make_instance(id, "web");
    change->id = change->instance->is.id;
    change->owner = 1000;
    change->created = 1700000000000;
    strcpy(change->label, "10-0-0-1-8080");
    return change;
}

/* What load() told, as one line of text. */
struct told {
    char text[8192];
};

static inline void tell(struct told *told, const char *text)
{
    size_t length = strlen(told->text);
    snprintf(told->text + length, sizeof told->text - length, "%s", text);
}

static inline enum rollcall_status tell_instance(void *owner,
                                                 const struct stored_instance *stored,
                                                 struct reason *why)
{
    char line[512];
    (void)why;

    snprintf(line, sizeof line, "%s/%s:%u r%llu u%u c%llu %s l%lld h%.*s; ",
             stored->instance->is.service, stored->instance->is.id,
             (unsigned)stored->instance->is.port, (unsigned long long)stored->revision,
             (unsigned)stored->owner, (unsigned long long)stored->created, stored->label,
             (long long)stored->lease_end, (int)stored->health_length,
             stored->health != NULL ? (const char *)stored->health : "");
    tell(owner, line);
    for (unsigned part = 0; part < STANDING_PARTS; part++) {
        if (stored->standing[part].bytes == NULL)
            continue;
        snprintf(line, sizeof line, "part %u %.*s; ", part,
                 (int)stored->standing[part].length,
                 (const char *)stored->standing[part].bytes);
        tell(owner, line);
    }
    instance_unref(stored->instance);
    return ROLLCALL_OK;
}

static inline void tell_serial(void *owner, const char *zone, uint32_t serial)
{
    char line[300];
    snprintf(line, sizeof line, "%s=%u; ", zone, (unsigned)serial);
    tell(owner, line);
}

static inline void tell_revision(void *owner, uint64_t high_water)
{
    char line[64];
    snprintf(line, sizeof line, "revision %llu; ", (unsigned long long)high_water);
    tell(owner, line);
}

static inline void load_told(struct store *store, struct told *told)
{
    const struct store_reader reader = { tell_instance, tell_serial, tell_revision,
                                         told };
    struct reason why = REASON_NONE;

    told->text[0] = '\0';
    if (store->load(store, &reader, &why) != ROLLCALL_OK)
        fail_msg("load: %s", why.text);
}

#endif
