#include "consul/definition.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consul/defining.h"
#include "consul/names.h"
#include "model/instance.h"
#include "proto/encode.h"

enum { CHECK_NAME_MAX = 64 }; /* octets of the name of a check of ours */

struct piece {
    struct piece *next;
    char bytes[];
};

struct definition *definition_create(const struct definition_home *home)
{
    struct definition *definition = calloc(1, sizeof *definition);

    if (definition == NULL)
        return NULL;
    definition->home = *home;
    instance_defaults(&definition->is);
    definition->is.id = definition->is.service = "";
    definition->is.version = definition->is.zone = definition->is.datacenter = "";
    definition->is.host = "";
    definition->is.namespace_name = home->namespace_name;
    definition->is.tags = definition->tags;
    definition->is.meta = definition->meta;
    definition->is.checks = definition->checks;
    return definition;
}

void definition_destroy(struct definition *definition)
{
    if (definition == NULL)
        return;
    for (unsigned i = 0; i < definition->body_count; i++)
        json_decref(definition->bodies[i]);
    for (unsigned i = 0; i < definition->annex_count; i++)
        json_decref(definition->annexes[i]);
    for (unsigned i = 0; i < definition->instance_count; i++)
        instance_unref(definition->instances[i]);
    while (definition->pieces != NULL) {
        struct piece *piece = definition->pieces;
        definition->pieces = piece->next;
        free(piece);
    }
    free(definition);
}

void *definition_take(struct definition *definition, size_t size)
{
    struct piece *piece = calloc(1, sizeof *piece + size);

    if (piece == NULL)
        return NULL;
    piece->next = definition->pieces;
    definition->pieces = piece;
    return piece->bytes;
}

