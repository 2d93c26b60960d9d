#include "intake/gate.h"

#include <string.h>

#include "intake/commands.h"
#include "intake/desk.h"
#include "intake/remote.h"
#include "model/check_schema.h"

/* Whose it is. */
struct whose {
    const char *namespace_name;
    const char *service;       /* NULL: nobody's, or all */
    const struct entry *entry; /* NULL: none, or not on disk yet */
    bool by_id;                /* it is an instance that the request calls by its id */
    bool unknown;              /* there is no such thing: the command will say so */
    bool everywhere;           /* of a service, but in all namespaces */
};

/* --- Rights. */

static bool may(const struct session *session, enum token_right right,
                const struct token_wish *wish)
{
    const struct config_registry *config = &session->intake->settings.config->registry;

    return (right <= RIGHT_READ && config->anonymous == CONFIG_TCP_READ) ||
           grant_may(session->remote->grant, right, wish);
}

static bool may_all(const struct session *session, enum token_right right)
{
    const struct token_wish all = { 0 };

    return may(session, right, &all);
}

static bool may_service(const struct session *session, enum token_right right,
                        const char *namespace_name, const char *service)
{
    const struct token_wish wish = { .namespace_name = namespace_name,
                                     .service = service };

    return may(session, right, &wish);
}

bool gate_may_see(const struct session *session, const char *namespace_name,
                  const char *service)
{
    return session->remote == NULL ||
           may_service(session, RIGHT_READ, namespace_name, service);
}

static enum rollcall_status refuse(const struct session *session, enum token_right right,
                                   const char *service, struct reason *why)
{
    const struct grant *grant = session->remote->grant;

    if (grant == NULL)
        reason_set(why,
                   "over TCP a token is needed; begin with "
                   "{\"op\":\"hello\",\"token\":\"...\"} (api.tokens says which there "
                   "are)");
    else
        reason_set(why,
                   "the right \"%s\" %s%s is missing; this connection has the token %s",
                   token_right_word(right),
                   service == NULL ? "for all services" : "for the service ",
                   service == NULL ? "" : service, grant_name(grant));
    return ROLLCALL_E_UNAUTHORIZED;
}

static enum rollcall_status look(const struct session *session, enum token_right right,
                                 struct reason *why)
{
    const struct token_wish any = { .any = true };

    if (may(session, right, &any))
        return ROLLCALL_OK;
    if (session->remote->grant == NULL)
        return refuse(session, right, NULL, why);
    reason_set(why, "the right \"%s\" is missing; this connection has the token %s",
               token_right_word(right), grant_name(session->remote->grant));
    return ROLLCALL_E_UNAUTHORIZED;
}

/* A row that says nothing is not for everybody. */
static enum token_right right_of(enum proto_op op)
{
    if (op == PROTO_OP_COUNT)
        return RIGHT_READ;
    return command_find(op)->right == RIGHT_NONE ? RIGHT_OPERATE
                                                 : command_find(op)->right;
}

enum rollcall_status gate_look(const struct session *session, enum proto_op op,
                               struct reason *why)
{
    if (session->remote == NULL || op == PROTO_HELLO)
        return ROLLCALL_OK;
    return look(session, right_of(op), why);
}

/* --- The token. */

static enum rollcall_status take_token(struct session *session, const char *text,
                                       struct reason *why)
{
    struct remote *remote = session->remote;
    struct grant *grant =
        tokens_find(session->intake->settings.tokens, text, strlen(text));

    if (grant == NULL) {
        remote_denied(remote);
        reason_field(why, PROTO_TOKEN, "token: it is none of api.tokens");
        return ROLLCALL_E_UNAUTHORIZED;
    }
    grant_release(remote->grant);
    remote->grant = grant;
    return ROLLCALL_OK;
}

/* --- Whom it is about. */

static struct whose of_instance(const struct session *session, const char *id)
{
    struct registry *registry = session->intake->registry;
    const struct entry *entry = registry_find(registry, id);
    const struct instance *instance =
        entry != NULL ? entry->instance : registry_latest(registry, id);

    if (instance == NULL)
        return (struct whose){ .unknown = true };
    return (struct whose){ .namespace_name = instance->is.namespace_name,
                           .service = instance->is.service,
                           .entry = entry,
                           .by_id = true };
}

