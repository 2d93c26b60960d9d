/* An instance made of random values, always the same for one seed. */
#ifndef TESTS_MODEL_RANDOM_INSTANCE_H
#define TESTS_MODEL_RANDOM_INSTANCE_H

#include <stdio.h>

#include "base/random.h"
#include "model/validate.h"
#include "support/sample.h"

struct random_instance {
    struct rollcall_instance is;
    struct rollcall_address addresses[MODEL_ADDRESSES_MAX];
    struct rollcall_port ports[MODEL_PORTS_MAX];
    const char *tags[MODEL_TAGS_MAX];
    struct rollcall_pair meta[MODEL_META_MAX];
    struct rollcall_check checks[MODEL_CHECKS_MAX];
    struct rollcall_pair options[MODEL_CHECKS_MAX][4];
    char texts[16384];
    size_t used;
    struct random_state random;
};

static inline uint32_t random_number(struct random_instance *to, uint32_t bound)
{
    return (uint32_t)random_below(&to->random, bound);
}

static inline const char *random_text(struct random_instance *to, size_t max)
{
    size_t length = random_number(to, (uint32_t)max + 1);
    char *text = to->texts + to->used;

    for (size_t i = 0; i < length; i++)
        text[i] = (char)(' ' + random_number(to, 95));
    text[length] = '\0';
    to->used += length + 1;
    return text;
}

static inline const char *random_name(struct random_instance *to, const char *prefix)
{
    char *text = to->texts + to->used;
    int length = snprintf(text, 32, "%s%08x", prefix, random_number(to, UINT32_MAX));
    to->used += (size_t)length + 1;
    return text;
}

static inline struct rollcall_pair random_pair(struct random_instance *to)
{
    const char *key = random_name(to, "k");
    return (struct rollcall_pair){ .key = key, .value = random_text(to, 40) };
}

static inline void random_check(struct random_instance *to, unsigned i)
{
    struct rollcall_check *check = &to->checks[i];

    *check = sample_check(random_name(to, "check"));
    check->notes = random_text(to, 20);
    check->interval_ms = 1 + random_number(to, UINT32_MAX - 1);
    check->timeout_ms = random_number(to, 100000);
    check->initial_delay_ms = random_number(to, 300);
    check->max_latency_ms = random_number(to, 3) * 1000;
    check->latency_factor = random_number(to, 2) * random_number(to, 9000);
    check->deregister_after_ms = random_number(to, 2) * random_number(to, UINT32_MAX);
    check->shadow = random_number(to, 2) == 1;
    check->keep_output = random_number(to, 2) == 1;
    check->warning_threshold = (uint16_t)(random_number(to, 2) * random_number(to, 9));
    check->initial = (uint8_t)random_number(to, 4);
    check->success_threshold = (uint16_t)(1 + random_number(to, 1000));
    check->failure_threshold = (uint16_t)(1 + random_number(to, 1000));
    check->option_count = (uint16_t)random_number(to, 4);
    check->options = to->options[i];
    for (unsigned n = 0; n < check->option_count; n++)
        to->options[i][n] = random_pair(to);
}

static inline void random_arrays(struct random_instance *to)
{
    to->is.address_count = (uint16_t)random_number(to, 4);
    for (unsigned i = 0; i < to->is.address_count; i++) {
        to->addresses[i] =
            (struct rollcall_address){ .family = random_number(to, 2) ? 4 : 6 };
        for (unsigned n = 0; n < (to->addresses[i].family == 4 ? 4u : 16u); n++)
            to->addresses[i].bytes[n] = (uint8_t)random_number(to, 256);
    }
    to->is.port_count = (uint16_t)random_number(to, 4);
    for (unsigned i = 0; i < to->is.port_count; i++)
        to->ports[i] =
            (struct rollcall_port){ .name = random_name(to, "p"),
                                    .number = (uint16_t)random_number(to, 65536),
                                    .protocol = (uint8_t)random_number(to, 4) };
    to->is.tag_count = (uint16_t)random_number(to, 6);
    for (unsigned i = 0; i < to->is.tag_count; i++)
        to->tags[i] = random_name(to, "tag");
    to->is.meta_count = (uint16_t)random_number(to, 6);
    for (unsigned i = 0; i < to->is.meta_count; i++)
        to->meta[i] = random_pair(to);
    to->is.check_count = (uint8_t)random_number(to, 4);
    for (unsigned i = 0; i < to->is.check_count; i++)
        random_check(to, i);
    to->is.checks_require = (uint8_t)random_number(to, 17);
}

static inline void random_instance_make(struct random_instance *to, uint64_t seed)
{
    random_init(&to->random, seed);
    to->used = 0;
    to->is = sample_values(random_name(to, "id"), random_name(to, "service"));
    to->is.addresses = to->addresses;
    to->is.ports = to->ports;
    to->is.tags = to->tags;
    to->is.meta = to->meta;
    to->is.checks = to->checks;
    random_arrays(to);
    if (random_number(to, 2) == 0)
        to->is.namespace_name = random_name(to, "space");
    to->is.version = random_text(to, 10);
    to->is.zone = random_text(to, 10);
    to->is.host = to->is.address_count == 0 ? random_name(to, "host") : "";
    to->is.annex = random_number(to, 2) == 0 ? NULL : random_name(to, "{annex");
    to->is.port = (uint16_t)random_number(to, 65536);
    to->is.weight = (uint16_t)random_number(to, 65536);
    to->is.priority = (uint16_t)random_number(to, 3);
    to->is.ttl = random_number(to, 2) == 0 ? ROLLCALL_TTL_UNSET : random_number(to, 90);
    to->is.status = (enum rollcall_health)random_number(to, 3);
    to->is.lease.kind = (enum rollcall_lease_kind)random_number(to, 4);
    if (to->is.lease.kind != ROLLCALL_LEASE_NONE)
        to->is.lease = (struct rollcall_lease){ .kind = to->is.lease.kind,
                                                .pid = (int32_t)random_number(to, 99999),
                                                .ms = random_number(to, UINT32_MAX) };
    if (to->is.lease.kind == ROLLCALL_LEASE_PID)
        to->is.lease.pid_start = random_u64(&to->random);
}

#endif
