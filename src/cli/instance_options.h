/* cli/instance_options.h - an instance as options, for register and run.
 *
 * Borrowed  the draft points into argv and itself: keep both. Threads  one.
 */
#ifndef CLI_INSTANCE_OPTIONS_H
#define CLI_INSTANCE_OPTIONS_H

#include "base/reason.h"
#include "cli/arguments.h"
#include "rollcall/client.h"

/* Filled by instance_arguments; a command that has more options embeds it first. */
struct instance_options {
    const char *service;
    const char *id;
    const char *namespace_name;
    const char *version;
    const char *datacenter;
    const char *zone;
    const char *status;
    const char *checks_require;
    struct argument_list addresses;
    struct argument_list named_ports;
    struct argument_list tags;
    struct argument_list meta;
    struct argument_list checks;
    struct argument_number port;
    struct argument_number weight;
    struct argument_number priority;
    struct argument_number ttl;
};

extern const struct argument instance_arguments[];

enum {
    DRAFT_ADDRESSES = 16,
    DRAFT_CHECKS = 16,
    DRAFT_OPTIONS = 256,
    DRAFT_TEXT = 64 * 1024
};

struct instance_draft {
    struct rollcall_registration registration;
    struct rollcall_address addresses[DRAFT_ADDRESSES];
    struct rollcall_port ports[ARGUMENT_LIST_MAX];
    struct rollcall_pair meta[ARGUMENT_LIST_MAX];
    struct rollcall_check checks[DRAFT_CHECKS];
    struct rollcall_pair options[DRAFT_OPTIONS]; /* of all checks, one after another */
    unsigned option_count;
    char text[DRAFT_TEXT]; /* what was cut out of options */
    size_t text_used;
};

/* NULL when memory is short. free() it. */
struct instance_draft *instance_draft_create(void);

/* False: usage, with a sentence. Leases are the caller's. */
bool instance_options_apply(const struct instance_options *options,
                            struct instance_draft *draft, struct reason *why);

/* `length` octets of `from` as a text of the draft; NULL when there is no room. */
const char *instance_draft_text(struct instance_draft *draft, const char *from,
                                size_t length);

/* "http:/health,interval=1s" (cli/check_option.c): one more check of the draft. */
bool check_option_add(struct instance_draft *draft, const char *text, struct reason *why);
/* How --check is written, for help. */
extern const char check_option_help[];

#endif
