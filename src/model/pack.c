/* Fields in ascending order, defaults left out: the usual instance is 60 octets. */
#include "model/pack.h"

#include <string.h>

#include "base/bytes.h"
#include "model/pack_fields.h"

enum { VARINT_MAX = 10, NUMBERS_MAX = 6 };

static size_t varint_write(uint8_t *out, uint64_t value)
{
    size_t length = 0;

    while (value > 0x7f) {
        out[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[length++] = (uint8_t)value;
    return length;
}

static size_t varint_size(uint64_t value)
{
    uint8_t scratch[VARINT_MAX];
    return varint_write(scratch, value);
}

static void put_varint(struct buffer *out, uint64_t value)
{
    uint8_t bytes[VARINT_MAX];
    buffer_append(out, bytes, varint_write(bytes, value));
}

static void put_header(struct buffer *out, unsigned field, size_t length)
{
    uint8_t bytes[1 + VARINT_MAX];
    bytes[0] = (uint8_t)field;
    buffer_append(out, bytes, 1 + varint_write(bytes + 1, length));
}

static void put_text(struct buffer *out, unsigned field, const char *text)
{
    size_t size = strlen(text) + 1;
    if (size == 1)
        return;
    put_header(out, field, size);
    buffer_append(out, text, size);
}

static void put_number(struct buffer *out, unsigned field, uint64_t value, uint64_t usual)
{
    if (value == usual)
        return;
    put_header(out, field, varint_size(value));
    put_varint(out, value);
}

static void put_pair(struct buffer *out, unsigned field, const struct rollcall_pair *pair)
{
    size_t key = strlen(pair->key) + 1, value = strlen(pair->value) + 1;
    put_header(out, field, key + value);
    buffer_append(out, pair->key, key);
    buffer_append(out, pair->value, value);
}

static void put_port(struct buffer *out, const struct rollcall_port *port)
{
    size_t name = strlen(port->name) + 1;
    uint8_t fixed[3];

    bytes_put16(fixed, port->number);
    fixed[2] = port->protocol;
    put_header(out, PACK_PORT, sizeof fixed + name);
    buffer_append(out, fixed, sizeof fixed);
    buffer_append(out, port->name, name);
}

static void put_lease(struct buffer *out, const struct rollcall_lease *lease)
{
    uint8_t bytes[4 * VARINT_MAX];
    bool of_process = lease->kind == ROLLCALL_LEASE_PID;
    size_t length = 0;

    if (lease->kind == ROLLCALL_LEASE_NONE)
        return;
    length += varint_write(bytes + length, (uint64_t)lease->kind);
    length += varint_write(bytes + length, of_process ? 0 : lease->ms);
    length += varint_write(bytes + length, (uint32_t)lease->pid);
    length += varint_write(bytes + length, of_process ? lease->pid_start : 0);
    put_header(out, PACK_LEASE, length);
    buffer_append(out, bytes, length);
}

static void put_numbers(struct buffer *out, unsigned field, const uint32_t *numbers,
                        size_t count)
{
    uint8_t bytes[NUMBERS_MAX * VARINT_MAX];
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += varint_write(bytes + length, numbers[i]);
    put_header(out, field, length);
    buffer_append(out, bytes, length);
}

static void put_check_fields(struct buffer *out, const struct rollcall_check *check)
{
    const uint32_t numbers[NUMBERS_MAX] = {
        check->interval_ms,    check->timeout_ms,        check->initial_delay_ms,
        check->max_latency_ms, check->success_threshold, check->failure_threshold
    };
    const uint32_t bits =
        (check->shadow ? PACK_SHADOW : 0u) | (check->keep_output ? PACK_KEEP_OUTPUT : 0u);
    const uint32_t more[] = { check->latency_factor, check->deregister_after_ms, bits,
                              check->warning_threshold, check->initial };
    size_t count = sizeof more / sizeof *more;

    put_text(out, PACK_CHECK_NAME, check->name);
    put_text(out, PACK_CHECK_KIND, check->kind);
    put_text(out, PACK_CHECK_NOTES, check->notes);
    put_numbers(out, PACK_CHECK_NUMBERS, numbers, NUMBERS_MAX);
    for (unsigned i = 0; i < check->option_count; i++)
        put_pair(out, PACK_CHECK_OPTION, &check->options[i]);
    while (count > 0 && more[count - 1] == 0)
        count--;
    if (count > 0)
        put_numbers(out, PACK_CHECK_MORE, more, count);
}

static void put_check(struct buffer *out, const struct rollcall_check *check)
{
    struct buffer inner;

    buffer_init(&inner, SIZE_MAX / 2);
    put_check_fields(&inner, check);
    if (inner.failed) {
        out->failed = true;
    } else {
        put_header(out, PACK_CHECK, inner.length);
        buffer_append(out, inner.data, inner.length);
    }
    buffer_deinit(&inner);
}

static void put_arrays(struct buffer *out, const struct rollcall_instance *instance)
{
    for (unsigned i = 0; i < instance->address_count; i++) {
        const struct rollcall_address *address = &instance->addresses[i];
        size_t length = address->family == 4 ? 4 : 16;
        put_header(out, PACK_ADDRESS, length);
        buffer_append(out, address->bytes, length);
    }
    for (unsigned i = 0; i < instance->port_count; i++)
        put_port(out, &instance->ports[i]);
    for (unsigned i = 0; i < instance->tag_count; i++)
        put_text(out, PACK_TAG, instance->tags[i]);
    for (unsigned i = 0; i < instance->meta_count; i++)
        put_pair(out, PACK_META, &instance->meta[i]);
    for (unsigned i = 0; i < instance->check_count; i++)
        put_check(out, &instance->checks[i]);
}

void instance_pack(const struct rollcall_instance *instance, struct buffer *out)
{
    buffer_char(out, PACK_VERSION);
    put_text(out, PACK_ID, instance->id);
    put_text(out, PACK_SERVICE, instance->service);
    if (strcmp(instance->namespace_name, "default") != 0)
        put_text(out, PACK_NAMESPACE, instance->namespace_name);
    put_text(out, PACK_RELEASE, instance->version);
    put_text(out, PACK_ZONE, instance->zone);
    put_text(out, PACK_HOST, instance->host);
    put_arrays(out, instance);
    put_number(out, PACK_PLAIN_PORT, instance->port, 0);
    put_number(out, PACK_WEIGHT, instance->weight, 1);
    put_number(out, PACK_PRIORITY, instance->priority, 1);
    put_number(out, PACK_TTL, instance->ttl, ROLLCALL_TTL_UNSET);
    put_number(out, PACK_STATUS, (uint64_t)instance->status, ROLLCALL_PASSING);
    put_lease(out, &instance->lease);
    if (instance->datacenter != NULL)
        put_text(out, PACK_DATACENTER, instance->datacenter);
    put_number(out, PACK_REQUIRE, instance->checks_require, 0);
    if (instance->annex != NULL)
        put_text(out, PACK_ANNEX, instance->annex);
}
