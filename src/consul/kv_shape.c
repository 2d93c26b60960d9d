#include "consul/kv_shape.h"

#include <string.h>

#include "base/base64.h"
#include "consul/shapes.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

void shape_base64(struct buffer *out, const void *bytes, size_t length)
{
    size_t room = base64_length(length);

    if (length == 0) {
        shape_put(out, "null");
        return;
    }
    if (!buffer_reserve(out, room + 2))
        return;
    char *at = out->data + out->length;
    at[0] = '"';
    base64_encode(bytes, length, at + 1);
    at[room + 1] = '"';
    at[room + 2] = '\0';
    out->length += room + 2;
}

void shape_octets(struct buffer *out, const char *text, size_t length)
{
    char copy[KV_KEY_MAX + 1];

    if (length > KV_KEY_MAX)
        length = KV_KEY_MAX;
    memcpy(copy, text, length);
    copy[length] = '\0';
    encode_text(out, copy);
}

void shape_kv(struct buffer *out, const char *key, size_t length,
              const struct kv_entry *entry, bool with_value)
{
    static const struct kv_entry absent = { .flags = 0 };
    const struct kv_entry *it = entry == NULL ? &absent : entry;

    shape_put(out, "{\"LockIndex\":");
    encode_number(out, it->lock_index);
    shape_put(out, ",\"Key\":");
    shape_octets(out, key, length);
    shape_put(out, ",\"Flags\":");
    encode_number(out, it->flags);
    shape_put(out, ",\"Value\":");
    shape_base64(out, it->value, with_value ? it->length : 0);
    if (it->session[0] != '\0')
        shape_text(out, "Session", it->session);
    shape_indexes(out, it->create, it->modify);
    buffer_char(out, '}');
}
