/* cli/check_option.c - one check in one word: "http:/health,interval=1s". */
#include <string.h>

#include "base/units.h"
#include "cli/instance_options.h"

const char check_option_help[] =
    "A CHECK is its kind, then where or what to ask, then settings with commas:\n"
    "  tcp                              a connection to its address and port opens\n"
    "  tcp:10.0.0.1:5432                ... to another address\n"
    "  http:/health                     GET /health answers 200 to 399\n"
    "  http://10.0.0.1:9000/ready       ... at another address\n"
    "  http:/health,interval=1s,timeout=500ms,failure_threshold=2\n"
    "  https:/health,tls.server_name=web.example,tls.ca=/etc/ca.pem\n"
    "  grpc,service=payments            grpc.health.v1 says SERVING\n"
    "  exec:/usr/lib/checks/disk 10%    it exits with 0 (1: warning); no shell,\n"
    "                                   blanks separate; or command=... once for each\n"
    "  udp,body=ping,expect_body=pong   a datagram is answered\n"
    "  dns:example.org AAAA             the question is answered\n"
    "  alias:web-1                      as well as that instance is\n"
    "  ttl,interval=30s                 `rollcall renew --status` must come in time\n"
    "Settings of every kind: interval, timeout, initial_delay, success_threshold,\n"
    "failure_threshold, warning_threshold, max_latency, latency_factor,\n"
    "deregister_after, initial_status, keep_output, shadow, name, notes; others as its\n"
    "kind knows them\n"
    "(expect_status=200, method=HEAD, headers.Host=web). A comma inside a value is\n"
    "written \\,.";

enum field_type { DURATION, COUNT, FACTOR, FLAG, TEXT };

/* What every kind has; anything else is an option of the kind. */
static const struct {
    const char *name;
    enum field_type type;
    size_t offset;
} fields[] = {
    { "interval", DURATION, offsetof(struct rollcall_check, interval_ms) },
    { "timeout", DURATION, offsetof(struct rollcall_check, timeout_ms) },
    { "initial_delay", DURATION, offsetof(struct rollcall_check, initial_delay_ms) },
    { "max_latency", DURATION, offsetof(struct rollcall_check, max_latency_ms) },
    { "latency_factor", FACTOR, offsetof(struct rollcall_check, latency_factor) },
    { "deregister_after", DURATION,
      offsetof(struct rollcall_check, deregister_after_ms) },
    { "shadow", FLAG, offsetof(struct rollcall_check, shadow) },
    { "success_threshold", COUNT, offsetof(struct rollcall_check, success_threshold) },
    { "failure_threshold", COUNT, offsetof(struct rollcall_check, failure_threshold) },
    { "warning_threshold", COUNT, offsetof(struct rollcall_check, warning_threshold) },
    { "keep_output", FLAG, offsetof(struct rollcall_check, keep_output) },
    { "name", TEXT, offsetof(struct rollcall_check, name) },
    { "notes", TEXT, offsetof(struct rollcall_check, notes) },
};

static bool add_option(struct instance_draft *draft, struct rollcall_check *check,
                       const char *key, const char *value, struct reason *why)
{
    if (draft->option_count == DRAFT_OPTIONS) {
        reason_set(why, "--check: more than %d settings together", DRAFT_OPTIONS);
        return false;
    }
    draft->options[draft->option_count++] = (struct rollcall_pair){ key, value };
    check->option_count++;
    return true;
}

static bool set_field(struct rollcall_check *check, size_t i, const char *value,
                      struct reason *why)
{
    char *field = (char *)check + fields[i].offset;
    uint64_t number = 0;
    uint32_t milliseconds;
    uint16_t count;

    switch (fields[i].type) {
    case TEXT:
        memcpy(field, &value, sizeof value);
        return true;
    case DURATION:
        if (!units_parse_duration(value, &number) || number > UINT32_MAX) {
            reason_set(why, "--check: %s=%s: a duration is needed, like 250ms or 10s",
                       fields[i].name, value);
            return false;
        }
        milliseconds = (uint32_t)number;
        memcpy(field, &milliseconds, sizeof milliseconds);
        return true;
    case COUNT:
        if (!units_parse_u64(value, UINT16_MAX, &number)) {
            reason_set(why, "--check: %s=%s: a number is needed", fields[i].name, value);
            return false;
        }
        count = (uint16_t)number;
        memcpy(field, &count, sizeof count);
        return true;
    case FACTOR:
        if (!units_parse_thousandths(value, UINT32_MAX, &number)) {
            reason_set(why, "--check: %s=%s: a number is needed, like 3 or 2.5",
                       fields[i].name, value);
            return false;
        }
        milliseconds = (uint32_t)number;
        memcpy(field, &milliseconds, sizeof milliseconds);
        return true;
    case FLAG:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
            reason_set(why, "--check: %s=%s: true or false is needed", fields[i].name,
                       value);
            return false;
        }
        *(bool *)field = strcmp(value, "true") == 0;
        return true;
    }
    return false;
}

