/* Packed bytes back to an instance. The bytes come from a file that anything may have
 * happened to: every length, count and text is checked before it is used. */
#include "model/pack.h"

#include <string.h>

#include "base/bytes.h"
#include "model/pack_fields.h"
#include "model/validate.h"

/* The values with room for everything that may repeat; texts lie in the bytes. Not
 * cleared as a whole: a hundred thousand of these are read at start. */
struct unpacked {
    struct rollcall_instance is;
    struct rollcall_address addresses[MODEL_ADDRESSES_MAX];
    struct rollcall_port ports[MODEL_PORTS_MAX];
    const char *tags[MODEL_TAGS_MAX];
    struct rollcall_pair meta[MODEL_META_MAX];
    struct rollcall_check checks[MODEL_CHECKS_MAX];
    struct rollcall_pair options[MODEL_CHECKS_MAX * MODEL_OPTIONS_MAX];
    unsigned option_count;
};

static uint64_t take_varint(struct byte_reader *reader, uint64_t max)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = byte_reader_u8(reader);
        uint64_t bits = octet & 0x7f;
        if (shift == 63 && bits > 1)
            break;
        value |= bits << shift;
        if ((octet & 0x80) == 0) {
            if (value > max)
                break;
            return value;
        }
    }
    reader->failed = true;
    return 0;
}

/* A field that is one number and nothing else. */
static uint64_t only_varint(struct byte_reader *reader, uint64_t max)
{
    uint64_t value = take_varint(reader, max);
    if (reader->at != reader->end)
        reader->failed = true;
    return value;
}

static const char *take_text(struct byte_reader *reader)
{
    size_t left = reader->failed ? 0 : (size_t)(reader->end - reader->at);
    const uint8_t *nul = left == 0 ? NULL : memchr(reader->at, 0, left);

    if (nul == NULL) {
        reader->failed = true;
        return "";
    }
    const char *text = (const char *)reader->at;
    reader->at = nul + 1;
    return text;
}

static const char *only_text(struct byte_reader *reader)
{
    const char *text = take_text(reader);
    if (reader->at != reader->end)
        reader->failed = true;
    return text;
}

static void only_pair(struct byte_reader *reader, struct rollcall_pair *out)
{
    out->key = take_text(reader);
    out->value = only_text(reader);
}

/* The next field: its number, and its bytes in `field`. False: none left, or broken. */
static bool next_field(struct byte_reader *reader, unsigned *number,
                       struct byte_reader *field)
{
    if (reader->failed || reader->at == reader->end)
        return false;
    *number = byte_reader_u8(reader);
    size_t length = (size_t)take_varint(reader, UINT32_MAX);
    const uint8_t *bytes = byte_reader_take(reader, length);
    if (bytes == NULL)
        return false;
    *field = (struct byte_reader){ .at = bytes, .end = bytes + length };
    return true;
}

/* One more of something that repeats; false when there are too many. */
static bool take_place(struct byte_reader *field, uint16_t *count, unsigned max)
{
    if (*count >= max) {
        field->failed = true;
        return false;
    }
    (*count)++;
    return true;
}

static void read_address(struct unpacked *to, struct byte_reader *field)
{
    size_t length = (size_t)(field->end - field->at);
    if (length != 4 && length != 16) {
        field->failed = true;
        return;
    }
    if (!take_place(field, &to->is.address_count, MODEL_ADDRESSES_MAX))
        return;
    struct rollcall_address *address = &to->addresses[to->is.address_count - 1];
    *address = (struct rollcall_address){ .family = length == 4 ? 4 : 6 };
    memcpy(address->bytes, byte_reader_take(field, length), length);
}

static void read_port(struct unpacked *to, struct byte_reader *field)
{
    if (!take_place(field, &to->is.port_count, MODEL_PORTS_MAX))
        return;
    struct rollcall_port *port = &to->ports[to->is.port_count - 1];
    port->number = byte_reader_u16(field);
    port->protocol = byte_reader_u8(field);
    port->name = only_text(field);
    if (port->protocol > ROLLCALL_DCCP)
        field->failed = true;
}

