#include "answer/hosts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/log.h"

enum { SECOND = 1000, NAME_MAX_LENGTH = 1024, SOON_MS = 100 };

void hosts_init(struct hosts *hosts)
{
    memset(hosts, 0, sizeof *hosts);
    hosts->due = INT64_MAX;
}

void hosts_deinit(struct hosts *hosts)
{
    for (size_t i = 0; i < HOSTS_BUCKETS; i++)
        while (hosts->bucket[i] != NULL) {
            struct host *host = hosts->bucket[i];
            hosts->bucket[i] = host->next;
            free(host);
        }
}

/* Where the name is, or would be put: at the end of its bucket. */
static struct host **place_of(const struct hosts *hosts, const char *name)
{
    char lower[NAME_MAX_LENGTH];
    size_t length = 0;

    for (; name[length] != '\0' && length < sizeof lower; length++)
        lower[length] =
            (char)(name[length] >= 'A' && name[length] <= 'Z' ? name[length] | 0x20
                                                              : name[length]);
    struct host **at =
        (struct host **)&hosts->bucket[hash_stable(lower, length) % HOSTS_BUCKETS];
    while (*at != NULL && strcasecmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

const struct host *hosts_find(const struct hosts *hosts, const char *name)
{
    return *place_of(hosts, name);
}

bool hosts_hold(struct hosts *hosts, const char *name, int64_t now)
{
    struct host **place = place_of(hosts, name);
    size_t size = strlen(name) + 1;

    if (*place == NULL) {
        *place = calloc(1, sizeof **place + size);
        if (*place == NULL)
            return false;
        memcpy((*place)->name, name, size);
        (*place)->due = now;
        hosts->due = now < hosts->due ? now : hosts->due;
    }
    (*place)->users++;
    return true;
}

void hosts_release(struct hosts *hosts, const char *name)
{
    struct host **place = place_of(hosts, name), *host = *place;

    if (host == NULL || --host->users > 0)
        return;
    *place = host->next;
    free(host);
}

static void set_addresses(struct hosts *hosts, struct host *host,
                          const struct rollcall_address *addresses, uint32_t count)
{
    if (host->count == count && (count == 0 || memcmp(host->addresses, addresses,
                                                      count * sizeof *addresses) == 0))
        return;
    if (count > 0)
        memcpy(host->addresses, addresses, count * sizeof *addresses);
    host->count = count;
    host->changed = hosts->changed = true;
}

/* What nobody could confirm for so long is not handed out any more. */
static void forget_old(struct hosts *hosts, struct host *host, int64_t now)
{
    if (host->count == 0 || now - host->learnt < HOSTS_KEEP_MS)
        return;
    log_error("answer", "host %s has not been looked up for an hour: its addresses go",
              host->name);
    set_addresses(hosts, host, NULL, 0);
}

static void ask(struct hosts *hosts, struct host *host, int64_t now)
{
    host->asking = true;
    hosts->asking++;
    if (hosts->ask(hosts->ask_owner, host->name))
        return;
    hosts_failed(hosts, host->name, "out of memory", now);
}

void hosts_run_due(struct hosts *hosts, int64_t now)
{
    if (hosts->due > now || hosts->ask == NULL)
        return;
    hosts->due = INT64_MAX;
    for (size_t i = 0; i < HOSTS_BUCKETS; i++)
        for (struct host *host = hosts->bucket[i]; host != NULL; host = host->next) {
            forget_old(hosts, host, now);
            if (host->due <= now && !host->asking && hosts->asking < HOSTS_AT_ONCE)
                ask(hosts, host, now);
            int64_t due = host->due <= now ? now + SOON_MS : host->due;
            if (!host->asking && due < hosts->due)
                hosts->due = due;
        }
}

/* NULL: it is held no more, or was let go and held again meanwhile. */
static struct host *reply_to(struct hosts *hosts, const char *name)
{
    struct host *host = *place_of(hosts, name);

    hosts->asking -= hosts->asking > 0;
    if (host == NULL || !host->asking)
        return NULL;
    host->asking = false;
    return host;
}

static void again_at(struct hosts *hosts, struct host *host, int64_t due)
{
    host->due = due;
    if (due < hosts->due)
        hosts->due = due;
}

static int by_address(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct rollcall_address));
}

void hosts_learnt(struct hosts *hosts, const char *name,
                  const struct rollcall_address *addresses, uint32_t count, uint32_t ttl,
                  int64_t now)
{
    struct rollcall_address sorted[HOSTS_ADDRESSES];
    struct host *host = reply_to(hosts, name);
    uint32_t wait = ttl < HOSTS_TTL_MIN ? HOSTS_TTL_MIN : ttl;

    if (host == NULL)
        return;
    if (count > HOSTS_ADDRESSES)
        count = HOSTS_ADDRESSES;
    if (count > 0)
        memcpy(sorted, addresses, count * sizeof *addresses);
    qsort(sorted, count, sizeof *sorted, by_address);
    if (count == 0 && (host->count > 0 || host->learnt == 0))
        log_warning("answer", "host %s has no address", host->name);
    else if (host->failures > 0)
        log_info("answer", "host %s has been looked up again", host->name);
    set_addresses(hosts, host, sorted, count);
    if (host->ttl != ttl)
        host->changed = hosts->changed = true;
    host->ttl = ttl;
    host->learnt = now;
    host->failures = 0;
    again_at(hosts, host,
             now + (int64_t)(wait > HOSTS_TTL_MAX ? HOSTS_TTL_MAX : wait) * SECOND);
}

void hosts_failed(struct hosts *hosts, const char *name, const char *why, int64_t now)
{
    struct host *host = reply_to(hosts, name);
    int64_t wait = HOSTS_RETRY_MS;

    if (host == NULL)
        return;
    for (uint32_t i = 0; i < host->failures && wait < HOSTS_RETRY_MAX_MS; i++)
        wait *= 2;
    if (host->failures++ == 0)
        log_warning("answer",
                    "cannot look up the host %s: %s; %s, asking again in %" PRId64
                    " s and then more rarely",
                    host->name, why,
                    host->count > 0 ? "what it was stays for an hour"
                                    : "it has no address until then",
                    wait / SECOND);
    again_at(hosts, host, now + (wait < HOSTS_RETRY_MAX_MS ? wait : HOSTS_RETRY_MAX_MS));
    forget_old(hosts, host, now);
}

void hosts_settle(struct hosts *hosts)
{
    for (size_t i = 0; hosts->changed && i < HOSTS_BUCKETS; i++)
        for (struct host *host = hosts->bucket[i]; host != NULL; host = host->next)
            host->changed = false;
    hosts->changed = false;
}