/* A star, or no service: that of all. */
static struct whose of_pattern(const char *namespace_name, const char *service)
{
    bool all = service == NULL || service[0] == '\0' || strchr(service, '*') != NULL ||
               (namespace_name != NULL && strchr(namespace_name, '*') != NULL);

    return all ? (struct whose){ 0 }
               : (struct whose){ .namespace_name = namespace_name, .service = service };
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* A silence without a namespace holds in all of them: only an id narrows it then. What
 * may not be seen is as what is not there: nobody learns which of both. */
static struct whose of_silenced(const struct session *session, const char *namespace_name,
                                const char *service, const char *id)
{
    if (is_given(namespace_name) && is_given(service))
        return of_pattern(namespace_name, service);
    if (!is_given(id))
        return (struct whose){ .everywhere = is_given(service) };
    struct whose whose = of_instance(session, id);
    if (!whose.unknown && gate_may_see(session, whose.namespace_name, whose.service))
        return whose;
    return (struct whose){ 0 };
}

static struct whose of_silence(const struct session *session,
                               const struct request *request)
{
    const struct request_silence *silence = &request->silence;
    const struct desk *desk = session->intake->settings.desk;
    struct silence_view view;

    if (request->op != PROTO_UNSILENCE)
        return of_silenced(session, silence->namespace_name, silence->service,
                           silence->id);
    for (size_t i = 0; desk->silence_view(desk->owner, i, &view); i++)
        if (view.number == request->silence_number)
            return of_silenced(session, view.namespace_name, view.service, view.id);
    return (struct whose){ .unknown = true };
}

static const char *id_of(const struct request *request)
{
    switch (request->op) {
    case PROTO_DRAIN:
        return request->drain.id;
    case PROTO_OVERRIDE:
        return request->override.id;
    case PROTO_RENEW:
        return request->renew.id;
    case PROTO_CHECK_NOW:
        return request->check.id;
    case PROTO_GET:
        return request->get.id;
    default:
        return request->id;
    }
}

static struct whose of_service(const struct session *session,
                               const struct request *request)
{
    const struct rollcall_instance *is = &request->reg.instance;

    switch (request->op) {
    case PROTO_GET:
        if (request->get.id != NULL)
            return of_instance(session, request->get.id);
        return of_pattern(request->get.namespace_name, request->get.service);
    case PROTO_BRAKE:
        return of_pattern(request->brake.namespace_name, request->brake.service);
    case PROTO_WATCH:
        return of_pattern(request->watch.namespace_name, request->watch.service);
    default:
        return of_pattern(is->namespace_name, is->service);
    }
}

static struct whose find_whose(const struct session *session,
                               const struct request *request, enum gate_scope scope)
{
    switch (scope) {
    case GATE_INSTANCE:
        return of_instance(session, id_of(request));
    case GATE_SERVICE:
        return of_service(session, request);
    case GATE_SILENCE:
        return of_silence(session, request);
    default:
        return (struct whose){ 0 };
    }
}

/* --- Admission. */

/* Who may not see it is told what they would be told if it were not there. */
static enum rollcall_status hide(const char *id, struct reason *why)
{
    reason_field(why, PROTO_ID, "no instance has the id \"%.255s\"", id);
    return ROLLCALL_E_NOTFOUND;
}

/* The right of all that it is about is missing. */
static enum rollcall_status refuse_all(const struct session *session,
                                       const struct whose *whose, enum token_right right,
                                       struct reason *why)
{
    if (!whose->everywhere)
        return refuse(session, right, NULL, why);
    reason_field(
        why, PROTO_NAMESPACE,
        "namespace: without one a silence holds in all namespaces, and the right "
        "\"%s\" for all services is missing; give one, or \"default\"",
        token_right_word(right));
    return ROLLCALL_E_UNAUTHORIZED;
}

/* The registry speaks of uids, which mean nothing to who comes over TCP. */
static enum rollcall_status check_owner(const struct session *session,
                                        const struct entry *entry, struct reason *why)
{
    if (entry == NULL || entry->owner == TOKEN_UID || session->remote->privileged)
        return ROLLCALL_OK;
    reason_field(why, PROTO_ID,
                 "it was registered by the Unix socket; to change it over TCP a token is "
                 "needed that may operate its service (api.tokens)");
    return ROLLCALL_E_UNAUTHORIZED;
}

/* How the instance is that an alias follows shows in the alias. Who may not see all may
 * not follow what is not there yet either. */
static enum rollcall_status check_aliases(const struct session *session,
                                          const struct rollcall_instance *is,
                                          struct reason *why)
{
    if (may_all(session, RIGHT_READ))
        return ROLLCALL_OK;
    for (unsigned i = 0; i < is->check_count; i++) {
        const char *id = check_option(&is->checks[i], PROTO_INSTANCE, 0);
        struct whose whose = id == NULL ? (struct whose){ 0 } : of_instance(session, id);
        if (id == NULL || (!whose.unknown &&
                           gate_may_see(session, whose.namespace_name, whose.service)))
            continue;
        reason_field(why, PROTO_CHECKS,
                     "the right \"read\" for the instance that a check follows is "
                     "missing");
        return ROLLCALL_E_UNAUTHORIZED;
    }
    return ROLLCALL_OK;
}

/* The id may be that of an instance of somebody else. */
static enum rollcall_status check_register(const struct session *session,
                                           const struct rollcall_instance *is,
                                           struct reason *why)
{
    const struct whose whose = of_instance(session, is->id);

