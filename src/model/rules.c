#include "model/rules.h"

#include <stdbool.h>
#include <string.h>

#include "dns/name.h"

enum { HOST_MAX = 253 };

/* Has it a control character that is not one of `but`? */
static bool has_control(const char *text, const char *but)
{
    for (; *text != '\0'; text++) {
        if (((unsigned char)*text < 0x20 || *text == 0x7f) && strchr(but, *text) == NULL)
            return true;
    }
    return false;
}

static enum rollcall_status rule_length(const char *field, const char *text, size_t min,
                                        size_t max, struct reason *why)
{
    size_t length = strlen(text);

    if (length == 0 && min > 0) {
        reason_field(why, field, "%s is missing or empty; give 1 to %zu characters",
                     field, max);
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (length < min || length > max) {
        reason_field(why, field, "%s \"%.40s%s\" has %zu octets; allowed are %zu to %zu",
                     field, text, length > 40 ? "..." : "", length, min, max);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

enum rollcall_status rule_text(const char *field, const char *text, size_t min,
                               size_t max, struct reason *why)
{
    enum rollcall_status status = rule_length(field, text, min, max, why);

    if (status != ROLLCALL_OK || !has_control(text, ""))
        return status;
    reason_field(why, field, "%s has a control character; only printable text is allowed",
                 field);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status rule_lines(const char *field, const char *text, size_t min,
                                size_t max, struct reason *why)
{
    enum rollcall_status status = rule_length(field, text, min, max, why);

    if (status != ROLLCALL_OK || !has_control(text, "\r\n\t"))
        return status;
    reason_field(why, field,
                 "%s has a control character; printable text, line breaks and tabs are "
                 "allowed",
                 field);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status rule_number(const char *field, uint64_t number, uint64_t min,
                                 uint64_t max, const char *unit, struct reason *why)
{
    if (number >= min && number <= max)
        return ROLLCALL_OK;
    reason_field(why, field, "%s is %llu%s; allowed are %llu to %llu%s", field,
                 (unsigned long long)number, unit, (unsigned long long)min,
                 (unsigned long long)max, unit);
    return ROLLCALL_E_INVALID;
}

static bool has_upper(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z')
            return true;
    }
    return false;
}

enum rollcall_status rule_label(const char *field, const char *text, struct reason *why)
{
    size_t length = strlen(text);

    if (length == 0) {
        reason_field(why, field, "%s is missing; give a DNS label such as \"web\"",
                     field);
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (dns_label_is_ldh(text, length) && !has_upper(text))
        return ROLLCALL_OK;
    reason_field(why, field,
                 "%s \"%.80s\" is not a DNS label; allowed are 1 to 63 letters, digits "
                 "and hyphens, without a hyphen at either end",
                 field, text);
    return ROLLCALL_E_INVALID;
}

static bool label_fits_host(const char *label, size_t length)
{
    if (length == 0 || length > 63)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = label[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!fits)
            return false;
    }
    return label[0] != '-' && label[length - 1] != '-';
}

/* Labels up to an optional final dot; the start of the last one, NULL: a bad one. */
static const char *last_host_label(const char *text)
{
    for (;;) {
        size_t length = strcspn(text, ".");
        if (!label_fits_host(text, length))
            return NULL;
        if (text[length] == '\0' || text[length + 1] == '\0')
            return text;
        text += length + 1;
    }
}

enum rollcall_status rule_host(const char *field, const char *text, struct reason *why)
{
    size_t length = strlen(text);
    const char *last =
        length == 0 || length > HOST_MAX + 1 ? NULL : last_host_label(text);

    if (last == NULL) {
        reason_field(why, field,
                     "%s \"%.80s\" is neither an IPv4 or IPv6 address nor a host name",
                     field, text);
        return ROLLCALL_E_INVALID;
    }
    if (last[strspn(last, "0123456789.")] == '\0') {
        reason_field(why, field,
                     "%s \"%.80s\" is not an IPv4 address: four numbers up to 255 with "
                     "dots between, like 10.0.0.1",
                     field, text);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}
