/* The body of a prepared query, brought into Consul's whole shape. */
#include <stdlib.h>
#include <string.h>

#include "consul/body.h"
#include "consul/prepared.h"

enum { NAME_MAX_OCTETS = 255, LIST_MAX = 64 };

struct parsing {
    struct reason *why;
    bool failed;
};

static void fault(struct parsing *in, const char *format, const char *name)
    __attribute__((format(printf, 2, 0)));

static void fault(struct parsing *in, const char *format, const char *name)
{
    if (in->failed)
        return;
    in->failed = true;
    reason_set(in->why, format, name);
}

static const json_t *object_of(struct parsing *in, const json_t *from, const char *name)
{
    const json_t *value = body_member(from, name);

    if (value != NULL && !json_is_object(value)) {
        fault(in, "Request decode failed: %s must be an object", name);
        return NULL;
    }
    return value;
}

static void add_text(struct parsing *in, json_t *into, const json_t *from,
                     const char *name)
{
    const json_t *value = body_member(from, name);

    if (value != NULL &&
        (!json_is_string(value) || json_string_length(value) > NAME_MAX_OCTETS)) {
        fault(in, "Request decode failed: %s must be a string of at most 255 octets",
              name);
        value = NULL;
    }
    json_object_set_new(into, name,
                        value == NULL ? json_string("") : json_deep_copy(value));
}

static void add_flag(struct parsing *in, json_t *into, const json_t *from,
                     const char *name)
{
    const json_t *value = body_member(from, name);

    if (value != NULL && !json_is_boolean(value))
        fault(in, "Request decode failed: %s must be true or false", name);
    json_object_set_new(into, name, json_boolean(json_is_true(value)));
}

static bool holds_texts(const json_t *value)
{
    size_t index;
    const char *key;
    json_t *at;

    if (json_is_array(value)) {
        json_array_foreach((json_t *)value, index, at)
        {
            if (!json_is_string(at))
                return false;
        }
        return json_array_size(value) <= LIST_MAX;
    }
    json_object_foreach((json_t *)value, key, at)
    {
        if (!json_is_string(at))
            return false;
    }
    return json_object_size(value) <= LIST_MAX;
}

/* A list of texts, or a map to texts; null where there is none. */
static void add_texts(struct parsing *in, json_t *into, const json_t *from,
                      const char *name, json_type type)
{
    const json_t *value = body_member(from, name);

    if (value != NULL && (json_typeof(value) != type || !holds_texts(value))) {
        fault(in, "Request decode failed: %s must hold at most 64 strings", name);
        value = NULL;
    }
    json_object_set_new(into, name, value == NULL ? json_null() : json_deep_copy(value));
}

/* What is not done here is said, not left out. */
static void refuse_given(struct parsing *in, const json_t *from, const char *name,
                         const char *format)
{
    const json_t *value = body_member(from, name);
    bool given = json_is_true(value) ||
                 (json_is_string(value) && json_string_length(value) > 0) ||
                 (json_is_array(value) && json_array_size(value) > 0) ||
                 (json_is_integer(value) && json_integer_value(value) != 0);

    if (given)
        fault(in, format, name);
}

static json_t *failover_of(struct parsing *in, const json_t *from)
{
    json_t *made = json_object();

    refuse_given(in, from, "NearestN",
                 "Failover.%s is not supported: there are no distances between "
                 "datacenters; name them in Failover.Datacenters");
    refuse_given(in, from, "Targets",
                 "Failover.%s is not supported; use Failover.Datacenters");
    json_object_set_new(made, "NearestN", json_integer(0));
    add_texts(in, made, from, "Datacenters", JSON_ARRAY);
    json_object_set_new(made, "Targets", json_null());
    return made;
}

