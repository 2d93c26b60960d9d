#include "api/own.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/line.h"
#include "api/reply.h"

enum { REPLY_MAX = 256 * 1024 * 1024 };

/* One request under way. */
struct visit {
    struct api *api;           /* borrowed */
    struct exchange *exchange; /* borrowed: we owe it an answer */
    struct guest *guest;       /* owned until it is closed */
    bool sifted;               /* it may not see all */
    bool waits;                /* for the event that follows the reply */
    struct buffer held;        /* the reply meanwhile */
};

/* --- Refusals of our own. */

void own_refuse(struct exchange *exchange, enum rollcall_status status,
                const struct reason *why)
{
    struct api *api = exchange_owner(exchange);

    counter_add(&api->counts.errors, 1);
    buffer_clear(exchange_out(exchange));
    reply_refusal(exchange_out(exchange), status, why);
    exchange_reply(exchange, reply_status(status), HTTP_JSON);
}

bool own_admit(struct exchange *exchange, const char *namespace_name, const char *service)
{
    enum token_right right = exchange_route(exchange)->right;
    struct reason why;

    if (service == NULL ? exchange_may_all(exchange, right)
                        : exchange_may(exchange, right, namespace_name, service))
        return true;
    reason_set(&why, "the right \"%s\" %s%s is missing%s", token_right_word(right),
               service == NULL ? "for all services" : "for the service ",
               service == NULL ? "" : service,
               exchange_token_name(exchange)[0] == '\0' ? "; no token was given" : "");
    own_refuse(exchange, ROLLCALL_E_UNAUTHORIZED, &why);
    return false;
}

/* --- The line. */

static const char *path_of(const void *owner, const char *name, size_t *length)
{
    return exchange_path(owner, name, length);
}

static const char *query_of(const void *owner, const char *name, unsigned nth)
{
    return exchange_query(owner, name, nth);
}

bool own_compose_by(struct exchange *exchange, const struct own *own,
                    const char *(*query)(const void *exchange, const char *name,
                                         unsigned nth),
                    struct buffer *line, struct line_subject *subject)
{
    struct line_source source = { .route = exchange_route(exchange),
                                  .path = path_of,
                                  .query = query,
                                  .owner = exchange,
                                  .uri = exchange_uri(exchange),
                                  .all = own->all };
    struct reason why = REASON_NONE;

    source.body = exchange_body(exchange, &source.body_length);
    buffer_init(line, PROTO_LINE_MAX + 1);
    enum rollcall_status status = line_compose(&source, own->op, line, subject, &why);
    if (status == ROLLCALL_OK)
        return true;
    buffer_deinit(line);
    own_refuse(exchange, status, &why);
    return false;
}

/* --- Whose rights. */

struct owner_of {
    const char *namespace_name;
    const char *service; /* NULL: nobody's, or all */
    bool unknown;        /* there is no such thing: the guest will say so */
    bool everywhere;     /* of a service, but in all namespaces */
};

static struct owner_of of_instance(const struct api *api, const char *id)
{
    const struct entry *entry = registry_find(api->settings.registry, id);
    const struct instance *instance =
        entry != NULL ? entry->instance : registry_latest(api->settings.registry, id);

    if (instance == NULL)
        return (struct owner_of){ .unknown = true };
    return (struct owner_of){ .namespace_name = instance->is.namespace_name,
                              .service = instance->is.service };
}

static struct owner_of of_pattern(const char *namespace_name, const char *service)
{
    if (service[0] == '\0' || strchr(service, '*') != NULL ||
        strchr(namespace_name, '*') != NULL)
        return (struct owner_of){ 0 };
    return (struct owner_of){ .namespace_name = namespace_name, .service = service };
}

/* A silence without a namespace holds in all of them: only an id narrows it then. */
static struct owner_of of_silenced(const struct api *api, const char *namespace_name,
                                   const char *service, const char *id)
{
    if (namespace_name[0] != '\0' && service[0] != '\0')
        return of_pattern(namespace_name, service);
    return id[0] != '\0' ? of_instance(api, id)
                         : (struct owner_of){ .everywhere = service[0] != '\0' };
}

static struct owner_of of_silence(const struct api *api,
                                  const struct line_subject *subject)
{
    struct silence_view view;

    if (subject->silence == 0)
        return of_silenced(api, subject->in_namespace ? subject->namespace_name : "",
                           subject->service, subject->id);
    for (size_t i = 0; api->settings.silence(api->settings.silence_owner, i, &view); i++)
        if (view.number == subject->silence)
            return of_silenced(api, view.namespace_name, view.service, view.id);
    return (struct owner_of){ .unknown = true };
}

