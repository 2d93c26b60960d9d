#include "consul/txn_catalog.h"

#include <string.h>

#include "consul/body.h"

static const char *const thing_words[THINGS] = { "KV", "Node", "Service", "Check" };

static const char *const verb_words[CATALOG_VERBS] = { "get", "set", "cas", "delete",
                                                       "delete-cas" };

const char *catalog_thing_word(enum catalog_thing thing)
{
    return thing_words[thing];
}

bool catalog_operation_writes(const struct catalog_operation *operation)
{
    return operation->thing != CATALOG_NONE && operation->verb != CATALOG_GET;
}

static bool read_verb(struct body_reader *reader, struct catalog_operation *out)
{
    const char *word = "";

    (void)body_text(reader, "Verb", &word);
    out->verb = CATALOG_GET;
    while (out->verb < CATALOG_VERBS && strcmp(word, verb_words[out->verb]) != 0)
        out->verb++;
    if (!reader->failed && out->verb == CATALOG_VERBS)
        reason_set(reader->why, "unknown %s verb \"%.40s\"", thing_words[out->thing],
                   word);
    else if (!reader->failed && out->thing != CATALOG_CHECK && out->verb != CATALOG_GET)
        reason_set(reader->why,
                   "%s verbs other than get: use /v1/catalog/register and deregister",
                   thing_words[out->thing]);
    else
        return !reader->failed;
    return false;
}

static bool read_object(const json_t *object, struct catalog_operation *out,
                        struct reason *why)
{
    struct body_reader reader = { .object = object, .why = why };
    const json_t *is = NULL;

    if (!read_verb(&reader, out))
        return false;
    (void)body_object(&reader, thing_words[out->thing], &is);
    if (out->thing == CATALOG_SERVICE)
        (void)body_text(&reader, "Node", &out->node);
    struct body_reader inner = { .object = is, .why = why };
    if (out->thing != CATALOG_SERVICE && !reader.failed)
        (void)body_text(&inner, "Node", &out->node);
    if (!reader.failed) {
        (void)body_text(&inner, out->thing == CATALOG_CHECK ? "CheckID" : "ID", &out->id);
        (void)body_text(&inner, "ServiceID", &out->service_id);
        (void)body_integer(&inner, "ModifyIndex", &out->index);
    }
    if (out->thing == CATALOG_CHECK && out->id[0] == '\0' && !inner.failed)
        (void)body_text(&inner, "Name", &out->id);
    out->is = (json_t *)is;
    return !reader.failed && !inner.failed;
}

bool catalog_operation_read(const json_t *value, struct catalog_operation *out,
                            struct reason *why)
{
    const json_t *object = NULL;
    unsigned things = 0;

    *out = (struct catalog_operation){ .node = "", .id = "", .service_id = "" };
    for (unsigned thing = CATALOG_NONE; thing < THINGS; thing++) {
        const json_t *member = body_member(value, thing_words[thing]);
        if (member == NULL)
            continue;
        things++;
        out->thing = thing;
        object = member;
    }
    if (things > 1)
        reason_set(why, "is about more than one thing (KV, Node, Service or Check)");
    else if (!json_is_object(object))
        reason_set(why, "says nothing to do (KV, Node, Service or Check)");
    else if (read_object(object, out, why) && out->node[0] != '\0' &&
             (out->thing == CATALOG_NODE || out->id[0] != '\0'))
        return true;
    else if (why->text[0] == '\0')
        reason_set(why, "must name a node, and the service or check on it");
    return false;
}
