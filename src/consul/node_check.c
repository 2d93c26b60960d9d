/* One check of our node: its versions. */
#include "consul/node_check.h"

#include <stdlib.h>
#include <string.h>

#include "consul/body.h"
#include "consul/definition.h"
#include "consul/shapes.h"
#include "model/instance.h"

static void destroy(struct version *version)
{
    struct node_check_saved *saved = (struct node_check_saved *)version;

    json_decref(saved->definition);
    instance_unref(saved->instance);
    free(saved->output);
    free(saved);
}

struct node_check_saved *node_check_make(json_t *definition, struct instance *instance,
                                         enum rollcall_health health, const char *output)
{
    struct node_check_saved *saved = calloc(1, sizeof *saved);

    if (saved == NULL)
        return NULL;
    saved->is = (struct version){ .refs = 1, .size = sizeof *saved, .destroy = destroy };
    saved->definition = json_incref(definition);
    saved->instance = instance == NULL ? NULL : instance_ref(instance);
    saved->health = health;
    if (output != NULL && output[0] != '\0')
        saved->output = strdup(output);
    return saved;
}

void node_check_pack(const struct version *version, struct buffer *out)
{
    const struct node_check_saved *saved = (const struct node_check_saved *)version;
    json_t *root = json_object();

    if (saved->definition != NULL)
        json_object_set(root, "definition", saved->definition);
    json_object_set_new(root, "status", json_string(health_word(saved->health)));
    if (saved->output != NULL)
        json_object_set_new(root, "output", json_string(saved->output));
    json_object_set_new(root, "create", json_integer((json_int_t)saved->create));
    json_object_set_new(root, "modify", json_integer((json_int_t)saved->modify));
    shape_json(out, root);
    json_decref(root);
}

struct node_check_saved *node_check_unpack(const struct consul *consul, const char *bytes,
                                           size_t length)
{
    json_t *root = json_loadb(bytes, length, 0, NULL);
    json_t *definition = json_object_get(root, "definition");
    const char *status = json_string_value(json_object_get(root, "status"));
    struct node_check_saved *saved = NULL;
    struct instance *instance = NULL;
    enum rollcall_health health;

    if (status == NULL || !health_parse(status, &health))
        goto end;
    if (definition != NULL &&
        node_check_instance(consul, definition, &instance, NULL) != ROLLCALL_OK)
        goto end;
    saved = node_check_make(definition, instance, health,
                            json_string_value(json_object_get(root, "output")));
    if (saved == NULL)
        goto end;
    saved->create = (uint64_t)json_integer_value(json_object_get(root, "create"));
    saved->modify = (uint64_t)json_integer_value(json_object_get(root, "modify"));
end:
    instance_unref(instance);
    json_decref(root);
    return saved;
}

enum rollcall_status node_check_instance(const struct consul *consul, json_t *definition,
                                         struct instance **out, struct reason *why)
{
    const struct definition_home home = { .node_name = consul->node.name,
                                          .namespace_name = "default",
                                          .address = &consul->own_address,
                                          .schemas = consul->schemas };
    struct definition *made = definition_create(&home);
    json_t *node = json_object();
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (made != NULL && node != NULL) {
        json_object_set_new(node, "Name", json_string("node"));
        status = definition_read_service(made, node, why);
    }
    if (status == ROLLCALL_OK)
        status = definition_add_check(made, definition, why);
    if (status == ROLLCALL_OK)
        status = definition_finish(made, out, why);
    json_decref(node);
    definition_destroy(made);
    return status;
}

const struct node_check_saved *node_check_committed(const struct node_check *check)
{
    return (const struct node_check_saved *)check->cell.committed;
}

const struct node_check_saved *node_check_latest(const struct node_check *check)
{
    return (const struct node_check_saved *)check->cell.latest;
}

bool node_check_takes_reports(const struct node_check_saved *saved)
{
    return saved->instance != NULL &&
           strcmp(saved->instance->is.checks[0].kind, "ttl") == 0;
}

enum rollcall_status node_check_save(struct node_check *check,
                                     struct node_check_saved *next, ledger_done done,
                                     void *context, struct reason *why)
{
    const struct node_check_saved *before = node_check_latest(check);
    struct bundle *bundle = ledger_begin(check->all->consul->ledger);

    if (bundle == NULL) {
        version_unref(next == NULL ? NULL : &next->is);
        return ROLLCALL_E_NOMEM;
    }
    if (next != NULL) {
        next->modify = bundle_revision(bundle);
        next->create = before == NULL ? next->modify : before->create;
    }
    bundle_set(bundle, &check->cell, next == NULL ? NULL : &next->is);
    return bundle_submit(bundle, done, context, why);
}
