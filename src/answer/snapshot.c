#include "answer/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "dns/wire.h"

enum { LIST_KEPT = 1 << 20 }; /* octets of a list of changes */

struct mark {
    uint8_t length;
    uint8_t name[];
};

enum rollcall_status snapshot_create(struct answer_zone *zone,
                                     const struct config_transfers *config,
                                     struct snapshot **out)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);

    if (snapshot == NULL)
        return ROLLCALL_E_NOMEM;
    snapshot->zone = zone;
    table_init(&snapshot->names);
    table_init(&snapshot->marked);
    journal_init(&snapshot->journal, config->journal, config->journal_bytes);
    snapshot->max_records = config->journal_records;
    if (walk_init(&snapshot->walk, zone->index) != ROLLCALL_OK) {
        snapshot_destroy(snapshot);
        return ROLLCALL_E_NOMEM;
    }
    *out = snapshot;
    return ROLLCALL_OK;
}

static void name_unref(struct snapshot_name *name)
{
    if (name != NULL && --name->refs == 0)
        free(name);
}

void image_unref(struct image *image)
{
    if (image == NULL || --image->refs > 0)
        return;
    for (uint32_t i = 0; i < image->count; i++)
        name_unref(image->names[i]);
    if (image->snapshot != NULL)
        image->snapshot->image = NULL;
    free(image);
}

static void forget_image(struct snapshot *snapshot)
{
    if (snapshot->image != NULL)
        snapshot->image->snapshot = NULL;
    snapshot->image = NULL;
}

static void clear_marks(struct snapshot *snapshot)
{
    struct mark *mark;
    size_t at = 0;

    while ((mark = table_next(&snapshot->marked, &at)) != NULL)
        free(mark);
    table_deinit(&snapshot->marked);
    table_init(&snapshot->marked);
}

void snapshot_destroy(struct snapshot *snapshot)
{
    struct snapshot_name *name;
    size_t at = 0;

    if (snapshot == NULL)
        return;
    forget_image(snapshot);
    journal_clear(&snapshot->journal);
    while ((name = table_next(&snapshot->names, &at)) != NULL)
        name_unref(name);
    table_deinit(&snapshot->names);
    clear_marks(snapshot);
    table_deinit(&snapshot->marked);
    walk_deinit(&snapshot->walk);
    free(snapshot->gone.data);
    free(snapshot->come.data);
    free(snapshot);
}

/* When a mark is lost the next serial begins anew: the journal ends, nothing is missed.
 */
static void start_over(struct snapshot *snapshot)
{
    clear_marks(snapshot);
    snapshot->built = false;
}

void snapshot_mark(struct snapshot *snapshot, const uint8_t *name, size_t length)
{
    if (!snapshot->built || table_get(&snapshot->marked, name, length) != NULL)
        return;
    struct mark *mark = malloc(sizeof *mark + length);
    if (mark != NULL) {
        mark->length = (uint8_t)length;
        memcpy(mark->name, name, length);
        if (table_set(&snapshot->marked, mark->name, length, mark) == ROLLCALL_OK)
            return;
        free(mark);
    }
    start_over(snapshot);
}

bool snapshot_pending(const struct snapshot *snapshot)
{
    return !snapshot->built || snapshot->marked.count > 0;
}

/* One record into a list of a delta. */
static bool note(const struct snapshot *snapshot, struct growing *list,
                 const uint8_t *name, size_t name_length, const uint8_t *record)
{
    size_t length = walk_record_length(record);

    if (!snapshot->noting)
        return true;
    if (!growing_hold(list, list->length + 1 + name_length + length))
        return false;
    uint8_t *out = list->data + list->length;
    *out = (uint8_t)name_length;
    memcpy(out + 1, name, name_length);
    memcpy(out + 1 + name_length, record, length);
    list->length += 1 + name_length + length;
    return true;
}

/* Both lists are sorted: what only the old one has is gone, what only the new one has has
 * come. */
static bool compare(struct snapshot *snapshot, const uint8_t *name, size_t length,
                    const struct snapshot_name *old)
{
    const uint8_t *now = snapshot->walk.records.data;
    const uint8_t *now_end = now == NULL ? NULL : now + snapshot->walk.records.length;
    const uint8_t *was = old == NULL ? NULL : old->bytes + old->name_length;
    const uint8_t *was_end = old == NULL ? NULL : was + old->length;

    while (was < was_end || now < now_end) {
        int order = was == was_end   ? 1
                    : now == now_end ? -1
                                     : walk_record_compare(was, now);
        if (order < 0 && !note(snapshot, &snapshot->gone, name, length, was))
            return false;
        if (order > 0 && !note(snapshot, &snapshot->come, name, length, now))
            return false;
        if (order <= 0)
            was += walk_record_length(was);
        if (order >= 0)
            now += walk_record_length(now);
    }
    return true;
}

static struct snapshot_name *name_create(const struct walk *walk, const uint8_t *name,
                                         size_t length)
{
    const struct growing *records = &walk->records;
    struct snapshot_name *made = malloc(sizeof *made + length + records->length);

    if (made == NULL)
        return NULL;
    made->refs = 1;
    made->length = (uint32_t)records->length;
    made->name_length = (uint8_t)length;
    memcpy(made->bytes, name, length);
    memcpy(made->bytes + length, records->data, records->length);
    return made;
}

/* Put what was walked in the place of `old`. */
static bool replace(struct snapshot *snapshot, const uint8_t *name, size_t length,
                    struct snapshot_name *old)
{
    struct snapshot_name *made = NULL;