const char *definition_text(struct definition *definition, const char *format, ...)
{
    va_list arguments, again;

    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : definition_take(definition, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* --- Checks. */

unsigned definition_find(const struct definition *definition, const char *check_id)
{
    for (unsigned i = 0; i < definition->is.check_count; i++)
        if (strcmp(definition->annex.checks[i].id, check_id) == 0)
            return i;
    return definition->is.check_count;
}

struct rollcall_check *definition_place(struct definition *definition,
                                        struct annex_check **annex, struct reason *why)
{
    uint8_t at = definition->is.check_count;

    if (at >= MODEL_CHECKS_MAX) {
        reason_set(why, "Invalid check: a service has at most %d checks",
                   MODEL_CHECKS_MAX);
        return NULL;
    }
    definition->is.check_count = (uint8_t)(at + 1);
    definition->annex.check_count = at + 1u;
    *annex = &definition->annex.checks[at];
    memset(*annex, 0, sizeof **annex);
    memset(&definition->checks[at], 0, sizeof *definition->checks);
    return &definition->checks[at];
}

bool definition_drop_check(struct definition *definition, const char *check_id)
{
    unsigned at = definition_find(definition, check_id);
    unsigned after = definition->is.check_count - at;

    if (after == 0)
        return false;
    memmove(&definition->checks[at], &definition->checks[at + 1],
            (after - 1) * sizeof *definition->checks);
    memmove(&definition->annex.checks[at], &definition->annex.checks[at + 1],
            (after - 1) * sizeof *definition->annex.checks);
    definition->is.check_count--;
    definition->annex.check_count--;
    return true;
}

const char *definition_next_id(const struct definition *definition, unsigned *at)
{
    if (*at >= definition->is.check_count)
        return NULL;
    return definition->annex.checks[(*at)++].id;
}

enum rollcall_status definition_add_check(struct definition *definition, json_t *body,
                                          struct reason *why)
{
    struct check_body said;
    struct rollcall_check check = { .name = "" };
    struct annex_check annex = { .id = NULL };

    if (definition->body_count == DEFINITION_SOURCES)
        return ROLLCALL_E_LIMIT;
    definition->bodies[definition->body_count++] = json_incref(body);
    enum rollcall_status status = check_body_decode(body, &said, why);
    if (status != ROLLCALL_OK)
        return status;
    const char *id = said.id[0] != '\0' ? said.id : said.check_id;
    status = check_body_build(definition, &said, id[0] != '\0' ? id : said.name, true,
                              &check, &annex, why);
    if (status != ROLLCALL_OK)
        return status;
    unsigned at = definition_find(definition, annex.id);
    struct annex_check *place = &definition->annex.checks[at];
    if (at == definition->is.check_count &&
        definition_place(definition, &place, why) == NULL)
        return ROLLCALL_E_INVALID;
    definition->checks[at] = check;
    *place = annex;
    return ROLLCALL_OK;
}

/* --- An instance that exists. */

/* One that was read: its checks with everything said that counting them would change. */
static enum rollcall_status take_check(struct definition *definition,
                                       const struct annex *from,
                                       const struct rollcall_instance *is, unsigned index,
                                       struct reason *why)
{
    char id[ANNEX_TEXT_SIZE], name[ANNEX_TEXT_SIZE];
    struct annex_check *annex;
    struct rollcall_check *check = definition_place(definition, &annex, why);

    if (check == NULL)
        return ROLLCALL_E_INVALID;
    *check = is->checks[index];
    *annex = from->checks[index];
    annex->id = definition_text(definition, "%s", annex_check_id(from, is, index, id));
    annex->name =
        definition_text(definition, "%s", annex_check_name(from, is, index, name));
    if (check->initial == 0) /* the status of the instance will be another one */
        check->initial = (uint8_t)(is->status + 1);
    return annex->id == NULL || annex->name == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
}

/* The instance and what its annex says live as long as the definition. */
static enum rollcall_status open_instance(struct definition *definition,
                                          struct instance *instance, struct annex *out)
{
    if (definition->instance_count == DEFINITION_SOURCES)
        return ROLLCALL_E_LIMIT;
    definition->instances[definition->instance_count++] = instance_ref(instance);
    annex_read(out, &instance->is);
    if (out->root != NULL) /* one for each instance at most */
        definition->annexes[definition->annex_count++] = out->root;
    return ROLLCALL_OK;
}

enum rollcall_status definition_read_instance(struct definition *definition,
                                              struct instance *instance,
                                              struct reason *why)
{
    struct annex from;
    enum rollcall_status status = open_instance(definition, instance, &from);

    if (status != ROLLCALL_OK)
        return status;
    definition->is = instance->is;
    definition->is.checks = definition->checks;
    definition->is.check_count = 0;
    definition->annex = from;
    definition->annex.root = NULL;
    if (from.node.name != NULL)
        return ROLLCALL_OK;
    definition->annex.check_count = 0;
    for (unsigned i = 0; i < instance->is.check_count && status == ROLLCALL_OK; i++)
        status = take_check(definition, &from, &instance->is, i, why);
    return status;
}

enum rollcall_status definition_keep_checks(struct definition *definition,
                                            struct instance *before, struct reason *why)
{
    char id[ANNEX_TEXT_SIZE];
    struct annex from;
    enum rollcall_status status = open_instance(definition, before, &from);

    for (unsigned i = 0; status == ROLLCALL_OK && i < before->is.check_count; i++) {
        const char *known = annex_check_id(&from, &before->is, i, id);
        if (definition_find(definition, known) == definition->is.check_count)
            status = take_check(definition, &from, &before->is, i, why);
    }
    return status;
}

/* --- The instance. */

const char *definition_id(const struct definition *definition)
{
    return definition->is.id;
}

static enum rollcall_health worse(enum rollcall_health a, enum rollcall_health b)
{
    return a < b ? a : b;
}

/* The worst of what the checks are until their first result. */
static enum rollcall_health worst(const struct definition *definition)
{
    enum rollcall_health health = ROLLCALL_PASSING;

    if (definition->annex.node.name != NULL)
        for (unsigned i = 0; i < definition->annex.check_count; i++)
            health = worse(health, definition->annex.checks[i].status);
    else
        for (unsigned i = 0; i < definition->is.check_count; i++)
            health =
                worse(health, (enum rollcall_health)(definition->checks[i].initial - 1));
    return health;
}

static bool name_is_free(const struct definition *definition, unsigned count,
                         const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(definition->checks[i].name, name) == 0)
            return false;
    return true;
}

/* Ours are short; those that do not fit are counted. */
static bool name_check(struct definition *definition, unsigned index)
{
    const char *name = definition->annex.checks[index].id;

    if (strlen(name) > CHECK_NAME_MAX || !name_is_free(definition, index, name))
        for (unsigned n = index + 1;; n++) {
            name = definition_text(definition, "c%u", n);
            if (name == NULL || name_is_free(definition, index, name))
                break;
        }
    definition->checks[index].name = name;
    return name != NULL;
}

static enum rollcall_status write_annex(struct definition *definition,
                                        struct buffer *text, struct reason *why)
{
    annex_write(&definition->annex, &definition->is, text);
    if (text->failed) {
        reason_set(why,
                   "Invalid service: its names, notes and what only Consul knows are "
                   "more than %d octets",
                   ANNEX_MAX);
        return ROLLCALL_E_INVALID;
    }
    definition->is.annex = text->length > 0 ? text->data : NULL;
    return ROLLCALL_OK;
}

/* The rules of the model speak of their own fields. */
static enum rollcall_status admit(const struct definition *definition, struct reason *why)
{
    struct reason said = REASON_NONE;
    enum rollcall_status status =
        instance_validate(&definition->is, definition->home.schemas, &said);

    if (status != ROLLCALL_OK)
        reason_set(why, "Invalid %s: %s",
                   strncmp(said.field, "checks", 6) == 0 ? "check" : "service",
                   reason_text(&said, rollcall_status_text(status)));
    return status;
}

enum rollcall_status definition_finish(struct definition *definition,
                                       struct instance **out, struct reason *why)
{
    struct buffer text;
    struct instance *made = NULL;

    if (definition->annex.check_count > 0)
        definition->is.status = worst(definition);
    for (unsigned i = 0; i < definition->is.check_count; i++)
        if (!name_check(definition, i))
            return ROLLCALL_E_NOMEM;
    buffer_init(&text, ANNEX_MAX);
    enum rollcall_status status = write_annex(definition, &text, why);
    if (status == ROLLCALL_OK)
        status = admit(definition, why);
    if (status == ROLLCALL_OK) {
        made = instance_copy(&definition->is);
        status = made == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
    } else if (status != ROLLCALL_E_NOMEM) {
        status = ROLLCALL_E_INVALID;
    }
    definition->is.annex = NULL;
    buffer_deinit(&text);
    if (status == ROLLCALL_OK)
        *out = made;
    return status;
}
