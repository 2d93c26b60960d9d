/* answer/snapshot.h - the content of one zone at its serial, kept for secondaries.
 *
 * The index changes as soon as the registry does; a secondary wants the zone as it was at
 * one serial. So a zone that may be transferred keeps a copy of its records by owner
 * name. Names that change are marked, and when a new serial is published they are walked
 * again: what differs is the delta of the journal. A transfer borrows an image:
 * references to the records of every name, which later serials do not touch. Memory about
 * the size of the zone in master file form; nothing for other zones. Threads  control.
 */
#ifndef ANSWER_SNAPSHOT_H
#define ANSWER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/journal.h"
#include "answer/walk.h"
#include "base/reason.h"
#include "base/table.h"
#include "config/config.h"

/* One owner name and its records. Never changed once made. */
struct snapshot_name {
    uint32_t refs;
    uint32_t length; /* octets of records */
    uint8_t name_length;
    uint8_t bytes[]; /* the name, then the records */
};

/* All of a zone at one serial: kept while a transfer sends it. */
struct image {
    struct snapshot *snapshot; /* that would give it again; NULL: it has changed since */
    uint32_t refs;
    uint32_t count;
    struct snapshot_name *names[];
};

struct snapshot {
    struct answer_zone *zone; /* borrowed */
    struct walk walk;
    struct table names;  /* owner name -> struct snapshot_name */
    struct table marked; /* owner name -> struct mark */
    struct growing gone, come;
    struct journal journal;
    struct image *image;  /* borrowed; of the last serial, NULL: nobody has it */
    size_t bytes;         /* of all records */
    uint32_t max_records; /* of an incremental transfer */
    uint32_t serial;      /* of what was taken last */
    bool taken;           /* anything */
    bool noting;          /* differences are wanted, for a delta */
    bool built;           /* false: everything is to be walked */
};

enum rollcall_status snapshot_create(struct answer_zone *zone,
                                     const struct config_transfers *config,
                                     struct snapshot **out);
/* Zones that may be transferred, or are announced, get one; and the index tells it of
 * what changes. */
enum rollcall_status snapshots_create(struct answer_index *index,
                                      const struct config *config, struct reason *why);
void snapshots_destroy(struct answer_index *index);
/* An instance comes or goes: mark the names that only restate it, in every zone, and say
 * so of each zone that has such names. */
void snapshots_instance(struct answer_index *index, const struct rollcall_instance *is,
                        void (*changed)(void *owner, struct answer_zone *zone),
                        void *owner);
/* Mark all such names of this zone. */
void snapshots_mark_derived(struct snapshot *snapshot);

void snapshot_destroy(struct snapshot *snapshot); /* NULL is allowed */

/* This owner name may answer something else from now on. */
void snapshot_mark(struct snapshot *snapshot, const uint8_t *name, size_t length);
/* Has anything been marked since the last serial, or never been walked? */
bool snapshot_pending(const struct snapshot *snapshot);

/* Take over what is published now as serial `to`, the one after `from`. */
void snapshot_take(struct snapshot *snapshot, uint32_t from, uint32_t to);

/* A reference; NULL: no memory, or nothing was taken yet. */
struct image *snapshot_image(struct snapshot *snapshot);
void image_unref(struct image *image);

#endif
