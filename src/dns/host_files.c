#include "dns/host_files.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DNS_PORT = 53, NDOTS_MAX = 15 /* RES_MAXNDOTS */, WORD_MAX = 256 };

#define BLANKS " \t\r"

/* The next word of the line at `*at`; false at its end or at a comment. */
static bool next_word(const char **at, const char *end, char *word, size_t size)
{
    const char *from = *at;

    while (from < end && strchr(BLANKS, *from) != NULL)
        from++;
    const char *to = from;
    while (to < end && strchr(BLANKS, *to) == NULL)
        to++;
    *at = to;
    if (from == to || *from == '#')
        return false;
    snprintf(word, size, "%.*s", (int)(to - from), from);
    return true;
}

/* ---- resolv.conf ---------------------------------------------------------------- */

/* Literal, perhaps with its interface: "fe80::1%eth0" (RFC 4007 §11). */
static bool parse_server(const char *text, struct address *out)
{
    struct rollcall_address ip;
    char host[WORD_MAX];

    snprintf(host, sizeof host, "%s", text);
    char *scope = strchr(host, '%');
    if (scope != NULL)
        *scope++ = '\0';
    if (!address_parse_ip(host, &ip))
        return false;
    address_from_ip(&ip, DNS_PORT, out);
    if (scope != NULL && ip.family == 6)
        out->v6.sin6_scope_id = if_nametoindex(scope);
    return true;
}

static void read_options(const char *at, const char *end, struct resolv_conf *out)
{
    char word[WORD_MAX];

    while (next_word(&at, end, word, sizeof word)) {
        if (strncmp(word, "ndots:", 6) != 0)
            continue;
        unsigned long ndots = strtoul(word + 6, NULL, 10);
        out->ndots = ndots > NDOTS_MAX ? NDOTS_MAX : (unsigned)ndots;
    }
}

static void read_search(const char *at, const char *end, struct resolv_conf *out)
{
    char word[WORD_MAX];
    size_t used = 0;

    out->search[0] = '\0'; /* the last line counts */
    while (used < sizeof out->search && next_word(&at, end, word, sizeof word))
        used += (size_t)snprintf(out->search + used, sizeof out->search - used, "%s%s",
                                 used > 0 ? " " : "", word);
}

static void read_resolv_line(const char *at, const char *end, struct resolv_conf *out)
{
    char word[WORD_MAX];

    if (*at == ';' || !next_word(&at, end, word, sizeof word))
        return;
    if (strcmp(word, "search") == 0 || strcmp(word, "domain") == 0)
        read_search(at, end, out);
    else if (strcmp(word, "options") == 0)
        read_options(at, end, out);
    else if (strcmp(word, "nameserver") == 0 && out->server_count < HOST_SERVERS &&
             next_word(&at, end, word, sizeof word) &&
             parse_server(word, &out->servers[out->server_count]))
        out->server_count++;
}

void resolv_conf_parse(const char *text, struct resolv_conf *out)
{
    memset(out, 0, sizeof *out);
    out->ndots = 1;
    while (*text != '\0') {
        const char *end = text + strcspn(text, "\n");
        read_resolv_line(text, end, out);
        text = *end == '\n' ? end + 1 : end;
    }
    if (out->server_count > 0)
        return;
    out->by_default = parse_server("127.0.0.1", &out->servers[0]);
    out->server_count = 1;
}

/* ---- nsswitch.conf -------------------------------------------------------------- */

/* "NOTFOUND=return" or "!UNAVAIL=return", without brackets: what of it concerns a name
 * that is not there? Others leave the state as it was. */
static void apply_action(const char *action, bool *stops)
{
    bool negated = action[0] == '!';
    const char *status = action + negated;
    const char *equals = strchr(status, '=');

    if (equals == NULL)
        return;
    bool is_absence =
        (size_t)(equals - status) == 8 && strncasecmp(status, "NOTFOUND", 8) == 0;
    if (is_absence != negated) /* [!NOTFOUND=…] is of every other status */
        *stops = strcasecmp(equals + 1, "return") == 0;
}

/* "[A=b C=d]" at `*at`, which is behind it then. */
static void read_actions(const char **at, const char *end, struct name_source *source)
{
    const char *close = memchr(*at, ']', (size_t)(end - *at));
    const char *stop = close != NULL ? close : end;
    const char *from = *at + 1;
    size_t used = strlen(source->actions);
    char word[WORD_MAX];

    snprintf(source->actions + used, sizeof source->actions - used, "%s[%.*s]",
             used > 0 ? " " : "", (int)(stop - from), from);
    while (next_word(&from, stop, word, sizeof word))
        apply_action(word, &source->stops_when_absent);
    *at = close != NULL ? close + 1 : end;
}

