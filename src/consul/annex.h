/* consul/annex.h - what Consul's definitions say and our instance cannot.
 *
 * It travels as one JSON text with the instance (`annex`), saved, compared and deleted
 * with it. What can be told from the instance is left out, so an ordinary registration
 * has none at all: NULL. Instances registered by other doors have none either, and read
 * the same way.
 *
 * A struct annex is used both ways: filled in and written, or read. Texts and JSON values
 * in it are borrowed from whoever filled it, or from `root` after annex_read().
 * Threads  pure functions, any thread.
 */
#ifndef CONSUL_ANNEX_H
#define CONSUL_ANNEX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/validate.h"
#include "rollcall/service.h"

enum {
    ANNEX_MAX = 16 * 1024, /* octets of the text */
    ANNEX_TEXT_SIZE = 640  /* an id or name that is put together from parts */
};

/* Consul's word for a duration: "10s", "1m0s", "1.5s", "0s". `out` of 32. */
void annex_print_duration(int64_t nanoseconds, char out[32]);

/* Of a check. NULL: as the instance says it, or the default that its function gives. */
struct annex_check {
    const char *id;       /* CheckID */
    const char *name;     /* Name */
    const char *notes;    /* Notes, where ours cannot hold them */
    const char *interval; /* Interval and Timeout as registered */
    const char *timeout;
    uint16_t output_max; /* OutputMaxSize; 0: the default */
    bool alone;          /* by check/register: an unset duration is "0s", not "" */
    /* Only of instances on other nodes, whose checks nobody runs. */
    enum rollcall_health status;
    const char *type;
    const char *output;
    const json_t *definition; /* object; as given */
};

/* The node of an instance that stands on another one (catalog/register). */
struct annex_node {
    const char *name; /* NULL: it stands on ours */
    const char *id;   /* "" when none was given */
    const char *address;
    const json_t *tagged; /* object of texts; NULL: none */
    const json_t *meta;   /* object of texts; NULL: none */
};

struct annex {
    json_t *root;           /* owned; what annex_read() parsed; NULL: nothing */
    const char *service;    /* the name as it was spelled; NULL: as our label */
    const char *service_id; /* ServiceID; NULL: the instance's id */
    const char *address;    /* as given; "": none was; NULL: as the instance's */
    const char *kind;       /* Kind; NULL: "" */
    const char *socket_path;
    bool has_warning_weight; /* else 1 */
    uint16_t warning_weight;
    bool tag_override;    /* EnableTagOverride */
    const json_t *tags;   /* list of texts, where ours cannot hold it as it is */
    const json_t *tagged; /* TaggedAddresses as given; without those made by Consul */
    const json_t *proxy;  /* opaque, as are the next two */
    const json_t *connect;
    const json_t *locality;
    struct annex_node node;
    /* Of the instance's checks, by their index; on another node those are all there is.
     */
    unsigned check_count;
    struct annex_check checks[MODEL_CHECKS_MAX];
};

/* What goes with `is`: of checks as many as it has. Appends nothing when there is nothing
 * to say; look at out->failed and the length. */
void annex_write(const struct annex *annex, const struct rollcall_instance *is,
                 struct buffer *out);

/* Always ends in a usable struct: a damaged text reads as none. check_count is that of
 * the instance, or of the annex on another node. */
void annex_read(struct annex *out, const struct rollcall_instance *is);
void annex_deinit(struct annex *annex);

/* A check that nobody runs, as JSON, all of it: also in the record of its node. What it
 * does not say is NULL, or critical, after reading; texts are borrowed from `from`. */
json_t *annex_check_write(const struct annex_check *from);
void annex_check_read(struct annex_check *out, const json_t *from);

/* The name as it was registered. */
const char *annex_service(const struct annex *annex, const struct rollcall_instance *is);
const char *annex_service_id(const struct annex *annex,
                             const struct rollcall_instance *is);
/* Address as it was registered: "" when none was. `out` of ANNEX_TEXT_SIZE. */
const char *annex_address(const struct annex *annex, const struct rollcall_instance *is,
                          char *out);
/* Of check `index`; those that are made up are put into `out` of ANNEX_TEXT_SIZE. */
const char *annex_check_id(const struct annex *annex, const struct rollcall_instance *is,
                           unsigned index, char *out);
const char *annex_check_name(const struct annex *annex,
                             const struct rollcall_instance *is, unsigned index,
                             char *out);
const char *annex_check_notes(const struct annex *annex,
                              const struct rollcall_instance *is, unsigned index);
const char *annex_check_type(const struct annex *annex,
                             const struct rollcall_instance *is, unsigned index);
/* "10s"; "" or "0s" when none was given. */
const char *annex_check_interval(const struct annex *annex,
                                 const struct rollcall_instance *is, unsigned index,
                                 char *out);
const char *annex_check_timeout(const struct annex *annex,
                                const struct rollcall_instance *is, unsigned index,
                                char *out);
/* The status it had before its first result. */
enum rollcall_health annex_check_initial(const struct annex *annex,
                                         const struct rollcall_instance *is,
                                         unsigned index);
/* The check with that CheckID. False: none. */
bool annex_find_check(const struct annex *annex, const struct rollcall_instance *is,
                      const char *check_id, unsigned *index);

#endif
