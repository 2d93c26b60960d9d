/* tests/support/pipeline_sample.h - the registry of docs/dns.md §0, and some more, as
 * values. Include <cmocka.h> and what it needs before. Threads: the test's own.
 */
#ifndef SUPPORT_PIPELINE_SAMPLE_H
#define SUPPORT_PIPELINE_SAMPLE_H

#include "base/address.h"
#include "support/town.h"

static const struct rollcall_pair team = { "team", "front" }, path = { "path", "/" };

struct spec {
    const char *service, *id, *v4, *v6, *host, *port, *tag;
    uint16_t number, weight, priority;
    bool metrics, meta;
    enum rollcall_health health;
};

static inline struct rollcall_address ip(uint8_t family, const char *text)
{
    struct rollcall_address address = { .family = family };
    assert_true(address_parse_ip(text, &address));
    return address;
}

static inline void put(struct town *town, const struct spec *spec)
{
    struct rollcall_address addresses[2];
    struct rollcall_port ports[2];
    struct rollcall_instance is = { .id = spec->id,
                                    .service = spec->service,
                                    .namespace_name = "default",
                                    .version = "",
                                    .zone = "",
                                    .host = spec->host != NULL ? spec->host : "",
                                    .addresses = addresses,
                                    .ports = ports,
                                    .tags = &spec->tag,
                                    .tag_count = spec->tag != NULL,
                                    .meta = &path,
                                    .meta_count = spec->meta,
                                    .weight = spec->weight,
                                    .priority = spec->priority,
                                    .ttl = ROLLCALL_TTL_UNSET };
    if (spec->v4 != NULL)
        addresses[is.address_count++] = ip(4, spec->v4);
    if (spec->v6 != NULL)
        addresses[is.address_count++] = ip(6, spec->v6);
    if (spec->port != NULL)
        ports[is.port_count++] =
            (struct rollcall_port){ spec->port, spec->number,
                                    strcmp(spec->port, "syslog") == 0 ? ROLLCALL_UDP
                                                                      : ROLLCALL_TCP };
    if (spec->metrics)
        ports[is.port_count++] = (struct rollcall_port){ "metrics", 9090, ROLLCALL_TCP };
    town_put(town, &is, spec->health);
}

static const struct spec sample[] = {
    { .service = "web",
      .id = "web-1",
      .v4 = "10.0.0.1",
      .port = "http",
      .number = 8080,
      .metrics = true,
      .tag = "v1",
      .weight = 10,
      .priority = 1,
      .meta = true,
      .health = ROLLCALL_PASSING },
    { .service = "web",
      .id = "web-2",
      .v4 = "10.0.0.2",
      .v6 = "fd00::2",
      .port = "http",
      .number = 8080,
      .metrics = true,
      .tag = "v1",
      .weight = 10,
      .priority = 1,
      .meta = true,
      .health = ROLLCALL_PASSING },
    { .service = "web",
      .id = "web-3",
      .v4 = "10.0.0.3",
      .port = "http",
      .number = 8080,
      .metrics = true,
      .tag = "canary",
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "web",
      .id = "web-4",
      .v4 = "10.0.0.4",
      .port = "http",
      .number = 8080,
      .metrics = true,
      .tag = "v1",
      .weight = 10,
      .priority = 1,
      .health = ROLLCALL_CRITICAL },
    { .service = "log",
      .id = "log-1",
      .v4 = "10.0.2.1",
      .port = "syslog",
      .number = 514,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "six",
      .id = "six-1",
      .v6 = "fd00::6",
      .port = "http",
      .number = 80,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_WARNING },
    { .service = "ext",
      .id = "ext-1",
      .host = "www.example.net.",
      .port = "https",
      .number = 443,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "mix",
      .id = "mix-1",
      .v4 = "10.0.3.1",
      .port = "http",
      .number = 80,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "mix",
      .id = "mix-2",
      .host = "www.example.net.",
      .port = "http",
      .number = 80,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "idle",
      .id = "idle-1",
      .v4 = "10.0.4.1",
      .port = "http",
      .number = 80,
      .tag = "blue",
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_CRITICAL },
    { .service = "in",
      .id = "in-1",
      .host = "web-1.web.service.local.",
      .port = "http",
      .number = 80,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "lost",
      .id = "lost-1",
      .host = "nobody.service.local.",
      .port = "http",
      .number = 80,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "loop",
      .id = "loop-1",
      .host = "loop-1.loop.service.local.",
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "two",
      .id = "two-1",
      .v4 = "10.0.6.1",
      .port = "http",
      .number = 1,
      .weight = 1,
      .priority = 2,
      .health = ROLLCALL_PASSING },
    { .service = "two",
      .id = "two-2",
      .v4 = "10.0.6.2",
      .port = "http",
      .number = 2,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
    { .service = "addr",
      .id = "addr-1",
      .v4 = "10.0.7.1",
      .port = "http",
      .number = 1,
      .weight = 1,
      .priority = 1,
      .health = ROLLCALL_PASSING },
};

#endif
