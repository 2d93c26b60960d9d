#include "consul/bound.h"

#include <string.h>
#include <strings.h>

#include "consul/check_ids.h"
#include "consul/externals.h"
#include "consul/shapes.h"

static enum session_check_state state_in(const struct checks_shown *view, const char *id)
{
    for (unsigned i = 0; i < view->count; i++)
        if (strcmp(view->list[i].id, id) == 0)
            return view->list[i].health == ROLLCALL_CRITICAL ? SESSION_CHECK_CRITICAL
                                                             : SESSION_CHECK_FINE;
    return SESSION_CHECK_GONE;
}

static enum session_check_state check_of_node(const struct consul *consul,
                                              const char *node, const char *id)
{
    const struct node_view *view = &consul->node;
    struct checks_shown checks;

    if (strcasecmp(node, consul->node.name) != 0) {
        const struct external *external = externals_find(consul, node);
        if (external == NULL)
            return SESSION_CHECK_GONE;
        view = &external->view;
    } else if (strcmp(id, "serfHealth") == 0) {
        return SESSION_CHECK_FINE; /* this daemon runs */
    }
    checks_shown_init(&checks);
    shown_node_checks(consul, view, &checks);
    return state_in(&checks, id);
}

static enum session_check_state check_of(const struct consul *consul,
                                         const struct entry *entry, const char *id)
{
    struct service_shown shown;
    struct checks_shown checks;

    if (entry->instance == NULL)
        return SESSION_CHECK_GONE;
    shown_service(consul, entry, &shown);
    checks_shown_init(&checks);
    shown_checks(&shown, &checks);
    enum session_check_state state = state_in(&checks, id);
    shown_drop(&shown);
    return state;
}

static enum session_check_state check_of_service(const struct consul *consul,
                                                 const char *id)
{
    unsigned index;
    const struct entry *entry = check_ids_find(consul->check_ids, id, &index);

    return entry == NULL ? SESSION_CHECK_GONE : check_of(consul, entry, id);
}

/* Old clients name checks of services in the list of the node's. */
enum session_check_state bound_check(void *owner, const char *node,
                                     const struct session_check *check)
{
    const struct consul *consul = owner;

    if (check == NULL)
        return strcasecmp(node, consul->node.name) == 0 ||
                       externals_find(consul, node) != NULL
                   ? SESSION_CHECK_FINE
                   : SESSION_CHECK_GONE;
    enum session_check_state state = check->of_service
                                         ? check_of_service(consul, check->id)
                                         : check_of_node(consul, node, check->id);
    return state == SESSION_CHECK_GONE && !check->of_service
               ? check_of_service(consul, check->id)
               : state;
}
