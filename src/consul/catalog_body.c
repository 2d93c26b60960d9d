#include "consul/catalog_body.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "consul/body.h"
#include "consul/opaque.h"
#include "consul/shapes.h"
#include "model/instance.h"

/* --- Reading. */

static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t i = 0;

    for (; form[i] != '\0' && text[i] != '\0'; i++)
        if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return form[i] == text[i];
}

static bool is_name(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return length > 0 && length <= CATALOG_NAME_MAX;
}

/* A map of texts; NULL is one too. */
static bool check_texts(const json_t *map, const char *name, struct reason *why)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)map, key, value)
    {
        if (json_is_string(value))
            continue;
        reason_set(why, "Request decode failed: %s.%.32s must be a string", name, key);
        return false;
    }
    return true;
}

/* As a text under the name that clients know: Go's read no number there, nor any list of
 * checks that has one. */
static bool set_duration(json_t *definition, const char *name, struct reason *why)
{
    struct body_reader reader = { .object = definition, .why = why };
    char number[64], text[32];
    int64_t length = 0;

    snprintf(number, sizeof number, "%sDuration", name);
    const json_t *said = body_member(definition, name);
    bool good = said != NULL && json_is_string(said);
    if (!body_duration(&reader, name, &length))
        (void)body_duration(&reader, number, &length);
    if (reader.failed)
        return false;
    body_remove(definition, number);
    if (good || length == 0)
        return true;
    body_remove(definition, name);
    annex_print_duration(length, text);
    if (json_object_set_new(definition, name, json_string(text)) == 0)
        return true;
    reason_set(why, "Out of memory");
    return false;
}

static bool read_definition(const json_t *definition, struct reason *why)
{
    json_t *own = (json_t *)definition; /* the body is ours alone */

    return definition == NULL ||
           (opaque_admit(OPAQUE_DEFINITION, definition, why) &&
            set_duration(own, "Interval", why) && set_duration(own, "Timeout", why) &&
            set_duration(own, "DeregisterCriticalServiceAfter", why));
}

static bool read_check(const json_t *object, struct catalog_check *out,
                       struct reason *why)
{
    struct body_reader reader = { .object = object, .why = why };
    const char *status = "critical";
    struct annex_check *is = &out->is;

    *out = (struct catalog_check){ .service_id = "" };
    is->id = is->name = is->notes = is->output = is->type = "";
    is->interval = is->timeout = "";
    (void)body_text(&reader, "CheckID", &is->id);
    (void)body_text(&reader, "Name", &is->name);
    (void)body_text(&reader, "Notes", &is->notes);
    (void)body_text(&reader, "Output", &is->output);
    (void)body_text(&reader, "Type", &is->type);
    (void)body_text(&reader, "Interval", &is->interval);
    (void)body_text(&reader, "Timeout", &is->timeout);
    (void)body_text(&reader, "ServiceID", &out->service_id);
    (void)body_text(&reader, "Status", &status);
    (void)body_object(&reader, "Definition", &is->definition);
    if (reader.failed || !read_definition(is->definition, why))
        return false;
    if (is->id[0] == '\0')
        is->id = is->name;
    if (is->id[0] == '\0') {
        reason_set(why, "Must provide a name or an ID of the check");
        return false;
    }
    if (status[0] == '\0')
        status = "critical";
    if (!health_parse(status, &is->status)) {
        reason_set(why, "Invalid check status: '%.32s'", status);
        return false;
    }
    return true;
}

static bool add_check(const json_t *object, struct catalog_registration *out,
                      struct reason *why)
{
    if (object == NULL || json_is_null(object))
        return true;
    if (!json_is_object(object)) {
        reason_set(why, "Request decode failed: a check must be an object, not %s",
                   body_type_word(object));
        return false;
    }
    if (out->check_count == CATALOG_CHECKS_MAX) {
        reason_set(why, "Too many checks in one request (limit: %d)", CATALOG_CHECKS_MAX);
        return false;
    }
    return read_check(object, &out->checks[out->check_count++], why);
}

static bool check_node(const struct catalog_registration *is, struct reason *why)
{
    if (is->node[0] == '\0')
        reason_set(why, "Must provide node");
    else if (!is_name(is->node))
        reason_set(why, "Bad node name: give 1 to %d printable characters",
                   CATALOG_NAME_MAX);
    else if (is->address[0] == '\0' && !is->skip_node)
        reason_set(why, "Must provide address if SkipNodeUpdate is not set");
    else if (strlen(is->address) > 255)
        reason_set(why, "Bad node address: too long (limit: 255 characters)");
    else if (is->id[0] != '\0' && !is_uuid(is->id))
        reason_set(why, "Bad node ID: '%.64s' is no UUID", is->id);
    else
        return true;
    return false;
}