static void read_lease(struct unpacked *to, struct byte_reader *field)
{
    struct rollcall_lease *lease = &to->is.lease;
    lease->kind = (enum rollcall_lease_kind)take_varint(field, ROLLCALL_LEASE_PID);
    uint64_t ms = take_varint(field, INT64_MAX);
    lease->pid = (int32_t)take_varint(field, INT32_MAX);
    uint64_t pid_start = only_varint(field, UINT64_MAX);
    if (lease->kind == ROLLCALL_LEASE_PID)
        lease->pid_start = pid_start;
    else
        lease->ms = ms;
}

static void read_check_numbers(struct rollcall_check *check, struct byte_reader *field)
{
    check->interval_ms = (uint32_t)take_varint(field, UINT32_MAX);
    check->timeout_ms = (uint32_t)take_varint(field, UINT32_MAX);
    check->initial_delay_ms = (uint32_t)take_varint(field, UINT32_MAX);
    check->max_latency_ms = (uint32_t)take_varint(field, UINT32_MAX);
    check->success_threshold = (uint16_t)take_varint(field, UINT16_MAX);
    check->failure_threshold = (uint16_t)only_varint(field, UINT16_MAX);
    /* Zero would make an engine run without a pause or never decide. */
    if (check->interval_ms == 0 || check->success_threshold == 0 ||
        check->failure_threshold == 0)
        field->failed = true;
}

/* The next of a row of numbers; 0 where the row has ended. */
static uint64_t next_varint(struct byte_reader *field, uint64_t max)
{
    return field->at == field->end ? 0 : take_varint(field, max);
}

/* What a later version may add behind these is for that version. */
static void read_check_more(struct rollcall_check *check, struct byte_reader *field)
{
    check->latency_factor = (uint32_t)next_varint(field, UINT32_MAX);
    check->deregister_after_ms = (uint32_t)next_varint(field, UINT32_MAX);
    uint64_t bits = next_varint(field, UINT32_MAX);
    check->shadow = (bits & PACK_SHADOW) != 0;
    check->keep_output = (bits & PACK_KEEP_OUTPUT) != 0;
    check->warning_threshold = (uint16_t)next_varint(field, UINT16_MAX);
    check->initial = (uint8_t)next_varint(field, ROLLCALL_PASSING + 1);
}

static void read_option(struct unpacked *to, struct rollcall_check *check,
                        struct byte_reader *field)
{
    if (take_place(field, &check->option_count, MODEL_OPTIONS_MAX))
        only_pair(field, &to->options[to->option_count++]);
}

static void read_check(struct unpacked *to, struct byte_reader *reader)
{
    struct byte_reader field;
    unsigned number;

    uint16_t count = to->is.check_count;
    if (!take_place(reader, &count, MODEL_CHECKS_MAX))
        return;
    to->is.check_count = (uint8_t)count;
    struct rollcall_check *check = &to->checks[to->is.check_count - 1];
    *check = (struct rollcall_check){ .name = "", .kind = "", .notes = "" };
    check->options = &to->options[to->option_count];
    while (next_field(reader, &number, &field)) {
        if (number == PACK_CHECK_NAME)
            check->name = only_text(&field);
        else if (number == PACK_CHECK_KIND)
            check->kind = only_text(&field);
        else if (number == PACK_CHECK_NOTES)
            check->notes = only_text(&field);
        else if (number == PACK_CHECK_NUMBERS)
            read_check_numbers(check, &field);
        else if (number == PACK_CHECK_OPTION)
            read_option(to, check, &field);
        else if (number == PACK_CHECK_MORE)
            read_check_more(check, &field);
        reader->failed = reader->failed || field.failed;
    }
    if (check->name[0] == '\0' || check->kind[0] == '\0' || check->interval_ms == 0)
        reader->failed = true;
}

static void read_text_field(struct rollcall_instance *is, unsigned number,
                            struct byte_reader *field)
{
    const char **const texts[] = {
        [PACK_ID] = &is->id,
        [PACK_SERVICE] = &is->service,
        [PACK_NAMESPACE] = &is->namespace_name,
        [PACK_RELEASE] = &is->version,
        [PACK_ZONE] = &is->zone,
        [PACK_HOST] = &is->host,
    };
    *texts[number] = only_text(field);
}

