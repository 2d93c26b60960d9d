/* The checks of an instance and of a node as Consul shows them; see shapes.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "consul/externals.h"
#include "consul/node_checks.h"
#include "consul/shapes.h"

void checks_shown_init(struct checks_shown *view)
{
    view->count = 0;
    view->used = 0;
}

struct check_shown *checks_shown_add(struct checks_shown *view)
{
    if (view->count == SHOWN_CHECKS_MAX)
        return NULL;
    struct check_shown *check = &view->list[view->count++];
    *check = (struct check_shown){ .node = "",
                                   .id = "",
                                   .name = "",
                                   .notes = "",
                                   .output = "",
                                   .type = "",
                                   .interval = "",
                                   .timeout = "",
                                   .health = ROLLCALL_PASSING };
    return check;
}

const char *checks_shown_text(struct checks_shown *view, const char *format, ...)
{
    size_t room = SHOWN_TEXT_MAX - view->used;
    char *text = view->text + view->used;
    va_list arguments;

    if (room == 0)
        return "";
    va_start(arguments, format);
    int length = vsnprintf(text, room, format, arguments);
    va_end(arguments);
    if (length < 0)
        return "";
    view->used += (size_t)length < room ? (size_t)length + 1 : room;
    return text;
}

/* What an accessor of the annex may have put into `made`, kept. */
static const char *keep(struct checks_shown *view, const char *text, const char *made)
{
    size_t length = strlen(text);

    if (text != made)
        return text;
    if (length >= SHOWN_TEXT_MAX - view->used)
        return checks_shown_text(view, "%s", text);
    char *copy = memcpy(view->text + view->used, text, length + 1);
    view->used += length + 1;
    return copy;
}

static int by_id(const void *a, const void *b)
{
    const struct check_shown *first = a;
    const struct check_shown *second = b;

    return strcasecmp(first->id, second->id);
}

/* All from that one on. */
static void sort_from(struct checks_shown *view, unsigned from)
{
    if (view->count - from > 1)
        qsort(view->list + from, view->count - from, sizeof view->list[0], by_id);
}

/* --- Of an instance. */

/* Nobody runs those of another node: the annex says what they are. Of ours, one that has
 * had no result yet is as it was registered, or as the instance says. */
static void fill_state(const struct service_shown *shown, unsigned index,
                       struct check_shown *check)
{
    const struct annex_check *annex = &shown->annex.checks[index];
    const struct check_state *states = shown->entry->checks;

    if (shown->annex.node.name != NULL) {
        check->health = annex_check_initial(&shown->annex, shown->is, index);
        check->output = annex->output == NULL ? "" : annex->output;
        check->definition = annex->definition;
        return;
    }
    if (states != NULL && states[index].known)
        check->health = states[index].health;
    else
        check->health = shown->is->checks[index].initial > 0
                            ? annex_check_initial(&shown->annex, shown->is, index)
                            : (enum rollcall_health)shown->entry->own;
    if (states != NULL && states[index].output != NULL)
        check->output = states[index].output;
}

static bool is_shadow(const struct service_shown *shown, unsigned index)
{
    return shown->annex.node.name == NULL && shown->is->checks[index].shadow;
}

/* It decides nothing, and for clients that judge by the list themselves it must not
 * either. */
static void hide_shadow(struct checks_shown *view, struct check_shown *check)
{
    check->output = checks_shown_text(view, "shadow, decides nothing; it says %s: %.512s",
                                      health_word(check->health), check->output);
    check->health = ROLLCALL_PASSING;
}

static void add_check(const struct service_shown *shown, unsigned index,
                      struct checks_shown *out)
{
    const struct annex *annex = &shown->annex;
    const struct rollcall_instance *is = shown->is;
    struct check_shown *check = checks_shown_add(out);
    char made[ANNEX_TEXT_SIZE];

    if (check == NULL)
        return;
    check->service = shown;
    check->node = shown->node->name;
    check->create = check->modify = shown->modify;
    check->id = keep(out, annex_check_id(annex, is, index, made), made);
    check->name = keep(out, annex_check_name(annex, is, index, made), made);
    check->notes = annex_check_notes(annex, is, index);
    check->type = annex_check_type(annex, is, index);
    check->interval = keep(out, annex_check_interval(annex, is, index, made), made);
    check->timeout = keep(out, annex_check_timeout(annex, is, index, made), made);
    fill_state(shown, index, check);
    if (is_shadow(shown, index))
        hide_shadow(out, check);
}

/* --- What decides besides the checks. */

static struct check_shown *add_ours(const struct service_shown *shown,
                                    struct checks_shown *out)
{
    struct check_shown *check = checks_shown_add(out);

    if (check == NULL)
        return NULL;
    check->service = shown;
    check->node = shown->node->name;
    check->create = check->modify = shown->modify;
    check->health = entry_effective(shown->entry);
    return check;
}

static void add_maintenance(const struct service_shown *shown, const char *notes,
                            struct checks_shown *out)
{
    struct check_shown *check = add_ours(shown, out);

    if (check == NULL)
        return;
    check->id = checks_shown_text(out, "_service_maintenance:%s", shown->id);
    check->name = "Service Maintenance Mode";
    check->notes = notes;
    check->type = "maintenance";
}

static void add_explanation(const struct service_shown *shown, const char *output,
                            struct checks_shown *out)
{
    struct check_shown *check = add_ours(shown, out);

