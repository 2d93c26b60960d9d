/* Are two definitions the same? Registering the same one again is no change. */
#include <string.h>

#include "base/address.h"
#include "model/instance.h"

static bool pairs_equal(const struct rollcall_pair *a, const struct rollcall_pair *b,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(a[i].key, b[i].key) != 0 || strcmp(a[i].value, b[i].value) != 0)
            return false;
    }
    return true;
}

bool instance_check_same(const struct rollcall_check *a, const struct rollcall_check *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->kind, b->kind) == 0 &&
           a->option_count == b->option_count &&
           pairs_equal(a->options, b->options, a->option_count);
}

static bool check_equal(const struct rollcall_check *a, const struct rollcall_check *b)
{
    return instance_check_same(a, b) && strcmp(a->notes, b->notes) == 0 &&
           a->interval_ms == b->interval_ms && a->timeout_ms == b->timeout_ms &&
           a->initial_delay_ms == b->initial_delay_ms &&
           a->max_latency_ms == b->max_latency_ms &&
           a->latency_factor == b->latency_factor &&
           a->deregister_after_ms == b->deregister_after_ms && a->shadow == b->shadow &&
           a->success_threshold == b->success_threshold &&
           a->failure_threshold == b->failure_threshold &&
           a->warning_threshold == b->warning_threshold && a->initial == b->initial &&
           a->keep_output == b->keep_output;
}

bool instance_same_place(const struct rollcall_instance *a,
                         const struct rollcall_instance *b)
{
    uint16_t port_a = 0;
    uint16_t port_b = 0;
    uint8_t protocol;

    if ((a->address_count == 0) != (b->address_count == 0))
        return false;
    if (a->address_count > 0 && !address_ip_equal(&a->addresses[0], &b->addresses[0]))
        return false;
    (void)instance_default_port(a, &port_a, &protocol);
    (void)instance_default_port(b, &port_b, &protocol);
    return port_a == port_b;
}

/* Values made by hand may leave a field out. */
static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

static bool texts_equal(const struct rollcall_instance *a,
                        const struct rollcall_instance *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->service, b->service) == 0 &&
           strcmp(a->namespace_name, b->namespace_name) == 0 &&
           strcmp(a->version, b->version) == 0 && strcmp(a->zone, b->zone) == 0 &&
           strcmp(text_of(a->datacenter), text_of(b->datacenter)) == 0 &&
           strcmp(a->host, b->host) == 0 &&
           strcmp(text_of(a->annex), text_of(b->annex)) == 0;
}

static bool numbers_equal(const struct rollcall_instance *a,
                          const struct rollcall_instance *b)
{
    return a->address_count == b->address_count && a->port_count == b->port_count &&
           a->tag_count == b->tag_count && a->meta_count == b->meta_count &&
           a->check_count == b->check_count && a->checks_require == b->checks_require &&
           a->port == b->port && a->weight == b->weight && a->priority == b->priority &&
           a->ttl == b->ttl && a->status == b->status && a->lease.kind == b->lease.kind &&
           a->lease.pid == b->lease.pid && a->lease.ms == b->lease.ms /* or pid_start */;
}

static bool ports_equal(const struct rollcall_instance *a,
                        const struct rollcall_instance *b)
{
    for (unsigned i = 0; i < a->port_count; i++) {
        const struct rollcall_port *x = &a->ports[i], *y = &b->ports[i];
        if (x->number != y->number || x->protocol != y->protocol ||
            strcmp(x->name, y->name) != 0)
            return false;
    }
    return true;
}

/* After numbers_equal(): the counts are the same. */
static bool arrays_equal(const struct rollcall_instance *a,
                         const struct rollcall_instance *b)
{
    for (unsigned i = 0; i < a->address_count; i++) {
        if (!address_ip_equal(&a->addresses[i], &b->addresses[i]))
            return false;
    }
    for (unsigned i = 0; i < a->tag_count; i++) {
        if (strcmp(a->tags[i], b->tags[i]) != 0)
            return false;
    }
    for (unsigned i = 0; i < a->check_count; i++) {
        if (!check_equal(&a->checks[i], &b->checks[i]))
            return false;
    }
    return ports_equal(a, b) && pairs_equal(a->meta, b->meta, a->meta_count);
}

bool instance_equal(const struct rollcall_instance *a, const struct rollcall_instance *b)
{
    return a == b || (numbers_equal(a, b) && texts_equal(a, b) && arrays_equal(a, b));
}