static void read_number_field(struct rollcall_instance *is, unsigned number,
                              struct byte_reader *field)
{
    if (number == PACK_PLAIN_PORT)
        is->port = (uint16_t)only_varint(field, UINT16_MAX);
    else if (number == PACK_WEIGHT)
        is->weight = (uint16_t)only_varint(field, UINT16_MAX);
    else if (number == PACK_PRIORITY)
        is->priority = (uint16_t)only_varint(field, UINT16_MAX);
    else if (number == PACK_TTL)
        is->ttl = (uint32_t)only_varint(field, UINT32_MAX);
    else if (number == PACK_STATUS)
        is->status = (enum rollcall_health)only_varint(field, ROLLCALL_PASSING);
    else if (number == PACK_REQUIRE)
        is->checks_require = (uint8_t)only_varint(field, MODEL_CHECKS_MAX);
}

static void read_field(struct unpacked *to, unsigned number, struct byte_reader *field)
{
    struct rollcall_instance *is = &to->is;

    if (number >= PACK_ID && number <= PACK_HOST)
        read_text_field(is, number, field);
    else if (number == PACK_ADDRESS)
        read_address(to, field);
    else if (number == PACK_PORT)
        read_port(to, field);
    else if (number == PACK_TAG && take_place(field, &is->tag_count, MODEL_TAGS_MAX))
        to->tags[is->tag_count - 1] = only_text(field);
    else if (number == PACK_META && take_place(field, &is->meta_count, MODEL_META_MAX))
        only_pair(field, &to->meta[is->meta_count - 1]);
    else if (number == PACK_CHECK)
        read_check(to, field);
    else if (number == PACK_LEASE)
        read_lease(to, field);
    else if (number == PACK_DATACENTER)
        is->datacenter = only_text(field);
    else if (number == PACK_ANNEX)
        is->annex = only_text(field);
    else
        read_number_field(is, number, field);
}

static void start_values(struct unpacked *to)
{
    to->option_count = 0;
    to->is = (struct rollcall_instance){
        .id = "",
        .service = "",
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .datacenter = "",
        .host = "",
        .addresses = to->addresses,
        .ports = to->ports,
        .tags = to->tags,
        .meta = to->meta,
        .checks = to->checks,
        .weight = 1,
        .priority = 1,
        .ttl = ROLLCALL_TTL_UNSET,
        .status = ROLLCALL_PASSING,
    };
}

/* Names that the rest of the program builds keys and DNS names from. */
static bool has_names(const struct rollcall_instance *is)
{
    size_t id = strlen(is->id), service = strlen(is->service);
    size_t namespace_name = strlen(is->namespace_name);

    return id > 0 && id <= MODEL_ID_MAX && service > 0 && service <= MODEL_ID_MAX &&
           namespace_name > 0 && namespace_name <= MODEL_ID_MAX;
}

struct instance *instance_unpack(const void *bytes, size_t length, struct reason *why)
{
    struct unpacked to;
    struct byte_reader field, reader = { .at = bytes, .end = (const uint8_t *)bytes };
    unsigned number;

    if (length > 0)
        reader.end += length;
    start_values(&to);
    uint8_t version = byte_reader_u8(&reader);
    if (reader.failed || version != PACK_VERSION) {
        reason_set(why, "a saved instance has format %u, this program reads %u",
                   (unsigned)version, (unsigned)PACK_VERSION);
        return NULL;
    }
    while (next_field(&reader, &number, &field)) {
        read_field(&to, number, &field);
        if (field.failed) {
            reason_set(why, "a saved instance is damaged in field %u, before octet %zu",
                       number, (size_t)(reader.at - (const uint8_t *)bytes));
            return NULL;
        }
    }
    if (reader.failed || !has_names(&to.is)) {
        reason_set(why, "a saved instance of %zu octets is cut short or has no name",
                   length);
        return NULL;
    }
    struct instance *instance = instance_copy(&to.is);
    if (instance == NULL)
        reason_set(why, "out of memory while reading a saved instance");
    return instance;
}
