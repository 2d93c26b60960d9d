/* Reading an annex back, and what holds where it says nothing. */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "consul/annex.h"
#include "consul/annex_plain.h"
#include "model/instance.h"

static const char *get_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const json_t *get_of(const json_t *object, const char *key, json_type type)
{
    const json_t *value = json_object_get(object, key);

    return value != NULL && json_typeof(value) == type ? value : NULL;
}

static uint16_t get_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));

    return number < 0 || number > UINT16_MAX ? 0 : (uint16_t)number;
}

void annex_check_read(struct annex_check *out, const json_t *from)
{
    const char *status = get_text(from, "status");

    *out = (struct annex_check){
        .id = get_text(from, "id"),
        .name = get_text(from, "name"),
        .notes = get_text(from, "notes"),
        .interval = get_text(from, "interval"),
        .timeout = get_text(from, "timeout"),
        .output_max = get_number(from, "output_max"),
        .alone = json_is_true(json_object_get(from, "alone")),
        .type = get_text(from, "type"),
        .output = get_text(from, "output"),
        .definition = get_of(from, "definition", JSON_OBJECT),
    };
    if (status != NULL)
        (void)health_parse(status, &out->status);
}

static void read_node(struct annex_node *out, const json_t *from)
{
    *out = (struct annex_node){
        .name = get_text(from, "name"),
        .id = get_text(from, "id"),
        .address = get_text(from, "address"),
        .tagged = get_of(from, "tagged_addresses", JSON_OBJECT),
        .meta = get_of(from, "meta", JSON_OBJECT),
    };
}

static void read_root(struct annex *out, const json_t *root)
{
    const json_t *warning = get_of(root, "warning_weight", JSON_INTEGER);

    out->service = get_text(root, "name");
    out->service_id = get_text(root, "service_id");
    out->address = get_text(root, "address");
    out->kind = get_text(root, "kind");
    out->socket_path = get_text(root, "socket_path");
    out->has_warning_weight = warning != NULL;
    out->warning_weight = get_number(root, "warning_weight");
    out->tag_override = json_is_true(json_object_get(root, "tag_override"));
    out->tags = get_of(root, "tags", JSON_ARRAY);
    out->tagged = get_of(root, "tagged_addresses", JSON_OBJECT);
    out->proxy = json_object_get(root, "proxy");
    out->connect = json_object_get(root, "connect");
    out->locality = json_object_get(root, "locality");
    read_node(&out->node, json_object_get(root, "node"));
}

static void read_checks(struct annex *out, const json_t *list, unsigned count)
{
    for (unsigned i = 0; i < MODEL_CHECKS_MAX && i < count; i++)
        annex_check_read(&out->checks[i], json_array_get(list, i));
    out->check_count = count < MODEL_CHECKS_MAX ? count : MODEL_CHECKS_MAX;
}

void annex_read(struct annex *out, const struct rollcall_instance *is)
{
    json_t *root = is->annex == NULL ? NULL : json_loads(is->annex, 0, NULL);

    if (root == NULL) {
        memset(out, 0, offsetof(struct annex, checks));
        memset(out->checks, 0, is->check_count * sizeof *out->checks);
        out->check_count = is->check_count;
        return;
    }
    const json_t *list = json_object_get(root, "checks");
    out->root = root;
    read_root(out, root);
    read_checks(out, list,
                out->node.name != NULL ? (unsigned)json_array_size(list)
                                       : is->check_count);
}

void annex_deinit(struct annex *annex)
{
    json_decref(annex->root);
    annex->root = NULL;
}

/* --- What holds. */

const char *annex_service(const struct annex *annex, const struct rollcall_instance *is)
{
    return annex->service != NULL ? annex->service : is->service;
}

const char *annex_service_id(const struct annex *annex,
                             const struct rollcall_instance *is)
{
    return annex->service_id != NULL ? annex->service_id : is->id;
}

const char *annex_address(const struct annex *annex, const struct rollcall_instance *is,
                          char *out)
{
    return annex->address != NULL ? annex->address : plain_address(is, out);
}

const char *annex_check_id(const struct annex *annex, const struct rollcall_instance *is,
                           unsigned index, char *out)
{
    if (annex->checks[index].id != NULL)
        return annex->checks[index].id;
    return plain_check_id(is, index, annex->check_count, out);
}

const char *annex_check_name(const struct annex *annex,
                             const struct rollcall_instance *is, unsigned index,
                             char *out)
{
    if (annex->checks[index].name != NULL)
        return annex->checks[index].name;
    return plain_check_name(annex_service(annex, is), out);
}

/* Of the instance's own checks; NULL on another node, where they are in the annex. */
static const struct rollcall_check *check_of(const struct annex *annex,
                                             const struct rollcall_instance *is,
                                             unsigned index)
{
    return annex->node.name == NULL && index < is->check_count ? &is->checks[index]
                                                               : NULL;
}

const char *annex_check_notes(const struct annex *annex,
                              const struct rollcall_instance *is, unsigned index)
{
    const struct rollcall_check *check = check_of(annex, is, index);

    if (annex->checks[index].notes != NULL)
        return annex->checks[index].notes;
    return check == NULL ? "" : check->notes;
}

/* Ours has a kind of its own for HTTP over TLS, and another word for a script. */
const char *annex_check_type(const struct annex *annex,
                             const struct rollcall_instance *is, unsigned index)
{
    const struct rollcall_check *check = check_of(annex, is, index);

    if (annex->checks[index].type != NULL)
        return annex->checks[index].type;
    if (check == NULL)
        return "";
    if (strcmp(check->kind, "https") == 0)
        return "http";
    return strcmp(check->kind, "exec") == 0 ? "script" : check->kind;
}

const char *annex_check_interval(const struct annex *annex,
                                 const struct rollcall_instance *is, unsigned index,
                                 char *out)
{
    const struct rollcall_check *check = check_of(annex, is, index);

    if (annex->checks[index].interval != NULL)
        return annex->checks[index].interval;
    return check == NULL ? "" : plain_interval(check, annex->checks[index].alone, out);
}

const char *annex_check_timeout(const struct annex *annex,
                                const struct rollcall_instance *is, unsigned index,
                                char *out)
{
    const struct rollcall_check *check = check_of(annex, is, index);

    if (annex->checks[index].timeout != NULL)
        return annex->checks[index].timeout;
    return check == NULL ? "" : plain_timeout(check, annex->checks[index].alone, out);
}

enum rollcall_health annex_check_initial(const struct annex *annex,
                                         const struct rollcall_instance *is,
                                         unsigned index)
{
    const struct rollcall_check *check = check_of(annex, is, index);

    if (check == NULL)
        return annex->checks[index].status;
    return check->initial > 0 ? (enum rollcall_health)(check->initial - 1) : is->status;
}

bool annex_find_check(const struct annex *annex, const struct rollcall_instance *is,
                      const char *check_id, unsigned *index)
{
    char text[ANNEX_TEXT_SIZE];

    for (unsigned i = 0; i < annex->check_count; i++) {
        if (strcmp(annex_check_id(annex, is, i, text), check_id) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}