static void read_hosts_line(const char *at, const char *end, struct nsswitch *out)
{
    while (at < end && *at != '#') {
        if (strchr(BLANKS, *at) != NULL) {
            at++;
        } else if (*at == '[') {
            struct name_source lost = { .name = "" };
            read_actions(&at, end,
                         out->count > 0 ? &out->sources[out->count - 1] : &lost);
        } else {
            const char *from = at;
            while (at < end && strchr(BLANKS "[#", *at) == NULL)
                at++;
            if (out->count == HOST_SOURCES)
                return;
            struct name_source *source = &out->sources[out->count++];
            snprintf(source->name, sizeof source->name, "%.*s", (int)(at - from), from);
        }
    }
}

void nsswitch_parse(const char *text, struct nsswitch *out)
{
    static const char fallback[] = "files dns";

    memset(out, 0, sizeof *out);
    while (*text != '\0') {
        const char *end = text + strcspn(text, "\n");
        const char *at = text + strspn(text, BLANKS);
        if (strncmp(at, "hosts:", 6) == 0) {
            out->count = 0; /* the last line counts */
            memset(out->sources, 0, sizeof out->sources);
            read_hosts_line(at + 6, end, out);
        }
        text = *end == '\n' ? end + 1 : end;
    }
    out->by_default = out->count == 0;
    if (out->by_default)
        read_hosts_line(fallback, fallback + sizeof fallback - 1, out);
}

int nsswitch_find(const struct nsswitch *nsswitch, const char *name)
{
    for (unsigned i = 0; i < nsswitch->count; i++)
        if (strcmp(nsswitch->sources[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* "resolve" is systemd-resolved, which sends to DNS what is routed to it. */
static bool asks_dns(const struct name_source *source)
{
    return strcmp(source->name, "dns") == 0 || strcmp(source->name, "resolve") == 0;
}

static int first_dns(const struct nsswitch *nsswitch)
{
    for (unsigned i = 0; i < nsswitch->count; i++)
        if (asks_dns(&nsswitch->sources[i]))
            return (int)i;
    return -1;
}

const struct name_source *nsswitch_mdns_before_dns(const struct nsswitch *nsswitch)
{
    for (unsigned i = 0; i < nsswitch->count; i++) {
        const struct name_source *source = &nsswitch->sources[i];
        if (asks_dns(source))
            return NULL;
        if (strncmp(source->name, "mdns", 4) == 0 && source->stops_when_absent)
            return source;
    }
    return NULL;
}

static void add_source(const struct name_source *source, char *out, size_t size)
{
    size_t used = strlen(out);

    snprintf(out + used, size - used, "%s%s%s%s", used > 0 ? " " : "", source->name,
             source->actions[0] != '\0' ? " " : "", source->actions);
}

void nsswitch_print(const struct nsswitch *nsswitch, char *out, size_t size)
{
    out[0] = '\0';
    for (unsigned i = 0; i < nsswitch->count; i++)
        add_source(&nsswitch->sources[i], out, size);
}

void nsswitch_suggest(const struct nsswitch *nsswitch, char *out, size_t size)
{
    static const struct name_source dns = { .name = "dns" };
    const struct name_source *mdns = nsswitch_mdns_before_dns(nsswitch);
    int first = first_dns(nsswitch);
    const struct name_source *moved = first < 0 ? &dns : &nsswitch->sources[first];

    out[0] = '\0';
    for (unsigned i = 0; i < nsswitch->count; i++) {
        if (mdns == &nsswitch->sources[i])
            add_source(moved, out, size);
        if (mdns == NULL || (int)i != first)
            add_source(&nsswitch->sources[i], out, size);
    }
    if (mdns == NULL && first < 0)
        add_source(&dns, out, size);
}

/* ---- Both ----------------------------------------------------------------------- */

bool name_is_multicast(const char *name)
{
    size_t length = strlen(name);

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length < 5 || strncasecmp(name + length - 5, "local", 5) != 0)
        return false;
    return length == 5 || name[length - 6] == '.';
}

enum rollcall_status host_file_read(const char *path, char *out, size_t size,
                                    struct reason *why)
{
    size_t used = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO does not hold us */

    out[0] = '\0';
    while (fd >= 0 && used + 1 < size &&
           (got = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)got;
    int error = errno;
    out[used] = '\0';
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && got >= 0)
        return ROLLCALL_OK;
    reason_set(why, "cannot read %s: %s", path, strerror(error));
    return error == ENOENT ? ROLLCALL_E_NOTFOUND : ROLLCALL_E_IO;
}