static json_t *service_of(struct parsing *in, const json_t *from)
{
    json_t *made = json_object();
    static const char unsupported[] = "Service.%s is not supported in a query";

    refuse_given(in, from, "Connect", unsupported);
    refuse_given(in, from, "Peer", unsupported);
    refuse_given(in, from, "SamenessGroup", unsupported);
    refuse_given(in, from, "IgnoreCheckIDs", unsupported);
    add_text(in, made, from, "Service");
    if (!in->failed && json_string_length(json_object_get(made, "Service")) == 0)
        fault(in, "Must provide a %s name to query", "Service.Service");
    json_object_set_new(made, "SamenessGroup", json_string(""));
    json_object_set_new(made, "Failover",
                        failover_of(in, object_of(in, from, "Failover")));
    add_flag(in, made, from, "OnlyPassing");
    json_object_set_new(made, "IgnoreCheckIDs", json_null());
    add_text(in, made, from, "Near");
    add_texts(in, made, from, "Tags", JSON_ARRAY);
    add_texts(in, made, from, "NodeMeta", JSON_OBJECT);
    add_texts(in, made, from, "ServiceMeta", JSON_OBJECT);
    json_object_set_new(made, "Connect", json_false());
    json_object_set_new(made, "Peer", json_string(""));
    return made;
}

static json_t *dns_of(struct parsing *in, const json_t *from)
{
    json_t *made = json_object();
    int64_t nanoseconds;

    add_text(in, made, from, "TTL");
    const char *ttl = json_string_value(json_object_get(made, "TTL"));
    if (ttl != NULL && ttl[0] != '\0' &&
        (!body_parse_duration(ttl, &nanoseconds) || nanoseconds < 0))
        fault(in, "Bad DNS TTL '%.64s': want a duration like 10s", ttl);
    return made;
}

/* Templates by prefix alone: py-consul makes every query one. Nothing is put in for
 * ${name.full} and its kin, which is said by refusing them. */
static json_t *template_of(struct parsing *in, const json_t *root)
{
    const json_t *from = object_of(in, root, "Template");
    json_t *made = json_object();

    refuse_given(in, from, "Regexp",
                 "Template.%s is not supported here: make one query for each service");
    add_text(in, made, from, "Type");
    const char *type = json_string_value(json_object_get(made, "Type"));
    if (type != NULL && type[0] != '\0' && strcmp(type, "name_prefix_match") != 0)
        fault(in, "Bad Template.Type '%.64s'", type);
    json_object_set_new(made, "Regexp", json_string(""));
    json_object_set_new(made, "RemoveEmptyTags", json_false());
    return made;
}

static void refuse_interpolation(struct parsing *in, const json_t *made)
{
    const json_t *service = json_object_get(made, "Service");
    const char *name = json_string_value(json_object_get(service, "Service"));

    if (name != NULL && strstr(name, "${") != NULL)
        fault(in, "Service.Service '%.64s': nothing is interpolated here", name);
}

static json_t *whole(struct parsing *in, const json_t *root)
{
    json_t *made = json_object();

    refuse_given(in, root, "Session",
                 "Queries bound to a %s are not supported: delete it when it is done");
    add_text(in, made, root, "Name");
    json_object_set_new(made, "Session", json_string(""));
    json_object_set_new(made, "Token", json_string(""));
    json_object_set_new(made, "Template", template_of(in, root));
    json_object_set_new(made, "Service", service_of(in, object_of(in, root, "Service")));
    json_object_set_new(made, "DNS", dns_of(in, object_of(in, root, "DNS")));
    refuse_interpolation(in, made);
    return made;
}

json_t *prepared_parse(const char *text, size_t length, struct reason *why)
{
    struct parsing in = { .why = why };
    json_t *root = body_parse(text, length, why);

    if (root == NULL)
        return NULL;
    json_t *made = whole(&in, root);
    json_decref(root);
    if (!in.failed && made != NULL)
        return made;
    if (!in.failed)
        reason_set(why, "Request decode failed: out of memory");
    json_decref(made);
    return NULL;
}