    if (check == NULL)
        return;
    check->id = checks_shown_text(out, "rollcall:%s", shown->id);
    check->name = "State in DNS";
    check->output = output;
}

static void print_moment(int64_t wall, char out[32])
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(out, 32, "%" PRId64, wall);
}

static const char *override_words(const struct standing *standing,
                                  struct checks_shown *out)
{
    char until[32];

    if (standing->override_until == 0)
        return checks_shown_text(out, "overridden up until that is taken back: %s",
                                 standing->override_note == NULL
                                     ? "no reason was given"
                                     : standing->override_note);
    print_moment(standing->override_until, until);
    return checks_shown_text(out, "overridden up until %s: %s", until,
                             standing->override_note == NULL ? "no reason was given"
                                                             : standing->override_note);
}

static void explain_standing(const struct service_shown *shown,
                             enum standing_reason reason, struct checks_shown *out)
{
    const struct standing *standing = shown->entry->standing;
    char until[32];

    switch (reason) {
    case STANDING_DRAINING:
        add_maintenance(shown, "Draining: it is being taken out of service.", out);
        return;
    case STANDING_OVERRIDDEN_DOWN:
        add_maintenance(shown,
                        standing->override_note != NULL
                            ? standing->override_note
                            : "Maintenance mode is enabled for this service, but no "
                              "reason was provided. This is a default message.",
                        out);
        return;
    case STANDING_OVERRIDDEN_UP:
        add_explanation(shown, override_words(standing, out), out);
        return;
    case STANDING_FROZEN:
        add_explanation(shown, "frozen: the checks are in doubt, it is served as before",
                        out);
        return;
    case STANDING_HELD:
        add_explanation(
            shown, "held: too many would leave at once, it is served as before", out);
        return;
    case STANDING_DAMPED:
        print_moment(standing->damped_until, until);
        add_explanation(shown,
                        checks_shown_text(out,
                                          "damped: it moved too often and is out until "
                                          "%s or until it is calm",
                                          until),
                        out);
        return;
    default: /* the node is down, and its own checks say so */
        return;
    }
}

static enum rollcall_health worst_of(const struct checks_shown *view, unsigned from)
{
    enum rollcall_health worst = ROLLCALL_PASSING;

    for (unsigned i = from; i < view->count; i++)
        if (view->list[i].health < worst)
            worst = view->list[i].health;
    return worst;
}

/* Some need only so many of their checks, some say themselves how they are. */
static void explain_health(const struct service_shown *shown, enum rollcall_health worst,
                           struct checks_shown *out)
{
    const struct rollcall_instance *is = shown->is;
    const char *is_now = health_word(entry_effective(shown->entry));

    if (is->check_count > 0 && is->checks_require > 0)
        add_explanation(shown,
                        checks_shown_text(out,
                                          "%s, though the worst check is %s: %u of its "
                                          "checks decide",
                                          is_now, health_word(worst),
                                          (unsigned)is->checks_require),
                        out);
    else if (shown->annex.node.name == NULL)
        add_explanation(shown, checks_shown_text(out, "it reported itself %s", is_now),
                        out);
}

void shown_checks(const struct service_shown *shown, struct checks_shown *out)
{
    unsigned before = out->count;

    if (shown->entry == NULL)
        return;
    for (unsigned i = 0; i < shown->annex.check_count; i++)
        add_check(shown, i, out);
    enum standing_reason reason = entry_standing(shown->entry);
    enum rollcall_health worst = worst_of(out, before);
    if (reason != STANDING_NONE)
        explain_standing(shown, reason, out);
    else if (worst != entry_effective(shown->entry))
        explain_health(shown, worst, out);
    sort_from(out, before);
}

/* --- Of a node. */

static void add_serf(const struct node_view *node, struct checks_shown *out)
{
    struct check_shown *check = checks_shown_add(out);

    if (check == NULL)
        return;
    check->node = node->name;
    check->id = "serfHealth";
    check->name = "Serf Health Status";
    check->output = "Agent alive and reachable";
    check->create = check->modify = node->create;
}

static void add_external(const struct external *external, struct checks_shown *out)
{
    for (unsigned i = 0; i < external->check_count; i++) {
        const struct annex_check *from = &external->checks[i];
        struct check_shown *check = checks_shown_add(out);
        if (check == NULL)
            return;
        check->node = external->view.name;
        check->id = from->id;
        check->name = from->name == NULL ? from->id : from->name;
        check->notes = from->notes == NULL ? "" : from->notes;
        check->output = from->output == NULL ? "" : from->output;
        check->type = from->type == NULL ? "" : from->type;
        check->interval = from->interval == NULL ? "" : from->interval;
        check->timeout = from->timeout == NULL ? "" : from->timeout;
        check->definition = from->definition;
        check->health = from->status;
        check->create = external->view.create;
        check->modify = external->view.modify;
    }
}

void shown_node_checks(const struct consul *consul, const struct node_view *node,
                       struct checks_shown *out)
{
    unsigned before = out->count;

    if (node->name == consul->node.name) {
        add_serf(node, out);
        node_checks_show(consul, out);
    } else {
        const struct external *external = externals_find(consul, node->name);
        if (external != NULL)
            add_external(external, out);
    }
    sort_from(out, before);
}

void shown_all_checks(const struct consul *consul, const struct service_shown *shown,
                      struct checks_shown *out)
{
    checks_shown_init(out);
    shown_node_checks(consul, shown->node, out);
    shown_checks(shown, out);
}