/* `setting` is "key=value", in memory that may be written. */
static bool take_setting(struct instance_draft *draft, struct rollcall_check *check,
                         char *setting, struct reason *why)
{
    char *equals = strchr(setting, '=');

    if (equals == NULL || equals == setting) {
        reason_set(why,
                   "--check: \"%s\": a setting is KEY=VALUE, like interval=1s; settings "
                   "have commas between them",
                   setting);
        return false;
    }
    *equals = '\0';
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, setting) == 0)
            return set_field(check, i, equals + 1, why);
    return add_option(draft, check, setting, equals + 1, why);
}

/* "PROGRAM ARGUMENT ...": one option each. */
static bool take_command(struct instance_draft *draft, struct rollcall_check *check,
                         char *words, struct reason *why)
{
    char *rest = words;
    bool good = true;

    while (good && (words = strsep(&rest, " ")) != NULL)
        if (words[0] != '\0')
            good = add_option(draft, check, "command", words, why);
    return good;
}

/* What follows the colon: a path, an address, or both ("//10.0.0.1:80/ready"). */
static bool take_where(struct instance_draft *draft, struct rollcall_check *check,
                       const char *where, struct reason *why)
{
    if (where[0] == '/' && where[1] != '/')
        return add_option(draft, check, "path", where, why);
    if (where[0] != '/')
        return add_option(draft, check, "target", where, why);
    where += 2;
    size_t length = strcspn(where, "/");
    const char *target = instance_draft_text(draft, where, length);
    if (target == NULL) {
        reason_set(why, "--check: too long");
        return false;
    }
    return add_option(draft, check, "target", target, why) &&
           (where[length] == '\0' ||
            add_option(draft, check, "path", where + length, why));
}

/* Cut at the next comma that has no backslash; backslashes before commas go. */
static char *next_piece(char **rest)
{
    char *piece = *rest;
    char *to = piece;
    char *from = piece;

    if (piece == NULL)
        return NULL;
    while (*from != '\0' && *from != ',') {
        if (from[0] == '\\' && from[1] == ',')
            from++;
        *to++ = *from++;
    }
    *rest = *from == ',' ? from + 1 : NULL;
    *to = '\0';
    return piece;
}

bool check_option_add(struct instance_draft *draft, const char *text, struct reason *why)
{
    struct rollcall_instance *instance = &draft->registration.instance;

    if (instance->check_count == DRAFT_CHECKS) {
        reason_set(why, "--check may be given %d times at most", DRAFT_CHECKS);
        return false;
    }
    struct rollcall_check *check = &draft->checks[instance->check_count];
    *check = (struct rollcall_check){ .options = draft->options + draft->option_count };
    char *rest = (char *)(uintptr_t)instance_draft_text(draft, text, strlen(text));
    char *piece = next_piece(&rest);
    if (piece == NULL || piece[0] == '\0' || piece[0] == ':') {
        reason_set(why,
                   "--check \"%s\": it begins with its kind, like tcp or "
                   "http:/health",
                   text);
        return false;
    }
    char *colon = strchr(piece, ':');
    check->kind = piece;
    bool good = true;
    if (colon != NULL) {
        *colon = '\0';
        if (strcmp(piece, "exec") == 0)
            good = take_command(draft, check, colon + 1, why);
        else if (strcmp(piece, "dns") == 0)
            good = add_option(draft, check, "query", colon + 1, why);
        else if (strcmp(piece, "alias") == 0)
            good = add_option(draft, check, "instance", colon + 1, why);
        else
            good = take_where(draft, check, colon + 1, why);
    }
    while (good && (piece = next_piece(&rest)) != NULL)
        good = take_setting(draft, check, piece, why);
    if (good)
        instance->check_count++;
    return good;
}