    if (whose.unknown)
        return ROLLCALL_OK;
    if (gate_may_see(session, whose.namespace_name, whose.service))
        return check_owner(session, whose.entry, why);
    reason_field(why, PROTO_ID, "the id \"%.200s\" is taken; give another one", is->id);
    return ROLLCALL_E_CONFLICT;
}

static enum rollcall_status admit_definition(const struct session *session,
                                             const struct request *request,
                                             struct reason *why)
{
    enum rollcall_status status = check_aliases(session, &request->reg.instance, why);

    if (status == ROLLCALL_OK && request->op == PROTO_REGISTER)
        status = check_register(session, &request->reg.instance, why);
    return status;
}

static enum rollcall_status admit_whose(struct session *session,
                                        const struct request *request,
                                        const struct whose *whose, struct reason *why)
{
    enum token_right right = right_of(request->op);
    bool all = whose->service == NULL;

    if (whose->by_id && !gate_may_see(session, whose->namespace_name, whose->service))
        return hide(id_of(request), why);
    if (all && !may_all(session, right))
        return refuse_all(session, whose, right, why);
    if (!all && !may_service(session, right, whose->namespace_name, whose->service))
        return refuse(session, right, whose->service, why);
    session->remote->privileged =
        session->remote->privileged ||
        (!all &&
         may_service(session, RIGHT_OPERATE, whose->namespace_name, whose->service));
    if (command_find(request->op)->scope == GATE_INSTANCE)
        return check_owner(session, whose->entry, why);
    return request->op == PROTO_REGISTER || request->op == PROTO_CHECK_TRY
               ? admit_definition(session, request, why)
               : ROLLCALL_OK;
}

static bool is_about_something(const struct request *request, enum gate_scope scope)
{
    if (request->op == PROTO_WATCH)
        return request->watch.service != NULL;
    return scope == GATE_ALL || scope > GATE_LISTS;
}

static enum rollcall_status admit(struct session *session, const struct request *request,
                                  struct reason *why)
{
    enum gate_scope scope = command_find(request->op)->scope;
    enum rollcall_status status = ROLLCALL_OK;

    if (scope == GATE_HELLO && request->hello.token != NULL)
        status = take_token(session, request->hello.token, why);
    if (status == ROLLCALL_OK)
        status = look(session, right_of(request->op), why);
    if (status != ROLLCALL_OK)
        return status;
    session->remote->privileged = may_all(session, RIGHT_OPERATE);
    session->sifting = scope == GATE_LISTS && request->op != PROTO_WATCH &&
                       !may_all(session, RIGHT_READ);
    if (!is_about_something(request, scope))
        return ROLLCALL_OK;
    const struct whose whose =
        find_whose(session, request, request->op == PROTO_WATCH ? GATE_SERVICE : scope);
    return whose.unknown ? ROLLCALL_OK : admit_whose(session, request, &whose, why);
}

enum rollcall_status gate_admit(struct session *session, const struct request *request,
                                struct reason *why)
{
    enum rollcall_status status;

    session->sifting = false;
    if (session->remote == NULL)
        return ROLLCALL_OK;
    session->remote->privileged = false;
    status = admit(session, request, why);
    if (status == ROLLCALL_OK)
        remote_admitted(session->remote);
    return status;
}