    if (snapshot->walk.records.length > 0) {
        made = name_create(&snapshot->walk, name, length);
        if (made == NULL)
            return false;
        if (table_set(&snapshot->names, made->bytes, length, made) != ROLLCALL_OK) {
            free(made);
            return false;
        }
        snapshot->bytes += made->length;
    } else if (old != NULL) {
        table_remove(&snapshot->names, name, length);
    }
    if (old != NULL)
        snapshot->bytes -= old->length;
    name_unref(old);
    return true;
}

/* Of a zone of ours below this one only the cut belongs here: the name servers at its
 * apex, and their addresses where they lie below it. */
static void keep_cut(struct snapshot *snapshot, bool apex)
{
    struct growing *records = &snapshot->walk.records;
    size_t kept = 0;

    for (size_t at = 0; at < records->length;) {
        size_t length = walk_record_length(records->data + at);
        unsigned type = (unsigned)records->data[at] << 8 | records->data[at + 1];
        if (apex ? type == DNS_TYPE_NS : type == DNS_TYPE_A || type == DNS_TYPE_AAAA) {
            memmove(records->data + kept, records->data + at, length);
            kept += length;
        }
        at += length;
    }
    records->length = kept;
}

static bool walk_again(struct snapshot *snapshot, const uint8_t *name, size_t length)
{
    const struct answer_zone *owner =
        answer_index_zone(snapshot->zone->index, name, length);
    struct snapshot_name *old = table_get(&snapshot->names, name, length);

    if (owner == NULL || !walk_name(&snapshot->walk, snapshot->zone, name, length))
        return false;
    if (owner != snapshot->zone)
        keep_cut(snapshot, owner->apex.length == length);
    return compare(snapshot, name, length, old) && replace(snapshot, name, length, old);
}

static bool walk_marked(struct snapshot *snapshot)
{
    struct mark *mark;
    size_t at = 0;

    while ((mark = table_next(&snapshot->marked, &at)) != NULL)
        if (!walk_again(snapshot, mark->name, mark->length))
            return false;
    return true;
}

/* The name servers of a zone below ours that need an address here. */
static bool mark_glue(struct snapshot *snapshot, const struct answer_zone *child)
{
    if (!walk_name(&snapshot->walk, child, child->apex.wire, child->apex.length))
        return false;
    const struct growing *records = &snapshot->walk.records;
    for (size_t at = 0; at < records->length;
         at += walk_record_length(records->data + at)) {
        const uint8_t *record = records->data + at;
        const uint8_t *target = record + RECORD_HEADER;
        size_t length = walk_record_length(record) - RECORD_HEADER;
        if (record[0] == 0 && record[1] == DNS_TYPE_NS &&
            dns_name_below(target, length, child->apex.wire, child->apex.length) > 0)
            snapshot_mark(snapshot, target, length);
    }
    snapshot_mark(snapshot, child->apex.wire, child->apex.length);
    return true;
}

static bool mark_children(struct snapshot *snapshot)
{
    const struct answer_index *index = snapshot->zone->index;

    for (size_t i = 0; i < index->zone_count; i++)
        if (index->zones[i]->parent == snapshot->zone &&
            !mark_glue(snapshot, index->zones[i]))
            return false;
    return true;
}

/* Names that were in the snapshot count as marked too: they may be gone. */
static bool mark_all(struct snapshot *snapshot)
{
    struct snapshot_name *name;
    size_t at = 0;

    snapshot->built = true;
    while ((name = table_next(&snapshot->names, &at)) != NULL)
        snapshot_mark(snapshot, name->bytes, name->name_length);
    answer_index_visit(snapshot->zone->index, snapshot->zone);
    snapshots_mark_derived(snapshot);
    return mark_children(snapshot) && snapshot->built;
}

/* A change of the whole zone is rare: what it needed is given back. */
static void empty(struct growing *list)
{
    if (list->capacity > LIST_KEPT) {
        free(list->data);
        *list = (struct growing){ .data = NULL };
    }
    list->length = 0;
}

void snapshot_take(struct snapshot *snapshot, uint32_t from, uint32_t to)
{
    bool follows = snapshot->built;
    struct delta *delta = NULL;

    snapshot->noting = follows;
    forget_image(snapshot);
    bool good = (follows || mark_all(snapshot)) && walk_marked(snapshot);
    if (good && follows)
        delta = delta_create(from, to, &snapshot->gone, &snapshot->come);
    if (delta != NULL)
        journal_add(&snapshot->journal, delta);
    else
        journal_clear(&snapshot->journal);
    clear_marks(snapshot);
    empty(&snapshot->gone);
    empty(&snapshot->come);
    snapshot->serial = to;
    snapshot->taken = good || snapshot->taken;
    if (good)
        return;
    log_error("answer", "zone %s: no memory for what secondaries are sent",
              snapshot->zone->config->apex);
    start_over(snapshot);
}

static struct image *image_create(struct snapshot *snapshot)
{
    size_t count = snapshot->names.count, at = 0;
    struct image *image = malloc(sizeof *image + count * sizeof image->names[0]);
    struct snapshot_name *name;

    if (image == NULL)
        return NULL;
    image->snapshot = snapshot;
    image->refs = 0;
    image->count = 0;
    while ((name = table_next(&snapshot->names, &at)) != NULL) {
        name->refs++;
        image->names[image->count++] = name;
    }
    return image;
}

struct image *snapshot_image(struct snapshot *snapshot)
{
    if (!snapshot->built)
        return NULL;
    if (snapshot->image == NULL)
        snapshot->image = image_create(snapshot);
    if (snapshot->image != NULL)
        snapshot->image->refs++;
    return snapshot->image;
}
