#include "consul/opaque.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/body.h"

enum shape { TEXT, FLAG, WHOLE, OBJECT, TEXT_LISTS, LIST };

struct member {
    const char *name; /* NULL ends a table */
    enum shape shape;
    const struct member *inside; /* of an OBJECT, or of each in a LIST; NULL: anything */
};

static const struct member mode[] = { { .name = "Mode", .shape = TEXT }, { 0 } };

static const struct member transparent[] = {
    { .name = "OutboundListenerPort", .shape = WHOLE },
    { .name = "DialedDirectly", .shape = FLAG },
    { 0 },
};

static const struct member path[] = {
    { .name = "ListenerPort", .shape = WHOLE },   { .name = "Path", .shape = TEXT },
    { .name = "LocalPathPort", .shape = WHOLE },  { .name = "Protocol", .shape = TEXT },
    { .name = "ParsedFromCheck", .shape = FLAG }, { 0 },
};

static const struct member expose[] = {
    { .name = "Checks", .shape = FLAG },
    { .name = "Paths", .shape = LIST, .inside = path },
    { 0 },
};

static const struct member access_logs[] = {
    { .name = "Enabled", .shape = FLAG },
    { .name = "DisableListenerLogs", .shape = FLAG },
    { .name = "Type", .shape = TEXT },
    { .name = "Path", .shape = TEXT },
    { .name = "JSONFormat", .shape = TEXT },
    { .name = "TextFormat", .shape = TEXT },
    { 0 },
};

static const struct member extension[] = {
    { .name = "Name", .shape = TEXT },         { .name = "Required", .shape = FLAG },
    { .name = "Arguments", .shape = OBJECT },  { .name = "ConsulVersion", .shape = TEXT },
    { .name = "EnvoyVersion", .shape = TEXT }, { 0 },
};

static const struct member upstream[] = {
    { .name = "DestinationType", .shape = TEXT },
    { .name = "DestinationPartition", .shape = TEXT },
    { .name = "DestinationNamespace", .shape = TEXT },
    { .name = "DestinationPeer", .shape = TEXT },
    { .name = "DestinationName", .shape = TEXT },
    { .name = "Datacenter", .shape = TEXT },
    { .name = "LocalBindAddress", .shape = TEXT },
    { .name = "LocalBindPort", .shape = WHOLE },
    { .name = "LocalBindSocketPath", .shape = TEXT },
    { .name = "LocalBindSocketMode", .shape = TEXT },
    { .name = "Config", .shape = OBJECT },
    { .name = "MeshGateway", .shape = OBJECT, .inside = mode },
    { .name = "CentrallyConfigured", .shape = FLAG },
    { 0 },
};

static const struct member proxy[] = {
    { .name = "EnvoyExtensions", .shape = LIST, .inside = extension },
    { .name = "DestinationServiceName", .shape = TEXT },
    { .name = "DestinationServiceID", .shape = TEXT },
    { .name = "LocalServiceAddress", .shape = TEXT },
    { .name = "LocalServicePort", .shape = WHOLE },
    { .name = "LocalServiceSocketPath", .shape = TEXT },
    { .name = "Mode", .shape = TEXT },
    { .name = "TransparentProxy", .shape = OBJECT, .inside = transparent },
    { .name = "MutualTLSMode", .shape = TEXT },
    { .name = "Config", .shape = OBJECT },
    { .name = "Upstreams", .shape = LIST, .inside = upstream },
    { .name = "MeshGateway", .shape = OBJECT, .inside = mode },
    { .name = "Expose", .shape = OBJECT, .inside = expose },
    { .name = "AccessLogs", .shape = OBJECT, .inside = access_logs },
    { 0 },
};

static const struct member mesh[] = {
    { .name = "Native", .shape = FLAG },
    { 0 },
};

static const struct member locality[] = {
    { .name = "Region", .shape = TEXT },
    { .name = "Zone", .shape = TEXT },
    { 0 },
};

static const struct member definition[] = {
    { .name = "HTTP", .shape = TEXT },
    { .name = "Header", .shape = TEXT_LISTS },
    { .name = "Method", .shape = TEXT },
    { .name = "Body", .shape = TEXT },
    { .name = "TLSServerName", .shape = TEXT },
    { .name = "TLSSkipVerify", .shape = FLAG },
    { .name = "TCP", .shape = TEXT },
    { .name = "TCPUseTLS", .shape = FLAG },
    { .name = "UDP", .shape = TEXT },
    { .name = "GRPC", .shape = TEXT },
    { .name = "OSService", .shape = TEXT },
    { .name = "GRPCUseTLS", .shape = FLAG },
    { 0 },
};

static bool is_texts(const json_t *list)
{
    if (!json_is_array(list))
        return json_is_null(list);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return false;
    return true;
}

static bool is_text_lists(const json_t *object)
{
    const char *key;
    json_t *value;
    bool good = json_is_object(object);

    json_object_foreach((json_t *)object, key, value) good = good && is_texts(value);
    return good;
}

/* What it should be; NULL: it is. */
static const char *wanted(enum shape shape, const json_t *value)
{
    switch (shape) {
    case TEXT:
        return json_is_string(value) ? NULL : "a string";
    case FLAG:
        return json_is_boolean(value) ? NULL : "true or false";
    case WHOLE:
        return json_is_integer(value) ? NULL : "an integer";
    case OBJECT:
        return json_is_object(value) ? NULL : "an object";
    case TEXT_LISTS:
        return is_text_lists(value) ? NULL : "an object of arrays of strings";
    case LIST:
        break;
    }
    return json_is_array(value) ? NULL : "an array";
}

static bool admit_object(const char *where, const json_t *object,
                         const struct member *table, struct reason *why);

/* One value of a member; `where` is the name of it. The tables are as deep as this goes.
 */
static bool admit_value(const char *where, const json_t *value, enum shape shape,
                        const struct member *inside, struct reason *why)
{
    if (json_is_null(value))
        return true;
    const char *right = wanted(shape, value);
    if (right != NULL) {
        reason_set(why, "Request decode failed: %s must be %s, not %s", where, right,
                   body_type_word(value));
        return false;
    }
    if (shape == OBJECT && inside != NULL)
        return admit_object(where, value, inside, why);
    for (size_t i = 0; shape == LIST && i < json_array_size(value); i++)
        if (!admit_value(where, json_array_get(value, i), OBJECT, inside, why))
            return false;
    return true;
}

/* Every spelling of a name: clients take any case of letters. */
static bool admit_object(const char *where, const json_t *object,
                         const struct member *table, struct reason *why)
{
    char name[128];
    const char *key;
    json_t *value;
    bool good = true;

    json_object_foreach((json_t *)object, key, value)
    {
        const struct member *row = table;
        while (row->name != NULL && strcasecmp(row->name, key) != 0)
            row++;
        if (!good || row->name == NULL)
            continue;
        snprintf(name, sizeof name, "%s.%s", where, row->name);
        good = admit_value(name, value, row->shape, row->inside, why);
    }
    return good;
}

bool opaque_admit(enum opaque_kind kind, const json_t *object, struct reason *why)
{
    static const struct {
        const char *name;
        const struct member *table;
    } kinds[] = {
        [OPAQUE_PROXY] = { "Proxy", proxy },
        [OPAQUE_CONNECT] = { "Connect", mesh },
        [OPAQUE_LOCALITY] = { "Locality", locality },
        [OPAQUE_DEFINITION] = { "Definition", definition },
    };

    return object == NULL ||
           admit_object(kinds[kind].name, object, kinds[kind].table, why);
}