void catalog_body_drops(const char *node, struct catalog_registration *out)
{
    out->node = node;
    out->id = out->address = out->datacenter = "";
    out->tagged = out->meta = out->service = NULL;
    out->skip_node = true;
    out->check_count = out->drop_count = 0;
}

bool catalog_body_register(const json_t *body, struct catalog_registration *out,
                           struct reason *why)
{
    struct body_reader reader = { .object = body, .why = why };
    const json_t *check = NULL;
    const json_t *checks = NULL;

    catalog_body_drops("", out);
    out->skip_node = false;
    (void)body_text(&reader, "Node", &out->node);
    (void)body_text(&reader, "ID", &out->id);
    (void)body_text(&reader, "Address", &out->address);
    (void)body_text(&reader, "Datacenter", &out->datacenter);
    (void)body_object(&reader, "TaggedAddresses", &out->tagged);
    (void)body_object(&reader, "NodeMeta", &out->meta);
    (void)body_object(&reader, "Service", &out->service);
    (void)body_object(&reader, "Check", &check);
    (void)body_array(&reader, "Checks", &checks);
    (void)body_flag(&reader, "SkipNodeUpdate", &out->skip_node);
    if (reader.failed || !check_node(out, why) ||
        !check_texts(out->tagged, "TaggedAddresses", why) ||
        !check_texts(out->meta, "NodeMeta", why) || !add_check(check, out, why))
        return false;
    for (size_t i = 0; i < json_array_size(checks); i++)
        if (!add_check(json_array_get(checks, i), out, why))
            return false;
    return true;
}

bool catalog_body_deregister(const json_t *body, struct catalog_removal *out,
                             struct reason *why)
{
    struct body_reader reader = { .object = body, .why = why };

    *out = (struct catalog_removal){
        .node = "", .service_id = "", .check_id = "", .datacenter = ""
    };
    (void)body_text(&reader, "Node", &out->node);
    (void)body_text(&reader, "ServiceID", &out->service_id);
    (void)body_text(&reader, "CheckID", &out->check_id);
    (void)body_text(&reader, "Datacenter", &out->datacenter);
    if (reader.failed)
        return false;
    if (out->node[0] == '\0')
        reason_set(why, "Must provide node");
    return out->node[0] != '\0';
}

/* --- The record. */

static void set_text(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, json_string(text));
}

static size_t find_check(const json_t *checks, const char *id)
{
    const json_t *check;
    size_t at;

    json_array_foreach(checks, at, check)
    {
        const char *its = json_string_value(json_object_get(check, "id"));
        if (its != NULL && strcmp(its, id) == 0)
            return at;
    }
    return json_array_size(checks);
}

static void set_check(json_t *checks, const struct annex_check *check)
{
    size_t at = find_check(checks, check->id);

    if (at < json_array_size(checks))
        json_array_set_new(checks, at, annex_check_write(check));
    else
        json_array_append_new(checks, annex_check_write(check));
}

static void set_node(json_t *root, const struct catalog_registration *is)
{
    if (json_object_get(root, "name") == NULL) /* the ids of its services begin so */
        set_text(root, "name", is->node);
    set_text(root, "address", is->address);
    if (is->id[0] != '\0' || json_object_get(root, "id") == NULL)
        set_text(root, "id", is->id);
    json_object_set_new(root, "tagged",
                        is->tagged == NULL ? json_object() : json_deep_copy(is->tagged));
    json_object_set_new(root, "meta",
                        is->meta == NULL ? json_object() : json_deep_copy(is->meta));
}

static json_t *copy_of(const struct external *latest)
{
    json_t *root = latest == NULL ? json_object() : json_deep_copy(latest->root);

    if (root != NULL && json_object_get(root, "checks") == NULL)
        json_object_set_new(root, "checks", json_array());
    return root;
}

json_t *catalog_body_node(const struct catalog_registration *registration,
                          const struct external *latest, struct reason *why)
{
    json_t *root = copy_of(latest);
    json_t *checks = json_object_get(root, "checks");

    if (checks == NULL)
        goto fail;
    if (latest == NULL || !registration->skip_node)
        set_node(root, registration);
    for (unsigned i = 0; i < registration->check_count; i++)
        if (registration->checks[i].service_id[0] == '\0')
            set_check(checks, &registration->checks[i].is);
    if (json_array_size(checks) <= EXTERNAL_CHECKS_MAX)
        return root;
    reason_set(why, "A node has at most %d checks of its own", EXTERNAL_CHECKS_MAX);
fail:
    json_decref(root);
    return NULL;
}

void catalog_body_drop(json_t *root, struct catalog_registration *registration)
{
    json_t *checks = json_object_get(root, "checks");
    unsigned left = 0;

    for (unsigned i = 0; i < registration->drop_count; i++) {
        size_t at = find_check(checks, registration->drops[i]);
        if (at < json_array_size(checks))
            json_array_remove(checks, at);
        else
            registration->drops[left++] = registration->drops[i];
    }
    registration->drop_count = left;
}