static struct owner_of owner_of_subject(const struct api *api, enum own_scope scope,
                                        const struct line_subject *subject)
{
    if (scope == OWN_INSTANCE)
        return of_instance(api, subject->id);
    return scope == OWN_SILENCE ? of_silence(api, subject)
                                : of_pattern(subject->namespace_name, subject->service);
}

static bool admit_everywhere(struct exchange *exchange)
{
    struct reason why;

    if (exchange_may_all(exchange, RIGHT_OPERATE))
        return true;
    reason_field(
        &why, PROTO_NAMESPACE,
        "namespace: without one a silence holds in all namespaces, and the right "
        "\"operate\" for all services is missing; give one, or \"default\"");
    own_refuse(exchange, ROLLCALL_E_UNAUTHORIZED, &why);
    return false;
}

/* False: refused, and answered. What others own may be changed with "operate": of all
 * services, or of this one by a token; nobody in particular changes what came over HTTP.
 */
static bool admit(struct exchange *exchange, enum own_scope scope,
                  const struct line_subject *subject, bool *privileged)
{
    const struct api *api = exchange_owner(exchange);
    struct owner_of whose = { 0 };

    *privileged = exchange_may_all(exchange, RIGHT_OPERATE);
    if (scope == OWN_ANY || scope == OWN_LISTS)
        return true;
    if (scope != OWN_ALL)
        whose = owner_of_subject(api, scope, subject);
    if (whose.unknown)
        return true;
    if (whose.everywhere)
        return admit_everywhere(exchange);
    if (whose.service != NULL && exchange_token_name(exchange)[0] != '\0')
        *privileged = *privileged || exchange_may(exchange, RIGHT_OPERATE,
                                                  whose.namespace_name, whose.service);
    return own_admit(exchange, whose.namespace_name, whose.service);
}

/* How the instance is that an alias follows shows in the alias. Who may not see all may
 * not follow what is not there yet either. */
static bool may_follow(struct exchange *exchange, const json_t *check)
{
    const char *id = json_string_value(json_object_get(check, "instance"));
    struct owner_of whose;

    if (id == NULL)
        return true;
    whose = of_instance(exchange_owner(exchange), id);
    return !whose.unknown &&
           exchange_may(exchange, RIGHT_READ, whose.namespace_name, whose.service);
}

/* False: answered. */
static bool admit_checks(struct exchange *exchange, const struct buffer *line)
{
    const json_t *check;
    struct reason why;
    size_t at;

    if (exchange_may_all(exchange, RIGHT_READ))
        return true;
    json_t *root = json_loadb(line->data, line->length, 0, NULL);
    bool good = true;
    json_array_foreach(json_object_get(root, PROTO_CHECKS), at, check) good =
        good && may_follow(exchange, check);
    json_decref(root);
    if (good)
        return true;
    reason_set(&why,
               "the right \"read\" for the instance that a check follows is missing");
    own_refuse(exchange, ROLLCALL_E_UNAUTHORIZED, &why);
    return false;
}

/* --- The answer. */

static bool may_see(const void *owner, const char *namespace_name, const char *service)
{
    return exchange_may(owner, RIGHT_READ, namespace_name, service);
}

/* The registry speaks of uids, which mean nothing to who comes over HTTP. */
static bool is_of_others(const char *line)
{
    static const char start[] =
        "{\"ok\":false,\"error\":{\"code\":\"unauthorized\",\"field\":\"id\"";

    return strncmp(line, start, sizeof start - 1) == 0;
}

static void refuse_of_others(struct exchange *exchange)
{
    struct reason why;

    reason_field(&why, PROTO_ID,
                 "it was registered by the Unix socket; to change it over HTTP a token "
                 "is needed that may operate its service (api.tokens), or \"api: "
                 "{anonymous: operate}\" in the configuration");
    own_refuse(exchange, ROLLCALL_E_UNAUTHORIZED, &why);
}

static void answer(struct visit *visit, const char *line, size_t length)
{
    struct exchange *exchange = visit->exchange;

    if (is_of_others(line)) {
        refuse_of_others(exchange);
        return;
    }
    struct buffer *out = exchange_out(exchange);
    unsigned status = reply_convert(out, line, length);

    if (status >= 400)
        counter_add(&visit->api->counts.errors, 1);
    if (visit->sifted && status == 200) {
        struct buffer whole = *out;
        buffer_init(out, whole.bound);
        out->failed = !reply_sift(out, whole.data, whole.length, may_see, exchange);
        buffer_deinit(&whole);
    }
    if (status == 503 || status == 429)
        exchange_set_header(exchange, "Retry-After", "1");
    exchange_reply(exchange, status, HTTP_JSON);
}

