#include "consul/annex_plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"

enum { NS_PER_MS = 1000000 };

static const int64_t ns_per_second = INT64_C(1000000000);

/* Digits behind a point, without zeros at the end. */
static void print_fraction(uint64_t whole, uint64_t rest, int digits, const char *unit,
                           char *out, size_t size)
{
    int length = snprintf(out, size, "%" PRIu64 ".%0*" PRIu64, whole, digits, rest);

    while (length > 0 && out[length - 1] == '0')
        length--;
    if (length > 0 && out[length - 1] == '.')
        length--;
    if (length >= 0 && (size_t)length < size)
        snprintf(out + length, size - (size_t)length, "%s", unit);
}

static void print_small(uint64_t ns, char *out, size_t size)
{
    if (ns < 1000)
        snprintf(out, size, "%" PRIu64 "ns", ns);
    else if (ns < NS_PER_MS)
        print_fraction(ns / 1000, ns % 1000, 3, "\xc2\xb5s", out, size);
    else
        print_fraction(ns / NS_PER_MS, ns % NS_PER_MS, 6, "ms", out, size);
}

void annex_print_duration(int64_t nanoseconds, char out[32])
{
    uint64_t ns = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    uint64_t seconds = ns / (uint64_t)ns_per_second;
    size_t used = 0;

    if (nanoseconds < 0)
        out[used++] = '-';
    if (ns == 0) {
        memcpy(out, "0s", 3);
        return;
    }
    if (seconds == 0) {
        print_small(ns, out + used, 32 - used);
        return;
    }
    if (seconds >= 3600)
        used += (size_t)snprintf(out + used, 32 - used, "%" PRIu64 "h", seconds / 3600);
    if (seconds >= 60)
        used +=
            (size_t)snprintf(out + used, 32 - used, "%" PRIu64 "m", seconds / 60 % 60);
    print_fraction(seconds % 60, ns % (uint64_t)ns_per_second, 9, "s", out + used,
                   32 - used);
}

const char *plain_address(const struct rollcall_instance *is, char *out)
{
    if (is->host[0] != '\0' || is->address_count == 0)
        return is->host;
    address_print_ip(&is->addresses[0], out, ANNEX_TEXT_SIZE);
    return out;
}

const char *plain_check_id(const struct rollcall_instance *is, unsigned index,
                           unsigned count, char *out)
{
    if (count == 1)
        snprintf(out, ANNEX_TEXT_SIZE, "service:%s", is->id);
    else
        snprintf(out, ANNEX_TEXT_SIZE, "service:%s:%u", is->id, index + 1);
    return out;
}

const char *plain_check_name(const char *service, char *out)
{
    snprintf(out, ANNEX_TEXT_SIZE, "Service '%s' check", service);
    return out;
}

static bool is_ttl(const struct rollcall_check *check)
{
    return strcmp(check->kind, "ttl") == 0;
}

static bool has_interval(const struct rollcall_check *check)
{
    return !is_ttl(check) && strcmp(check->kind, "alias") != 0;
}

const char *plain_interval(const struct rollcall_check *check, bool alone, char *out)
{
    if (!has_interval(check))
        return alone ? "0s" : "";
    annex_print_duration((int64_t)check->interval_ms * NS_PER_MS, out);
    return out;
}

const char *plain_timeout(const struct rollcall_check *check, bool alone, char *out)
{
    if (!has_interval(check) || check->timeout_ms == ANNEX_TIMEOUT_MS)
        return alone ? "0s" : "";
    annex_print_duration((int64_t)check->timeout_ms * NS_PER_MS, out);
    return out;
}
