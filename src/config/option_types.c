/* Types of values that are numbers, words and addresses. To add a type: its functions
 * and its struct here or in option_texts.c, its line in option.h. */
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/units.h"
#include "config/option.h"

static bool in_range(const struct option *option, uint64_t number)
{
    return number >= (uint64_t)option->min && number <= (uint64_t)option->max;
}

static enum option_parsed bool_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    (void)option;
    (void)folder;
    bool is_true = strcmp(text, "true") == 0;

    if (!is_true && strcmp(text, "false") != 0)
        return OPTION_BAD;
    *(bool *)value = is_true;
    return OPTION_GOOD;
}

static bool bool_print(const struct option *option, const void *value, struct buffer *out)
{
    (void)option;
    buffer_text(out, *(const bool *)value ? "true" : "false");
    return true;
}

static void bool_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "true or false");
}

const struct option_type option_bool = { .name = "true or false",
                                         .size = sizeof(bool),
                                         .parse = bool_parse,
                                         .print = bool_print,
                                         .allowed = bool_allowed };

static enum option_parsed big_parse(const struct option *option, const char *text,
                                    const char *folder, void *value)
{
    (void)folder;
    uint64_t number;

    if (!units_parse_u64(text, (uint64_t)option->max, &number) ||
        !in_range(option, number))
        return OPTION_BAD;
    *(uint64_t *)value = number;
    return OPTION_GOOD;
}

static bool big_print(const struct option *option, const void *value, struct buffer *out)
{
    (void)option;
    buffer_format(out, "%" PRIu64, *(const uint64_t *)value);
    return true;
}

static void number_allowed(const struct option *option, struct buffer *out)
{
    buffer_format(out, "a number from %" PRId64 " to %" PRId64, option->min, option->max);
}

const struct option_type option_big = { .name = "number",
                                        .size = sizeof(uint64_t),
                                        .parse = big_parse,
                                        .print = big_print,
                                        .allowed = number_allowed };

static enum option_parsed count_parse(const struct option *option, const char *text,
                                      const char *folder, void *value)
{
    uint64_t number;
    enum option_parsed parsed = big_parse(option, text, folder, &number);

    if (parsed == OPTION_GOOD)
        *(uint32_t *)value = (uint32_t)number;
    return parsed;
}

static bool count_print(const struct option *option, const void *value,
                        struct buffer *out)
{
    (void)option;
    buffer_format(out, "%" PRIu32, *(const uint32_t *)value);
    return true;
}

const struct option_type option_count = { .name = "number",
                                          .size = sizeof(uint32_t),
                                          .parse = count_parse,
                                          .print = count_print,
                                          .allowed = number_allowed };

/* Those this process may run on, which a container or taskset may have made fewer. */
static uint32_t processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (uint32_t)count;
}

static enum option_parsed threads_parse(const struct option *option, const char *text,
                                        const char *folder, void *value)
{
    if (strcmp(text, "auto") != 0)
        return count_parse(option, text, folder, value);
    uint32_t count = processors();
    *(uint32_t *)value = count > option->max ? (uint32_t)option->max : count;
    return OPTION_GOOD;
}

static void threads_allowed(const struct option *option, struct buffer *out)
{
    number_allowed(option, out);
    buffer_text(out, ", or auto");
}

const struct option_type option_threads = { .name = "number or auto",
                                            .size = sizeof(uint32_t),
                                            .parse = threads_parse,
                                            .print = count_print,
                                            .allowed = threads_allowed };

static enum option_parsed duration_parse(const struct option *option, const char *text,
                                         const char *folder, void *value)
{
    (void)folder;
    uint64_t milliseconds;

    if (!units_parse_duration(text, &milliseconds) || !in_range(option, milliseconds))
        return OPTION_BAD;
    *(uint64_t *)value = milliseconds;
    return OPTION_GOOD;
}

static bool duration_print(const struct option *option, const void *value,
                           struct buffer *out)
{
    (void)option;
    char text[64];

    units_print_duration(*(const uint64_t *)value, text, sizeof text);
    buffer_text(out, text);
    return true;
}

static void span_allowed(uint64_t min_ms, uint64_t max_ms, struct buffer *out)
{
    char min[64];
    char max[64];

    units_print_duration(min_ms, min, sizeof min);
    units_print_duration(max_ms, max, sizeof max);
    buffer_format(out, "a duration from %s to %s", min_ms == 0 ? "0s" : min, max);
}

static void duration_allowed(const struct option *option, struct buffer *out)
{
    span_allowed((uint64_t)option->min, (uint64_t)option->max, out);
}

const struct option_type option_duration = { .name = "duration",
                                             .size = sizeof(uint64_t),
                                             .parse = duration_parse,
                                             .print = duration_print,
                                             .allowed = duration_allowed };