static void visit_free(struct visit *visit)
{
    buffer_deinit(&visit->held);
    free(visit);
}

static void visit_close(struct visit *visit)
{
    visit->api->settings.guests->close(visit->guest);
    visit_free(visit);
}

static void refuse_stopping(struct visit *visit)
{
    struct reason why;

    reason_set(&why, "the daemon stops, or is short of memory; try again");
    own_refuse(visit->exchange, ROLLCALL_E_UNAVAILABLE, &why);
    visit_free(visit);
}

static void on_gone(void *owner)
{
    refuse_stopping(owner);
}

static void on_reply(void *owner, const char *line, size_t length)
{
    struct visit *visit = owner;

    if (line == NULL) {
        refuse_stopping(visit);
        return;
    }
    if (visit->waits && strncmp(line, "{\"ok\":true", 10) == 0) {
        buffer_append(&visit->held, line, length);
        return;
    }
    answer(visit, line, length);
    visit_close(visit);
}

/* The reply, and how it ended: ,"event":"safe_to_stop". */
static bool on_event(void *owner, const struct guest_event *event)
{
    struct visit *visit = owner;
    struct buffer *held = &visit->held;

    while (held->length > 0 && held->data[held->length - 1] != '}')
        held->length--;
    if (held->length > 0)
        held->length--;
    buffer_format(held, ",\"" PROTO_EVENT "\":\"%s\"}\n", event->word);
    answer(visit, held->data, held->length);
    visit_close(visit);
    return true;
}

static const struct guest_callbacks callbacks = { .on_reply = on_reply };
static const struct guest_callbacks waiting_callbacks = { .on_reply = on_reply,
                                                          .on_event = on_event,
                                                          .on_gone = on_gone };

static bool wants_to_wait(struct exchange *exchange, const struct own *own)
{
    const char *text = exchange_query(exchange, "wait", 0);

    return own->may_wait && text != NULL && strcmp(text, "false") != 0 &&
           strcmp(text, "0") != 0;
}

static struct visit *visit_open(struct exchange *exchange, const struct own *own,
                                bool privileged)
{
    struct api *api = exchange_owner(exchange);
    const struct guest_door *door = api->settings.guests;
    const struct guest_terms terms = { .uid = (uint32_t)exchange_requester(exchange).uid,
                                       .privileged = privileged };
    struct visit *visit = calloc(1, sizeof *visit);

    if (visit == NULL)
        return NULL;
    visit->api = api;
    visit->exchange = exchange;
    visit->sifted = own->scope == OWN_LISTS && !exchange_may_all(exchange, RIGHT_READ);
    visit->waits = wants_to_wait(exchange, own);
    buffer_init(&visit->held, REPLY_MAX);
    visit->guest = door->open(door->owner, &terms,
                              visit->waits ? &waiting_callbacks : &callbacks, visit);
    if (visit->guest != NULL)
        return visit;
    free(visit);
    return NULL;
}

bool own_put_off(struct exchange *exchange, const char *service)
{
    const struct registry *registry =
        ((const struct api *)exchange_owner(exchange))->settings.registry;
    const char *namespace_name = exchange_query(exchange, "namespace", 0);
    const struct service *one =
        service == NULL
            ? NULL
            : registry_service(
                  registry, namespace_name == NULL ? "default" : namespace_name, service);

    if (service == NULL)
        return exchange_put_off(exchange, registry_instance_count(registry));
    return one != NULL && exchange_put_off(exchange, one->count);
}

void own_run(struct exchange *exchange)
{
    const struct own *own = exchange_route(exchange)->with;
    struct api *api = exchange_owner(exchange);
    struct line_subject subject;
    struct buffer line;
    bool privileged;

    if (own->lists && own_put_off(exchange, exchange_path(exchange, "service", NULL)))
        return;
    counter_add(&api->counts.requests, 1);
    if (!own_compose_by(exchange, own, query_of, &line, &subject))
        return;
    if (admit(exchange, own->scope, &subject, &privileged) &&
        admit_checks(exchange, &line)) {
        struct visit *visit = visit_open(exchange, own, privileged);
        if (visit == NULL) {
            own_refuse(exchange, ROLLCALL_E_NOMEM, NULL);
        } else {
            exchange_defer(exchange);
            api->settings.guests->ask(visit->guest, line.data, line.length);
        }
    }
    buffer_deinit(&line);
}
