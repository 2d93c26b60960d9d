#include "consul/annex.h"

#include <stdlib.h>
#include <string.h>

#include "consul/annex_plain.h"
#include "model/instance.h"

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

static void set_unless(json_t *object, const char *key, const char *text,
                       const char *plain)
{
    if (text != NULL && strcmp(text, plain) != 0)
        set_text(object, key, text);
}

static void set_json(json_t *object, const char *key, const json_t *value)
{
    if (value != NULL)
        json_object_set(object, key, (json_t *)value);
}

static void set_flag(json_t *object, const char *key, bool value)
{
    if (value)
        json_object_set_new(object, key, json_true());
}

static json_t *make_check(const struct annex *annex, const struct rollcall_instance *is,
                          unsigned index)
{
    const struct annex_check *from = &annex->checks[index];
    const struct rollcall_check *check = &is->checks[index];
    char text[ANNEX_TEXT_SIZE];
    json_t *to = json_object();

    set_unless(to, "id", from->id, plain_check_id(is, index, is->check_count, text));
    set_unless(to, "name", from->name, plain_check_name(annex_service(annex, is), text));
    set_unless(to, "notes", from->notes, check->notes);
    set_unless(to, "interval", from->interval, plain_interval(check, from->alone, text));
    set_unless(to, "timeout", from->timeout, plain_timeout(check, from->alone, text));
    set_flag(to, "alone", from->alone);
    if (from->output_max != 0)
        json_object_set_new(to, "output_max", json_integer(from->output_max));
    return to;
}

json_t *annex_check_write(const struct annex_check *from)
{
    json_t *to = json_object();

    set_text(to, "id", from->id);
    set_text(to, "name", from->name);
    set_text(to, "notes", from->notes);
    set_text(to, "interval", from->interval);
    set_text(to, "timeout", from->timeout);
    set_text(to, "type", from->type);
    set_text(to, "output", from->output);
    set_json(to, "definition", from->definition);
    set_text(to, "status", health_word(from->status));
    return to;
}

/* Empty objects stand for checks of which there is nothing to say, up to the last one of
 * which there is. */
static void set_checks(json_t *root, const struct annex *annex,
                       const struct rollcall_instance *is)
{
    bool outside = annex->node.name != NULL;
    unsigned count = outside ? annex->check_count : is->check_count, needed = 0;
    json_t *checks = json_array();

    for (unsigned i = 0; i < count && i < MODEL_CHECKS_MAX; i++) {
        json_t *one =
            outside ? annex_check_write(&annex->checks[i]) : make_check(annex, is, i);
        if (json_object_size(one) > 0)
            needed = i + 1;
        json_array_append_new(checks, one);
    }
    while (json_array_size(checks) > needed)
        json_array_remove(checks, json_array_size(checks) - 1);
    if (needed > 0)
        json_object_set(root, "checks", checks);
    json_decref(checks);
}

static void set_node(json_t *root, const struct annex_node *node)
{
    json_t *to;

    if (node->name == NULL)
        return;
    to = json_object();
    set_text(to, "name", node->name);
    set_text(to, "id", node->id);
    set_text(to, "address", node->address);
    set_json(to, "tagged_addresses", node->tagged);
    set_json(to, "meta", node->meta);
    json_object_set_new(root, "node", to);
}

static void set_service(json_t *root, const struct annex *annex,
                        const struct rollcall_instance *is)
{
    char text[ANNEX_TEXT_SIZE];

    set_unless(root, "name", annex->service, is->service);
    set_unless(root, "service_id", annex->service_id, is->id);
    set_unless(root, "address", annex->address, plain_address(is, text));
    set_unless(root, "kind", annex->kind, "");
    set_unless(root, "socket_path", annex->socket_path, "");
    if (annex->has_warning_weight && annex->warning_weight != 1)
        json_object_set_new(root, "warning_weight", json_integer(annex->warning_weight));
    set_flag(root, "tag_override", annex->tag_override);
    set_json(root, "tags", annex->tags);
    set_json(root, "tagged_addresses", annex->tagged);
    set_json(root, "proxy", annex->proxy);
    set_json(root, "connect", annex->connect);
    set_json(root, "locality", annex->locality);
}

void annex_write(const struct annex *annex, const struct rollcall_instance *is,
                 struct buffer *out)
{
    json_t *root = json_object();

    if (root == NULL) {
        out->failed = true;
        return;
    }
    set_service(root, annex, is);
    set_node(root, &annex->node);
    set_checks(root, annex, is);
    if (json_object_size(root) > 0) {
        char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
        if (text == NULL)
            out->failed = true;
        else
            buffer_text(out, text);
        free(text);
    }
    json_decref(root);
}