/* A number alone is seconds here: that is how zone files write a TTL. */
static enum option_parsed ttl_parse(const struct option *option, const char *text,
                                    const char *folder, void *value)
{
    uint64_t number;

    if (count_parse(option, text, folder, value) == OPTION_GOOD)
        return OPTION_GOOD;
    if (!units_parse_duration(text, &number) || number % 1000 != 0 ||
        !in_range(option, number / 1000))
        return OPTION_BAD;
    *(uint32_t *)value = (uint32_t)(number / 1000);
    return OPTION_GOOD;
}

static bool ttl_print(const struct option *option, const void *value, struct buffer *out)
{
    uint64_t milliseconds = *(const uint32_t *)value * UINT64_C(1000);

    if (milliseconds == 0)
        buffer_text(out, "0s");
    return milliseconds == 0 || duration_print(option, &milliseconds, out);
}

static void ttl_allowed(const struct option *option, struct buffer *out)
{
    span_allowed((uint64_t)option->min * 1000, (uint64_t)option->max * 1000, out);
    buffer_text(out, " in whole seconds");
}

const struct option_type option_ttl = { .name = "duration",
                                        .size = sizeof(uint32_t),
                                        .parse = ttl_parse,
                                        .print = ttl_print,
                                        .allowed = ttl_allowed };

static bool is_zone(const char *text, void *value)
{
    if (strcmp(text, "zone") != 0)
        return false;
    *(uint32_t *)value = OPTION_AS_ZONE;
    return true;
}

static bool print_zone(const void *value, struct buffer *out)
{
    if (*(const uint32_t *)value != OPTION_AS_ZONE)
        return false;
    buffer_text(out, "zone");
    return true;
}

static enum option_parsed ttl_zone_parse(const struct option *option, const char *text,
                                         const char *folder, void *value)
{
    return is_zone(text, value) ? OPTION_GOOD : ttl_parse(option, text, folder, value);
}

static bool ttl_zone_print(const struct option *option, const void *value,
                           struct buffer *out)
{
    return print_zone(value, out) || ttl_print(option, value, out);
}

static void ttl_zone_allowed(const struct option *option, struct buffer *out)
{
    ttl_allowed(option, out);
    buffer_text(out, ", or zone");
}

const struct option_type option_ttl_zone = { .name = "duration or zone",
                                             .size = sizeof(uint32_t),
                                             .parse = ttl_zone_parse,
                                             .print = ttl_zone_print,
                                             .allowed = ttl_zone_allowed };

static enum option_parsed count_zone_parse(const struct option *option, const char *text,
                                           const char *folder, void *value)
{
    return is_zone(text, value) ? OPTION_GOOD : count_parse(option, text, folder, value);
}

static bool count_zone_print(const struct option *option, const void *value,
                             struct buffer *out)
{
    return print_zone(value, out) || count_print(option, value, out);
}

static void count_zone_allowed(const struct option *option, struct buffer *out)
{
    number_allowed(option, out);
    buffer_text(out, ", or zone");
}

const struct option_type option_count_zone = { .name = "number or zone",
                                               .size = sizeof(uint32_t),
                                               .parse = count_zone_parse,
                                               .print = count_zone_print,
                                               .allowed = count_zone_allowed };

static enum option_parsed address_take(const struct option *option, const char *text,
                                       const char *folder, void *value)
{
    (void)option;
    (void)folder;
    struct address address;

    if (!address_parse(text, 0, &address) || address_port(&address) == 0)
        return OPTION_BAD;
    *(struct address *)value = address;
    return OPTION_GOOD;
}

static bool address_show(const struct option *option, const void *value,
                         struct buffer *out)
{
    (void)option;
    char text[ADDRESS_TEXT];

    address_print(value, text, sizeof text);
    buffer_text(out, text);
    return true;
}

static void address_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "an address with its port, like 127.0.0.1:8053 or \"[::1]:8053\"");
}

const struct option_type option_address = { .name = "address with port",
                                            .size = sizeof(struct address),
                                            .parse = address_take,
                                            .print = address_show,
                                            .allowed = address_allowed };

static enum option_parsed ip_parse(const struct option *option, const char *text,
                                   const char *folder, void *value)
{
    (void)option;
    (void)folder;
    return address_parse_ip(text, value) ? OPTION_GOOD : OPTION_BAD;
}

static bool ip_print(const struct option *option, const void *value, struct buffer *out)
{
    (void)option;
    char text[ADDRESS_TEXT];

    address_print_ip(value, text, sizeof text);
    buffer_text(out, text);
    return true;
}

static void ip_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "an IPv4 or IPv6 address without a port");
}

const struct option_type option_ip = { .name = "address",
                                       .size = sizeof(struct rollcall_address),
                                       .parse = ip_parse,
                                       .print = ip_print,
                                       .allowed = ip_allowed };
