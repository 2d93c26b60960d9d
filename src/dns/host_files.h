/* dns/host_files.h - whom this host asks for names: resolv.conf and nsswitch.conf.
 *
 * Read as glibc 2.36 reads them (resolv.conf(5), nsswitch.conf(5)); what it ignores is
 * ignored here. The texts are given, so judging them needs no file.
 * Threads  pure functions, any thread; host_file_read() is for the start of a program.
 */
#ifndef DNS_HOST_FILES_H
#define DNS_HOST_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"
#include "base/reason.h"
#include "rollcall/status.h"

#define HOST_RESOLV_CONF "/etc/resolv.conf"
#define HOST_NSSWITCH    "/etc/nsswitch.conf"

enum {
    HOST_FILE_MAX = 65536,  /* octets of a file that are read */
    HOST_SERVERS = 3,       /* MAXNS of glibc: more are ignored */
    HOST_SOURCES = 16,      /* of the line "hosts:" */
    HOST_SEARCH_TEXT = 256, /* the search list as it is written */
    HOST_LINE_TEXT = 512
};

struct resolv_conf {
    struct address servers[HOST_SERVERS];
    unsigned server_count;         /* at least 1: without a line it is 127.0.0.1 */
    bool by_default;               /* there was no line that could be read */
    char search[HOST_SEARCH_TEXT]; /* "" when none */
    unsigned ndots;                /* 1 when nobody says */
};

struct name_source {
    char name[32];          /* "mdns4_minimal" */
    char actions[96];       /* "[NOTFOUND=return]", "" when none */
    bool stops_when_absent; /* a name that it does not have is not looked for further */
};

struct nsswitch {
    struct name_source sources[HOST_SOURCES];
    unsigned count;
    bool by_default; /* no line "hosts:": "files dns" */
};

void resolv_conf_parse(const char *text, struct resolv_conf *out);
void nsswitch_parse(const char *text, struct nsswitch *out);

/* Index of the source, -1 when it is not there. */
int nsswitch_find(const struct nsswitch *nsswitch, const char *name);

/* The multicast source (nss-mdns: mdns, mdns4_minimal, …) that ends the search for a name
 * under local. before DNS is asked; NULL when none is in the way (RFC 6762 §3). */
const struct name_source *nsswitch_mdns_before_dns(const struct nsswitch *nsswitch);

/* The line as it should be: DNS before multicast, or at the end where it is missing. */
void nsswitch_suggest(const struct nsswitch *nsswitch, char *out, size_t size);
/* The line as it is, without "hosts:". */
void nsswitch_print(const struct nsswitch *nsswitch, char *out, size_t size);

/* Does the name (text, final dot or not) end in the label "local"? */
bool name_is_multicast(const char *name);

/* The first `size` - 1 octets at most. E_NOTFOUND when there is no such file. */
enum rollcall_status host_file_read(const char *path, char *out, size_t size,
                                    struct reason *why);

#endif
