#include "proto/sift.h"

#include <jansson.h>
#include <string.h>

#include "proto/decode.h"

/* Lists in replies, and the member of their entries that names the service. */
static const struct sifted {
    const char *list;
    const char *service;
} sifted[] = {
    { PROTO_SERVICES, PROTO_NAME },
    { PROTO_INSTANCES, PROTO_SERVICE },
    { PROTO_HISTORY_, PROTO_SERVICE },
    { PROTO_HOURS, PROTO_SERVICE },
    { PROTO_ALERTS_, PROTO_SERVICE },
    { PROTO_SILENCES_, PROTO_SERVICE },
    { NULL, NULL },
};

static void sift_list(json_t *list, const char *member, reply_may may, const void *owner)
{
    size_t i = 0;

    while (i < json_array_size(list)) {
        const json_t *entry = json_array_get(list, i);
        const char *service = json_string_value(json_object_get(entry, member));
        const char *space = json_string_value(json_object_get(entry, PROTO_NAMESPACE));
        if (service != NULL && service[0] != '\0' &&
            may(owner, space == NULL || space[0] == '\0' ? "default" : space, service))
            i++;
        else
            json_array_remove(list, i);
    }
}

static int append(const char *bytes, size_t length, void *out)
{
    buffer_append(out, bytes, length);
    return 0;
}

bool reply_sift(struct buffer *out, const char *body, size_t length, reply_may may,
                const void *owner)
{
    json_t *root = json_loadb(body, length, 0, NULL);

    if (root == NULL)
        return false;
    for (const struct sifted *row = sifted; row->list != NULL; row++)
        sift_list(json_object_get(root, row->list), row->service, may, owner);
    bool done = json_dump_callback(root, append, out, JSON_COMPACT) == 0;
    json_decref(root);
    buffer_char(out, '\n');
    return done && !out->failed;
}

/* A line begins {"ok":true and may have its seq next, whose number the parser might not
 * take as it was written. 0: it is no such line. */
static size_t head_length(const char *line, size_t length)
{
    static const char good[] = "{\"ok\":true";
    static const char before[] = ",\"" PROTO_SEQ "\":";
    const char *seq = line + sizeof good - 1 + sizeof before - 1;
    struct request scanned;

    if (length < sizeof good || memcmp(line, good, sizeof good - 1) != 0)
        return 0;
    request_scan(line, length, &scanned);
    return scanned.seq.text == seq && scanned.seq.length > 0
               ? (size_t)(seq - line) + scanned.seq.length
               : sizeof good - 1;
}

bool reply_sift_line(struct buffer *out, const char *line, size_t length, reply_may may,
                     const void *owner)
{
    size_t head = head_length(line, length);
    struct buffer rest;
    struct buffer sifted_rest;

    if (head == 0 || (head < length && line[head] == '}')) {
        buffer_append(out, line, length);
        return !out->failed;
    }
    if (head == length || line[head] != ',')
        return false;
    buffer_init(&rest, out->bound);
    buffer_init(&sifted_rest, out->bound);
    buffer_char(&rest, '{');
    buffer_append(&rest, line + head + 1, length - head - 1);
    bool done =
        !rest.failed && reply_sift(&sifted_rest, rest.data, rest.length, may, owner);
    if (done) {
        buffer_append(out, line, head);
        buffer_char(out, ',');
        buffer_append(out, sifted_rest.data + 1, sifted_rest.length - 1);
    }
    buffer_deinit(&rest);
    buffer_deinit(&sifted_rest);
    return done && !out->failed;
}
