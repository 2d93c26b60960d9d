#include "daemon/ready.h"

#include <inttypes.h>
#include <string.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/notify.h"
#include "http/reload.h"
#include "rollcall/version.h"

static void list_zones(const struct config *config, struct buffer *out)
{
    for (uint32_t i = 0; i < config->zone_count; i++)
        buffer_format(out, "%s%s", i > 0 ? " " : "", config->zones[i].apex);
}

static void list_addresses(const struct address *list, uint32_t count, const char *before,
                           struct buffer *out)
{
    char text[ADDRESS_TEXT];

    for (uint32_t i = 0; i < count; i++) {
        address_print(&list[i], text, sizeof text);
        buffer_format(out, "%s%s", i > 0 ? " " : before, text);
    }
}

static void list_doors(const struct http *http, struct buffer *out)
{
    char text[160];

    for (size_t i = 0; http_listens(http, i, text, sizeof text); i++)
        buffer_format(out, "%s%s", i > 0 ? " " : "", text);
}

/* The socket, and where the same is spoken over TCP. */
static void list_registration(const struct config_registry *config, struct buffer *out)
{
    buffer_text(out, config->socket);
    list_addresses(config->listen, config->listen_count, " and TCP ", out);
}

static const char *text_of(const struct buffer *list, const char *otherwise)
{
    return list->data == NULL ? otherwise : list->data;
}

void ready_announce(const struct config *config, const struct http *http,
                    size_t instances, int64_t took)
{
    enum { ZONES, ADDRESSES, DOORS, SOCKETS, LISTS };
    struct buffer list[LISTS];

    for (int i = 0; i < LISTS; i++)
        buffer_init(&list[i], 400);
    list_zones(config, &list[ZONES]);
    list_addresses(config->dns.listen, config->dns.listen_count, "", &list[ADDRESSES]);
    list_doors(http, &list[DOORS]);
    list_registration(&config->registry, &list[SOCKETS]);
    log_info(
        "daemon",
        "ready: rollcalld %s, zones %s, DNS on %s, HTTP on %s, socket %s, database %s, "
        "%zu instances, started in %" PRId64 " ms",
        ROLLCALL_VERSION, text_of(&list[ZONES], ""), text_of(&list[ADDRESSES], ""),
        text_of(&list[DOORS], "nothing"), text_of(&list[SOCKETS], ""),
        strcmp(config->registry.store, "memory") == 0 ? "none (memory)"
                                                      : config->registry.database,
        instances, took);
    for (int i = 0; i < LISTS; i++)
        buffer_deinit(&list[i]);
    http_warn_certificate(http, clock_wall_ms());
    notify_send("READY=1");
}
