#include "alert/silence.h"

#include <stdlib.h>
#include <string.h>

#include "alert/rule.h"

enum { PACK_VERSION = 1, TEXTS = 5 };

void silences_init(struct silences *silences)
{
    *silences = (struct silences){ .count = 0 };
    list_init(&silences->all);
}

void silences_drop(struct silences *silences, struct silence *silence)
{
    list_remove(&silence->among);
    silences->count--;
    free(silence);
}

void silences_deinit(struct silences *silences)
{
    while (!list_empty(&silences->all))
        silences_drop(silences, list_entry(silences->all.next, struct silence, among));
}

static void fields_of(struct silence *silence, const char **fields[TEXTS])
{
    fields[0] = &silence->service;
    fields[1] = &silence->namespace_name;
    fields[2] = &silence->id;
    fields[3] = &silence->tag;
    fields[4] = &silence->reason;
}

struct silence *silences_add(struct silences *silences, const struct silence *from)
{
    struct silence given = *from;
    const char **texts[TEXTS], **copies[TEXTS];
    size_t size = 0;

    fields_of(&given, texts);
    for (int i = 0; i < TEXTS; i++)
        size += (*texts[i] == NULL ? 0 : strlen(*texts[i])) + 1;
    struct silence *silence =
        silences->count < SILENCES_MAX ? malloc(sizeof *silence + size) : NULL;
    if (silence == NULL)
        return NULL;
    *silence = given;
    fields_of(silence, copies);
    char *at = silence->text;
    for (int i = 0; i < TEXTS; i++) {
        *copies[i] = at;
        at = stpcpy(at, *texts[i] == NULL ? "" : *texts[i]) + 1;
    }
    if (silence->number == 0)
        silence->number = silences->last + 1;
    if (silence->number > silences->last)
        silences->last = silence->number;
    list_append(&silences->all, &silence->among);
    silences->count++;
    return silence;
}

uint32_t silences_made(const struct silences *silences, uid_t by)
{
    uint32_t made = 0;

    list_for_each (at, &silences->all)
        made += list_entry(at, struct silence, among)->by == by ? 1 : 0;
    return made;
}

struct silence *silences_find(const struct silences *silences, uint64_t number)
{
    list_for_each (at, &silences->all) {
        struct silence *silence = list_entry(at, struct silence, among);
        if (silence->number == number)
            return silence;
    }
    return NULL;
}

static bool covers(const struct silence *silence, const struct fact *fact)
{
    if (silence->service[0] != '\0' && !pattern_fits(silence->service, fact->service))
        return false;
    if (silence->namespace_name[0] != '\0' &&
        !pattern_fits(silence->namespace_name, fact->namespace_name))
        return false;
    if (silence->id[0] != '\0' && strcmp(silence->id, fact->id) != 0)
        return false;
    return tags_have(fact->tags, silence->tag);
}

struct silence *silences_cover(const struct silences *silences, const struct fact *fact,
                               int64_t wall)
{
    list_for_each (at, &silences->all) {
        struct silence *silence = list_entry(at, struct silence, among);
        if (silence->until > wall && covers(silence, fact))
            return silence;
    }
    return NULL;
}

struct silence *silences_over(const struct silences *silences, int64_t wall)
{
    list_for_each (at, &silences->all) {
        struct silence *silence = list_entry(at, struct silence, among);
        if (silence->until <= wall)
            return silence;
    }
    return NULL;
}

int64_t silences_next_end(const struct silences *silences)
{
    int64_t next = INT64_MAX;

    list_for_each (at, &silences->all) {
        const struct silence *silence = list_entry(at, struct silence, among);
        if (silence->until < next)
            next = silence->until;
    }
    return next;
}

/* A version, created, until, by, then each text with its NUL. */
void silence_pack(const struct silence *silence, struct buffer *out)
{
    struct silence given = *silence;
    const char **texts[TEXTS];
    uint8_t head[21] = { PACK_VERSION };

    bytes_put64(head + 1, (uint64_t)silence->created);
    bytes_put64(head + 9, (uint64_t)silence->until);
    bytes_put32(head + 17, (uint32_t)silence->by);
    buffer_append(out, head, sizeof head);
    fields_of(&given, texts);
    for (int i = 0; i < TEXTS; i++)
        buffer_append(out, *texts[i], strlen(*texts[i]) + 1);
}

bool silences_unpack(struct silences *silences, uint64_t number, struct byte_reader *in)
{
    struct silence silence = { .number = number };
    const char **texts[TEXTS];
    uint8_t version = byte_reader_u8(in);

    silence.created = (int64_t)byte_reader_u64(in);
    silence.until = (int64_t)byte_reader_u64(in);
    silence.by = (uid_t)byte_reader_u32(in);
    fields_of(&silence, texts);
    for (int i = 0; i < TEXTS; i++) {
        const uint8_t *end =
            in->failed ? NULL : memchr(in->at, '\0', (size_t)(in->end - in->at));
        if (end == NULL)
            return false;
        *texts[i] = (const char *)byte_reader_take(in, (size_t)(end + 1 - in->at));
    }
    return version == PACK_VERSION && number > 0 && silences_add(silences, &silence);
}
