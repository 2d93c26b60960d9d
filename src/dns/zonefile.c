#include "dns/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "dns/types.h"
#include "dns/zone_numbers.h"
#include "dns/zone_records.h"
#include "dns/zone_text.h"

enum { RECORDS_MAX = 100000, FILE_MAX = 16 * 1024 * 1024 };

static const uint32_t TTL_MAX = 0x7fffffff; /* RFC 2181 §8 */
/* Given to ldns as the default, it marks records that were written without a TTL: ldns
 * takes a default of 0 for none, and 0 is a TTL. */
static const uint32_t TTL_MISSING = 0xffffffff;

/* One reading; everything in it dies with zonefile_parse() but `out`. */
struct reader {
    const char *label;           /* borrowed */
    const struct dns_name *apex; /* borrowed */
    struct reason *why;          /* borrowed */
    struct zone_text text;
    struct buffer entry;
    ldns_rdf *origin;     /* owned; moved by $ORIGIN */
    ldns_rdf *previous;   /* owned; the last owner, for lines without one */
    ldns_buffer *rdata;   /* owned */
    uint32_t default_ttl; /* moved by $TTL */
    struct zonefile found;
    size_t capacity;
};

static enum rollcall_status fault(struct reader *reader, unsigned line,
                                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum rollcall_status fault(struct reader *reader, unsigned line,
                                  const char *format, ...)
{
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reason_set(reader->why, "%s:%u: %s", reader->label, line, text);
    return ROLLCALL_E_CONFIG;
}

/* Owner and type of a record as people write them. */
struct record_text {
    char owner[DNS_NAME_TEXT];
    char type[16];
};

static void describe(const struct zonefile_record *record, struct record_text *out)
{
    dns_name_print(record->owner.wire, record->owner.length, out->owner,
                   sizeof out->owner);
    dns_type_print(record->type, out->type, sizeof out->type);
}

/* Types that are questions or belong to a message, never to a zone (RFC 6895 §3.1);
 * DNAME would need answers that we do not make. */
static bool type_is_data(uint16_t type)
{
    return type != 0 && type != DNS_TYPE_OPT && type != LDNS_RR_TYPE_DNAME &&
           (type < 128 || type > 255);
}

static enum rollcall_status check_record(struct reader *reader,
                                         const struct zonefile_record *record,
                                         uint16_t class_)
{
    const struct dns_name *apex = reader->apex;
    struct record_text text;
    char zone[DNS_NAME_TEXT];

    describe(record, &text);
    dns_name_print(apex->wire, apex->length, zone, sizeof zone);
    if (class_ != DNS_CLASS_IN)
        return fault(reader, record->line, "%s: only class IN can be served", text.owner);
    int at = dns_name_below(record->owner.wire, record->owner.length, apex->wire,
                            apex->length);
    if (at < 0)
        return fault(reader, record->line, "%s lies outside the zone %s", text.owner,
                     zone);
    if (!type_is_data(record->type))
        return fault(reader, record->line, "%s: a zone cannot hold records of type %s",
                     text.owner, text.type);
    if (record->type == DNS_TYPE_SOA && at != 0)
        return fault(reader, record->line,
                     "%s: an SOA may stand only at the top of the zone, %s", text.owner,
                     zone);
    if (record->type == DNS_TYPE_CNAME && at == 0)
        return fault(reader, record->line,
                     "%s is the top of the zone and holds its SOA, so it cannot be an "
                     "alias (CNAME)",
                     text.owner);
    if (record->ttl > TTL_MAX)
        return fault(reader, record->line, "%s %s: the TTL %u is over %u seconds",
                     text.owner, text.type, record->ttl, TTL_MAX);
    return ROLLCALL_OK;
}

static enum rollcall_status make_room(struct reader *reader, unsigned line)
{
    if (reader->found.count == RECORDS_MAX)
        return fault(reader, line, "more than %d records", RECORDS_MAX);
    if (reader->found.count < reader->capacity)
        return ROLLCALL_OK;
    size_t capacity = reader->capacity == 0 ? 32 : reader->capacity * 2;
    struct zonefile_record *grown =
        realloc(reader->found.records, capacity * sizeof *grown);
    if (grown == NULL)
        return ROLLCALL_E_NOMEM;
    reader->found.records = grown;
    reader->capacity = capacity;
    return ROLLCALL_OK;
}

/* The record as wire octets: names in it lower case and uncompressed (RFC 4034 §6.2). */
static enum rollcall_status fill_record(struct reader *reader, ldns_rr *rr,
                                        struct zonefile_record *record)
{
    const ldns_rdf *owner = ldns_rr_owner(rr);

    ldns_rr2canonical(rr);
    record->owner.length = (uint8_t)ldns_rdf_size(owner);
    dns_name_lower(ldns_rdf_data(owner), record->owner.length, record->owner.wire);
    record->type = (uint16_t)ldns_rr_get_type(rr);
    record->ttl = ldns_rr_ttl(rr);
    if (record->ttl == TTL_MISSING)
        record->ttl = reader->default_ttl;

    ldns_buffer_clear(reader->rdata);
    if (ldns_rr_rdata2buffer_wire(reader->rdata, rr) != LDNS_STATUS_OK)
        return ROLLCALL_E_NOMEM;
    size_t length = ldns_buffer_position(reader->rdata);
    if (length > UINT16_MAX)
        return fault(reader, record->line, "the record is longer than 65535 octets");
    record->rdata_length = (uint16_t)length;
    record->rdata = malloc(length + 1);
    if (record->rdata == NULL)
        return ROLLCALL_E_NOMEM;
    memcpy(record->rdata, ldns_buffer_begin(reader->rdata), length);
    return ROLLCALL_OK;
}

static enum rollcall_status take_record(struct reader *reader, ldns_rr *rr, unsigned line)
{
    struct zonefile_record record = { .line = line };

    enum rollcall_status status = make_room(reader, line);
    if (status == ROLLCALL_OK)
        status = fill_record(reader, rr, &record);
    if (status == ROLLCALL_OK)
        status = check_record(reader, &record, (uint16_t)ldns_rr_get_class(rr));
    if (status != ROLLCALL_OK) {
        free(record.rdata);
        return status;
    }
    reader->found.records[reader->found.count++] = record;
    return ROLLCALL_OK;
}

/* What a field of the RDATA can hold; 0: it is not a number. */
static uint32_t most_of(const ldns_rdf *field)
{
    switch (ldns_rdf_get_type(field)) {
    case LDNS_RDF_TYPE_INT8:
        return UINT8_MAX;
    case LDNS_RDF_TYPE_INT16:
        return UINT16_MAX;
    case LDNS_RDF_TYPE_INT32:
        return UINT32_MAX;
    case LDNS_RDF_TYPE_PERIOD:
        return TTL_MAX;
    default:
        return 0;
    }
}

static enum rollcall_status check_numbers(struct reader *reader, const ldns_rr *rr,
                                          unsigned line)
{
    struct zone_fields fields = { .type = (uint16_t)ldns_rr_get_type(rr) };
    const size_t room = sizeof fields.most / sizeof *fields.most;
    struct zone_number number;

    while (fields.count < room && fields.count < ldns_rr_rd_count(rr)) {
        fields.most[fields.count] = most_of(ldns_rr_rdf(rr, fields.count));
        fields.count++;
    }
    if (!zone_numbers_too_large(reader->entry.data, &fields, &number))
        return ROLLCALL_OK;
    return fault(reader, line, "%s is too large; at most %u is allowed: %.120s",
                 number.text, number.most, reader->entry.data);
}

static enum rollcall_status read_record(struct reader *reader, unsigned line)
{
    ldns_rr *rr = NULL;
    ldns_status outcome = ldns_rr_new_frm_str(&rr, reader->entry.data, TTL_MISSING,
                                              reader->origin, &reader->previous);

    if (outcome == LDNS_STATUS_MEM_ERR)
        return ROLLCALL_E_NOMEM;
    if (outcome != LDNS_STATUS_OK)
        return fault(reader, line, "%s: %.120s", ldns_get_errorstr_by_id(outcome),
                     reader->entry.data);
    enum rollcall_status status = check_numbers(reader, rr, line);
    if (status == ROLLCALL_OK)
        status = take_record(reader, rr, line);
    ldns_rr_free(rr);
    return status;
}

/* Seconds, or numbers with units as in "1h30m". */
static bool parse_ttl(const char *text, uint32_t *out)
{
    uint64_t total = 0, number = 0;
    bool digits = false;

    for (; *text != '\0'; text++) {
        static const char units[] = "smhdw";
        static const uint32_t seconds[] = { 1, 60, 3600, 86400, 604800 };
        const char *unit = strchr(units, *text | 0x20);
        if (*text >= '0' && *text <= '9') {
            number = number * 10 + (uint64_t)(*text - '0');
            digits = true;
        } else if (digits && unit != NULL) {
            total += number * seconds[unit - units];
            number = 0;
            digits = false;
        } else {
            return false;
        }
        if (total + number > TTL_MAX)
            return false;
    }
    *out = (uint32_t)(total + number);
    return total > 0 || digits;
}

static enum rollcall_status set_origin(struct reader *reader, const char *name,
                                       unsigned line)
{
    ldns_rdf *origin = ldns_dname_new_frm_str(name);

    if (origin != NULL && !ldns_dname_str_absolute(name) &&
        ldns_dname_cat(origin, reader->origin) != LDNS_STATUS_OK) {
        ldns_rdf_deep_free(origin);
        origin = NULL;
    }
    if (origin == NULL)
        return fault(reader, line, "$ORIGIN: %s is not a domain name", name);
    ldns_rdf_deep_free(reader->origin);
    reader->origin = origin;
    return ROLLCALL_OK;
}

static enum rollcall_status read_directive(struct reader *reader, unsigned line)
{
    char *rest = NULL;
    const char *word = strtok_r(reader->entry.data, " ", &rest);
    const char *value = strtok_r(NULL, " ", &rest);

    if (strcasecmp(word, "$INCLUDE") == 0)
        return fault(reader, line, "$INCLUDE is not supported; put the records here");
    if (strcasecmp(word, "$TTL") != 0 && strcasecmp(word, "$ORIGIN") != 0)
        return fault(reader, line, "%s is not known; there are $ORIGIN and $TTL", word);
    if (value == NULL || strtok_r(NULL, " ", &rest) != NULL)
        return fault(reader, line, "%s takes one value", word);
    if (strcasecmp(word, "$ORIGIN") == 0)
        return set_origin(reader, value, line);
    if (!parse_ttl(value, &reader->default_ttl))
        return fault(
            reader, line,
            "$TTL: %s is not a number of seconds from 0 to %u, nor such as 1h30m", value,
            TTL_MAX);
    return ROLLCALL_OK;
}

static enum rollcall_status read_entries(struct reader *reader)
{
    struct zone_text *text = &reader->text;
    int more;

    while ((more = zone_text_next(text, &reader->entry)) > 0) {
        enum rollcall_status status = reader->entry.data[0] == '$'
                                          ? read_directive(reader, text->began)
                                          : read_record(reader, text->began);
        if (status != ROLLCALL_OK)
            return status;
    }
    if (more == 0)
        return ROLLCALL_OK;
    return text->fault != NULL ? fault(reader, text->began, "%s", text->fault)
                               : ROLLCALL_E_NOMEM;
}

static enum rollcall_status read_all(struct reader *reader)
{
    enum rollcall_status status = read_entries(reader);
    if (status != ROLLCALL_OK)
        return status;
    return zone_records_settle(&reader->found, reader->label, reader->why);
}

/* What would end or confuse the reading of lines. */
static enum rollcall_status check_text(struct reader *reader, const char *text,
                                       size_t length)
{
    if (length > FILE_MAX)
        return fault(reader, 1, "longer than %d octets", FILE_MAX);
    const char *zero = length == 0 ? NULL : memchr(text, '\0', length);
    if (zero == NULL)
        return ROLLCALL_OK;
    unsigned line = 1;
    for (const char *at = text; at < zero; at++)
        line += *at == '\n';
    return fault(reader, line, "a zero octet: this is not a text file");
}

static enum rollcall_status open_text(struct reader *reader, const char *text,
                                      size_t length)
{
    zone_text_init(&reader->text, text, length);
    buffer_init(&reader->entry, FILE_MAX);
    reader->origin = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, reader->apex->length,
                                           reader->apex->wire);
    reader->rdata = ldns_buffer_new(512);
    if (reader->origin == NULL || reader->rdata == NULL)
        return ROLLCALL_E_NOMEM;
    reader->previous = ldns_rdf_clone(reader->origin);
    return reader->previous == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

static void close_text(struct reader *reader)
{
    buffer_deinit(&reader->entry);
    ldns_rdf_deep_free(reader->origin);
    ldns_rdf_deep_free(reader->previous);
    ldns_buffer_free(reader->rdata);
}

enum rollcall_status zonefile_parse(const char *text, size_t length, const char *label,
                                    const struct dns_name *apex, uint32_t default_ttl,
                                    struct zonefile *out, struct reason *why)
{
    struct reader reader = {
        .label = label, .apex = apex, .why = why, .default_ttl = default_ttl
    };

    enum rollcall_status status = check_text(&reader, text, length);
    if (status == ROLLCALL_OK)
        status = open_text(&reader, text, length);
    if (status == ROLLCALL_OK)
        status = read_all(&reader);
    close_text(&reader);
    if (status != ROLLCALL_OK) {
        if (status == ROLLCALL_E_NOMEM)
            reason_set(why, "%s: out of memory", label);
        zonefile_deinit(&reader.found);
        return status;
    }
    *out = reader.found;
    return ROLLCALL_OK;
}

/* The whole of a small file; NULL with the reason. */
static char *read_file(FILE *file, const char *path, size_t *length, struct reason *why)
{
    struct stat about;

    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        reason_set(why, "%s: not a file, but the `file` of a zone must be one", path);
        return NULL;
    }
    if (about.st_size > FILE_MAX) {
        reason_set(why, "%s: longer than %d octets", path, FILE_MAX);
        return NULL;
    }
    char *text = malloc((size_t)about.st_size + 1);
    if (text == NULL) {
        reason_set(why, "%s: out of memory", path);
        return NULL;
    }
    *length = fread(text, 1, (size_t)about.st_size, file);
    if (ferror(file)) {
        reason_set(why, "%s: %s", path, strerror(errno));
        free(text);
        return NULL;
    }
    return text;
}

enum rollcall_status zonefile_read(const char *path, const struct dns_name *apex,
                                   uint32_t default_ttl, struct zonefile *out,
                                   struct reason *why)
{
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not wait */
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

    if (file == NULL) {
        char zone[DNS_NAME_TEXT];
        dns_name_print(apex->wire, apex->length, zone, sizeof zone);
        reason_set(why, "%s: %s; it is the `file` of the zone %s", path, strerror(errno),
                   zone);
        return ROLLCALL_E_CONFIG;
    }
    char *text = read_file(file, path, &length, why);
    fclose(file);
    if (text == NULL)
        return ROLLCALL_E_CONFIG;
    enum rollcall_status status =
        zonefile_parse(text, length, path, apex, default_ttl, out, why);
    free(text);
    return status;
}

void zonefile_deinit(struct zonefile *zonefile)
{
    for (size_t i = 0; i < zonefile->count; i++)
        free(zonefile->records[i].rdata);
    free(zonefile->records);
    zonefile->records = NULL;
    zonefile->count = 0;
}
