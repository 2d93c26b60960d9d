/* The reasons as sentences for a tired person. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer/explaining.h"
#include "answer/names.h"
#include "base/units.h"
#include "dns/wire.h"

enum { TIME_TEXT = 80, LIST_ITEMS = 8, SECOND = 1000, WHOLE = 1000 };

/* What a sentence is made of. */
struct words {
    char *at, *end;
    const struct rollcall_instance *is;
    const struct entry *entry;
    const struct standing *standing; /* NULL: none */
    const struct answer_zone *zone;
    int64_t wall;
    int64_t monotonic;
    int64_t node_since; /* wall ms: the node is down since then */
};

static void say(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct words *words, const char *format, ...)
{
    va_list arguments;
    size_t room = (size_t)(words->end - words->at);

    va_start(arguments, format);
    int length = vsnprintf(words->at, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        words->at += (size_t)length < room ? (size_t)length : room - 1;
}

static void say_time(struct words *words, int64_t wall)
{
    time_t seconds = (time_t)(wall / SECOND);
    struct tm parts;
    char text[TIME_TEXT];

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return;
    say(words, "%s", text);
}

static void say_duration(struct words *words, int64_t ms)
{
    char text[32];
    int64_t rounded = ms < 0 ? 0 : (ms + SECOND - 1) / SECOND * SECOND;

    units_print_duration((uint64_t)rounded, text, sizeof text);
    say(words, "%s", text);
}

/* " for 2m10s (since 2026-...)" */
static void say_since(struct words *words, int64_t since)
{
    if (since <= 0)
        return;
    say(words, " for ");
    say_duration(words, words->wall - since);
    say(words, " (since ");
    say_time(words, since);
    say(words, ")");
}

/* ", until 2026-... (4s left)"; 0: nothing is said of an end. */
static void say_until(struct words *words, int64_t until, const char *for_ever)
{
    if (until <= 0) {
        say(words, "%s", for_ever);
        return;
    }
    say(words, ", until ");
    say_time(words, until);
    if (until <= words->wall)
        return;
    say(words, " (");
    say_duration(words, until - words->wall);
    say(words, " left)");
}

static void say_first_run(struct words *words, const struct rollcall_check *check,
                          const struct check_state *state)
{
    int64_t begins = (int64_t)words->entry->created + check->initial_delay_ms;

    say(words, "check '%s' (%s) has no result yet", check->name, check->kind);
    if (state->output != NULL) {
        say(words, ": it %.300s", state->output);
        return;
    }
    if (check->initial_delay_ms == 0 || begins <= words->wall)
        return;
    say(words, ": its initial_delay is not over for ");
    say_duration(words, begins - words->wall);
}

static void say_check(struct words *words, const struct rollcall_check *check,
                      const struct check_state *state)
{
    if (!state->known) {
        say_first_run(words, check, state);
        return;
    }
    say(words, "check '%s' (%s) is %s", check->name, check->kind,
        health_word(state->health));
    say_since(words, state->since);
    if (state->output != NULL && state->output[0] != '\0')
        say(words, ": %.300s", state->output);
}

/* Those of its checks that do not pass. */
static void say_checks(struct words *words)
{
    const struct entry *entry = words->entry;
    const char *before = ": ";
    bool any = false;

    for (unsigned i = 0; entry->checks != NULL && i < words->is->check_count; i++) {
        const struct rollcall_check *check = &words->is->checks[i];
        if (check->shadow ||
            (entry->checks[i].known && entry->checks[i].health == ROLLCALL_PASSING))
            continue;
        say(words, "%s", before);
        say_check(words, check, &entry->checks[i]);
        before = "; ";
        any = true;
    }
    if (!any && entry->health != ROLLCALL_PASSING)
        say(words, ": it says of itself that it is %s", health_word(entry->own));
}

static void say_healthy(struct words *words)
{
    unsigned checks = instance_live_checks(words->is);

    if (checks == 0)
        say(words, "it has no check, and says of itself that it is passing");
    else
        say(words, "its check%s pass%s", checks == 1 ? "" : "s", checks == 1 ? "es" : "");
}

static void say_override(struct words *words, const char *direction)
{
    const struct standing *standing = words->standing;

    say(words, "overridden %s by uid %u", direction, (unsigned)standing->override_by);
    say_since(words, standing->override_since);
    say_until(words, standing->override_until, ", until it is taken back");
    if (standing->override_note != NULL)
        say(words, ": %s", standing->override_note);
}

static void say_drain(struct words *words)
{
    const struct standing *standing = words->standing;

    say(words, "drained by uid %u", (unsigned)standing->drain_by);
    say_since(words, standing->drain_since);
    if (standing->drain_until > words->wall) {
        say(words, "; caches may have it for ");
        say_duration(words, standing->drain_until - words->wall);
    } else {
        say(words, "; safe to stop");
    }
}

static void say_damped(struct words *words)
{
    say(words, "damped: it moved in and out too often");
    say_until(words, words->standing->damped_until, "");
    say_checks(words);
}

static void say_tags(struct words *words)
{
    unsigned count = words->is->tag_count;

    say(words, "has no such tag: it has %s", count == 0 ? "none" : "");
    for (unsigned i = 0; i < count && i < LIST_ITEMS; i++)
        say(words, "%s%s", i > 0 ? ", " : "", words->is->tags[i]);
    if (count > LIST_ITEMS)
        say(words, " and %u more", count - LIST_ITEMS);
}

static void say_ports(struct words *words)
{
    unsigned count = words->is->port_count;

    say(words, "has no such port: it has %s", count == 0 ? "none with a name" : "");
    for (unsigned i = 0; i < count && i < LIST_ITEMS; i++)
        say(words, "%s%s/%s %u", i > 0 ? ", " : "", words->is->ports[i].name,
            protocol_word(words->is->ports[i].protocol), words->is->ports[i].number);
}

static void say_not_healthy(struct words *words, const char *why)
{
    say(words, "%s", why);
    say_checks(words);
}

/* Out because of what the name says. */
static void say_elsewhere(struct words *words, enum member_reason reason)
{
    if (reason == MEMBER_OTHER_LABEL)
        say(words, "the name asks for another instance");
    else if (reason == MEMBER_OTHER_TAG)
        say_tags(words);
    else if (reason == MEMBER_OTHER_PORT)
        say_ports(words);
    else if (reason == MEMBER_OTHER_NAMESPACE)
        say(words, "is in namespace %s, of which the name does not speak",
            words->is->namespace_name);
    else if (reason == MEMBER_OTHER_DATACENTER)
        say(words, "is in datacenter %s, of which the name does not speak",
            names_datacenter(words->zone, words->is));
    else
        say(words, "has no such name in this zone: something else has it, it would be "
                   "too long, or its word is reserved");
}

/* Out because of the type, or of this one reply. */
static void say_unanswered(struct words *words, enum member_reason reason,
                           const struct explaining *now)
{
    if (reason == MEMBER_NO_PORT)
        say(words, "has no port, which SRV needs");
    else if (reason == MEMBER_HOST_NAME)
        say(words, "has the host name %s in place of addresses", words->is->host);
    else if (reason == MEMBER_NO_ADDRESS)
        say(words, "has no IPv%c address", now->query.type == DNS_TYPE_AAAA ? '6' : '4');
    else if (reason == MEMBER_VIRTUAL)
        say(words, "a virtual address of the service is answered in its place");
    else if (reason == MEMBER_BEYOND_LIMIT)
        say(words, "is handed out, but not this time: an answer has at most so many "
                   "(max_answers), in turn");
    else if (reason == MEMBER_BEYOND_PACKET)
        say(words,
            "is handed out, but the reply is full at %zu octets: it is in the "
            "answer over TCP",
            now->reply.limit + DNS_OPT_SIZE);
    else
        say(words, "gives no %s record", now->out->type);
}

/* Of those that are in, or could be. */
static void say_health(struct words *words, enum member_reason reason)
{
    switch (reason) {
    case MEMBER_HEALTHY:
        say_healthy(words);
        break;
    case MEMBER_WARNING:
        say_not_healthy(words, "in warning, and handed out");
        break;
    case MEMBER_OVERRIDDEN_UP:
        say_override(words, "up");
        break;
    case MEMBER_HELD:
        say_not_healthy(words, "held in: too many would leave at once");
        break;
    case MEMBER_FROZEN:
        say_not_healthy(words, "frozen as it was: the checks themselves are in doubt");
        break;
    case MEMBER_PANIC:
        say_not_healthy(words, "not healthy, but too few others are (min_healthy)");
        break;
    case MEMBER_OPEN:
        say_not_healthy(words, "not healthy, nor is any other (no_healthy: all)");
        break;
    case MEMBER_NAMED:
        say(words, "its own name or address is asked for, which is answered whatever "
                   "its health");
        if (words->entry->health != ROLLCALL_PASSING)
            say(words, " (%s)", health_word(words->entry->health));
        break;
    default:
        say_not_healthy(words, "not healthy, but one of the last that were (no_healthy: "
                               "last)");
        break;
    }
}

static void say_out(struct words *words, enum member_reason reason)
{
    switch (reason) {
    case MEMBER_DRAINING:
        say_drain(words);
        break;
    case MEMBER_OVERRIDDEN_DOWN:
        say_override(words, "down");
        break;
    case MEMBER_NODE_DOWN:
        say(words, "the node is down");
        say_since(words, words->node_since);
        say(words, ": all of its instances are out until it is up again");
        break;
    case MEMBER_DAMPED:
        say_damped(words);
        break;
    case MEMBER_STARTING:
        say_not_healthy(words, "no check has passed yet");
        break;
    case MEMBER_NOT_PASSING:
        say_not_healthy(words, "in warning, and only_passing leaves those out");
        break;
    case MEMBER_FROZEN_OUT:
        say_not_healthy(words, "frozen out: the checks are in doubt, and it was out "
                               "before");
        break;
    default:
        say_not_healthy(words, "critical");
        break;
    }
}

/* A lease that is about to end explains what comes next. */
static void say_lease(struct words *words)
{
    const struct rollcall_lease *lease = &words->is->lease;
    int64_t left = words->entry->lease.due - words->monotonic;

    if (lease->kind != ROLLCALL_LEASE_TTL || !heap_node_waits(&words->entry->lease) ||
        left * 2 > (int64_t)lease->ms)
        return;
    say(words, "; its lease ends in ");
    say_duration(words, left);
    say(words, " unless it is renewed");
}

void explain_words(const struct explaining *now, const struct answer_zone *zone,
                   const struct judged *judged, char *out, size_t size)
{
    struct words words = {
        .at = out,
        .end = out + size,
        .is = &judged->entry->instance->is,
        .entry = judged->entry,
        .standing = judged->entry->standing,
        .zone = zone,
        .wall = now->question->wall,
        .monotonic = now->answer->now,
        .node_since = now->answer->registry == NULL
                          ? 0
                          : registry_node_since(now->answer->registry),
    };
    enum member_reason reason = judged->reason;

    out[0] = '\0';
    if (reason <= MEMBER_LAST)
        say_health(&words, reason);
    else if (reason <= MEMBER_OTHER_PORT ||
             (reason >= MEMBER_OTHER_NAMESPACE && reason <= MEMBER_NOT_NAMED))
        say_elsewhere(&words, reason);
    else if (reason <= MEMBER_BEYOND_PACKET)
        say_unanswered(&words, reason, now);
    else
        say_out(&words, reason);
    say_lease(&words);
}

/* ---- the first line ------------------------------------------------------------- */

static void say_instances(struct words *words, const struct explanation *out)
{
    say(words, "%" PRIu32 " of %" PRIu32 " instance%s in", out->in, out->total,
        out->total == 1 ? "" : "s");
}

static void say_refused(struct words *words, const struct explaining *now)
{
    if (now->question->refused)
        say(words, "REFUSED, dns.allow_query does not list %s",
            now->question->client != NULL ? now->question->client : "the client");
    else
        say(words, "REFUSED, the name is in none of this server's zones");
}

static void say_negative(struct words *words, const struct explaining *now)
{
    const struct explanation *out = now->out;

    if (now->rcode == DNS_RCODE_NXDOMAIN && now->any_candidate)
        say(words, "NXDOMAIN, nobody is in and no_healthy is nxdomain: ");
    else if (now->rcode == DNS_RCODE_NXDOMAIN)
        say(words, "NXDOMAIN, nothing has this name: ");
    else
        say(words, "NODATA, the name exists and has no %s record: ", out->type);
    if (out->note != NULL)
        say(words, "%s", out->note);
    else if (out->total > 0)
        say_instances(words, out);
    else
        say(words, "no instance is behind it");
}

void explain_verdict(const struct explaining *now, char *out, size_t size)
{
    const struct explanation *is = now->out;
    struct words words = { .at = out, .end = out + size };

    say(&words, "%s %s: ", is->name, is->type);
    if (now->rcode == DNS_RCODE_REFUSED)
        say_refused(&words, now);
    else if (now->rcode == DNS_RCODE_SERVFAIL)
        say(&words, "SERVFAIL, the registry is not loaded yet");
    else if (now->reply.referral)
        say(&words, "a referral to the name servers of a delegation");
    else if (now->reply.answers == 0 && !now->reply.truncated)
        say_negative(&words, now);
    else {
        say(&words, "%s, %u record%s", is->rcode, now->reply.answers,
            now->reply.answers == 1 ? "" : "s");
        if (is->total > 0) {
            say(&words, ", ");
            say_instances(&words, is);
        }
        if (is->truncated)
            say(&words, "; too long for a UDP reply (TC), all of it comes over TCP");
    }
}
