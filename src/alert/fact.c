#include "alert/fact.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Packed: a version, state, resolved, starts, ends, then each text with its NUL. */
enum { PACK_VERSION = 1 };

static size_t size_of(const char *text)
{
    return text == NULL ? 1 : strlen(text) + 1;
}

static char *put(char *at, const char **field, const char *text)
{
    size_t size = size_of(text);

    if (size > 1)
        memcpy(at, text, size - 1);
    at[size - 1] = '\0';
    *field = at;
    return at + size;
}

/* A newline stands in none of the parts. */
static char *put_key(struct fact *fact, char *at)
{
    const char *const parts[] = { fact->rule, alert_state_word(fact->state),
                                  fact->namespace_name, fact->service, fact->id };

    fact->key = at;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t length = strlen(parts[i]);
        memcpy(at, parts[i], length);
        at += length;
        *at++ = '\n';
    }
    *at++ = '\0';
    return at;
}

static size_t key_size(const struct fact *from)
{
    return strlen(alert_state_word(from->state)) + 1 + size_of(from->rule) +
           size_of(from->namespace_name) + size_of(from->service) + size_of(from->id) + 1;
}

struct fact *fact_create(const struct fact *from)
{
    char output[FACT_OUTPUT_MAX + 1] = "";
    struct fact cut = *from;
    size_t size = key_size(from);

    if (from->output != NULL)
        strncpy(output, from->output, FACT_OUTPUT_MAX);
    cut.output = output;
#define X(name) size += size_of(cut.name);
    FACT_TEXT_LIST(X)
#undef X
    struct fact *fact = malloc(sizeof *fact + size);
    if (fact == NULL)
        return NULL;
    *fact = cut;
    fact->refs = 1;
    char *at = fact->text;
#define X(name) at = put(at, &fact->name, cut.name);
    FACT_TEXT_LIST(X)
#undef X
    at = put_key(fact, at);
    assert((size_t)(at - fact->text) == size);
    return fact;
}

struct fact *fact_end(const struct fact *fact, const char *cause, int64_t wall)
{
    struct fact end = *fact;

    end.resolved = true;
    /* A clock that was set back: who is told of an end before its begin refuses it. */
    end.ends = wall < fact->starts ? fact->starts : wall;
    end.cause = cause;
    return fact_create(&end);
}

struct fact *fact_ref(struct fact *fact)
{
    fact->refs++;
    return fact;
}

void fact_unref(struct fact *fact)
{
    if (fact == NULL)
        return;
    assert(fact->refs > 0);
    if (--fact->refs == 0)
        free(fact);
}

void fact_pack(const struct fact *fact, struct buffer *out)
{
    uint8_t head[19] = { PACK_VERSION, (uint8_t)fact->state, fact->resolved };

    bytes_put64(head + 3, (uint64_t)fact->starts);
    bytes_put64(head + 11, (uint64_t)fact->ends);
    buffer_append(out, head, sizeof head);
#define X(name) buffer_append(out, fact->name, strlen(fact->name) + 1);
    FACT_TEXT_LIST(X)
#undef X
}

static const char *take_text(struct byte_reader *in)
{
    const uint8_t *end =
        in->failed ? NULL : memchr(in->at, '\0', (size_t)(in->end - in->at));

    if (end == NULL) {
        in->failed = true;
        return "";
    }
    return (const char *)byte_reader_take(in, (size_t)(end + 1 - in->at));
}

struct fact *fact_unpack(struct byte_reader *in)
{
    struct fact fact = { .refs = 0 };
    uint8_t version = byte_reader_u8(in);
    uint8_t state = byte_reader_u8(in);

    fact.resolved = byte_reader_u8(in) != 0;
    fact.starts = (int64_t)byte_reader_u64(in);
    fact.ends = (int64_t)byte_reader_u64(in);
#define X(name) fact.name = take_text(in);
    FACT_TEXT_LIST(X)
#undef X
    if (in->failed || version != PACK_VERSION || state >= ALERT_STATES)
        return NULL;
    fact.state = (enum alert_state)state;
    return fact_create(&fact);
}
