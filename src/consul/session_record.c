/* A session as one block of memory, and as bytes on disk. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "consul/session.h"

/* The second has the maker at its end; one of nobody is written as the first, as all were
 * that an earlier rollcalld wrote. */
enum { FORMAT_OF_NOBODY = 1, FORMAT_WITH_MAKER = 2 };

static void free_version(struct version *version)
{
    free(version);
}

/* Copies a text behind the last one. */
static const char *put(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);

    *at += size;
    return copy;
}

static size_t text_size(const struct session_terms *terms)
{
    size_t size = strlen(terms->name) + strlen(terms->node) + strlen(terms->ttl) + 3;

    for (unsigned i = 0; i < terms->check_count; i++)
        size += strlen(terms->checks[i].id) + 1;
    return size;
}

struct session_version *session_version_make(const struct session_terms *terms,
                                             uint64_t create, uint64_t modify)
{
    size_t size = sizeof(struct session_version) +
                  terms->check_count * sizeof *terms->checks + text_size(terms);
    struct session_version *version = malloc(size);

    if (version == NULL)
        return NULL;
    *version = (struct session_version){
        .is = { .refs = 1, .size = size, .destroy = free_version },
        .terms = *terms,
        .create = create,
        .modify = modify
    };
    struct session_check *checks = (struct session_check *)(void *)(version + 1);
    char *at = (char *)(checks + terms->check_count);
    version->terms.name = put(&at, terms->name);
    version->terms.node = put(&at, terms->node);
    version->terms.ttl = put(&at, terms->ttl);
    version->terms.checks = checks;
    for (unsigned i = 0; i < terms->check_count; i++)
        checks[i] = (struct session_check){ .id = put(&at, terms->checks[i].id),
                                            .of_service = terms->checks[i].of_service };
    return version;
}

static void pack_number(struct buffer *out, uint64_t number)
{
    uint8_t bytes[8];

    bytes_put64(bytes, number);
    buffer_append(out, bytes, sizeof bytes);
}

/* With its NUL, so that it can be borrowed when it is read. */
static void pack_text(struct buffer *out, const char *text)
{
    uint8_t length[2];
    size_t size = strlen(text) + 1;

    bytes_put16(length, (uint16_t)size);
    buffer_append(out, length, sizeof length);
    buffer_append(out, text, size);
}

static bool is_of_nobody(const struct session_terms *terms)
{
    static const uint8_t nobody[SESSION_MAKER_SIZE];

    return memcmp(terms->maker, nobody, sizeof nobody) == 0;
}

void session_pack(const struct version *version, struct buffer *out)
{
    const struct session_version *session = (const struct session_version *)version;
    const struct session_terms *terms = &session->terms;

    bool of_nobody = is_of_nobody(terms);

    buffer_char(out, of_nobody ? FORMAT_OF_NOBODY : FORMAT_WITH_MAKER);
    pack_number(out, session->create);
    pack_number(out, session->modify);
    pack_number(out, (uint64_t)terms->ttl_ns);
    pack_number(out, (uint64_t)terms->lock_delay_ns);
    buffer_char(out, (char)terms->remove);
    pack_text(out, terms->name);
    pack_text(out, terms->node);
    pack_text(out, terms->ttl);
    buffer_char(out, (char)terms->check_count);
    for (unsigned i = 0; i < terms->check_count; i++) {
        buffer_char(out, (char)terms->checks[i].of_service);
        pack_text(out, terms->checks[i].id);
    }
    if (!of_nobody)
        buffer_append(out, terms->maker, sizeof terms->maker);
}

static const char *unpack_text(struct byte_reader *in)
{
    size_t size = byte_reader_u16(in);
    const char *text = (const char *)byte_reader_take(in, size);

    if (text != NULL && size > 0 && text[size - 1] == '\0')
        return text;
    in->failed = true;
    return "";
}

static void unpack_maker(struct byte_reader *in, struct session_terms *out)
{
    const uint8_t *maker = byte_reader_take(in, SESSION_MAKER_SIZE);

    if (maker != NULL)
        memcpy(out->maker, maker, SESSION_MAKER_SIZE);
}

struct session_version *session_unpack(const uint8_t *bytes, uint32_t length)
{
    struct byte_reader in = { .at = bytes, .end = bytes + length };
    struct session_check checks[SESSION_CHECKS_MAX];
    struct session_terms terms = { .checks = checks };

    uint8_t format = byte_reader_u8(&in);
    if (format != FORMAT_OF_NOBODY && format != FORMAT_WITH_MAKER)
        return NULL;
    uint64_t create = byte_reader_u64(&in);
    uint64_t modify = byte_reader_u64(&in);
    terms.ttl_ns = (int64_t)byte_reader_u64(&in);
    terms.lock_delay_ns = (int64_t)byte_reader_u64(&in);
    terms.remove = byte_reader_u8(&in) != 0;
    terms.name = unpack_text(&in);
    terms.node = unpack_text(&in);
    terms.ttl = unpack_text(&in);
    terms.check_count = byte_reader_u8(&in);
    if (terms.check_count > SESSION_CHECKS_MAX)
        return NULL;
    for (unsigned i = 0; i < terms.check_count; i++) {
        checks[i].of_service = byte_reader_u8(&in) != 0;
        checks[i].id = unpack_text(&in);
    }
    if (format == FORMAT_WITH_MAKER)
        unpack_maker(&in, &terms);
    return in.failed ? NULL : session_version_make(&terms, create, modify);
}
