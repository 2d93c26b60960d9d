#include "registry/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/random.h"
#include "model/identity.h"

enum {
    TAG_MAX = 256,
    SALTS = 1000 /* a label that is free is found long before */
};

void labels_init(struct labels *labels)
{
    tally_init(&labels->held);
    tally_init(&labels->tags);
    labels->home = NULL;
    labels->seed = random_seed();
}

void labels_deinit(struct labels *labels)
{
    tally_deinit(&labels->held);
    tally_deinit(&labels->tags);
}

static uint64_t key_of(const struct labels *labels, const struct service *service,
                       const char *name, size_t length)
{
    uint64_t seed = hash_bytes(service->key, strlen(service->key), labels->seed);
    return hash_bytes(name, length, seed);
}

static uint64_t label_key(const struct labels *labels, const struct service *service,
                          const char *datacenter, const char *label)
{
    if (labels->home != NULL && strcmp(datacenter, labels->home) == 0)
        datacenter = "";
    uint64_t seed = hash_bytes(datacenter, strlen(datacenter), labels->seed);
    seed = hash_bytes(service->key, strlen(service->key), seed);
    return hash_bytes(label, strlen(label), seed);
}

/* Tags are compared without case, as DNS does. */
static uint64_t tag_key(const struct labels *labels, const struct service *service,
                        const char *tag)
{
    char lower[TAG_MAX];
    size_t length = 0;

    for (; tag[length] != '\0' && length < sizeof lower; length++) {
        char c = tag[length];
        lower[length] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return key_of(labels, service, lower, length);
}

enum rollcall_status labels_hold(struct labels *labels, const struct service *service,
                                 const char *datacenter, const char *label)
{
    return tally_add(&labels->held, label_key(labels, service, datacenter, label));
}

void labels_drop(struct labels *labels, const struct service *service,
                 const char *datacenter, const char *label)
{
    tally_drop(&labels->held, label_key(labels, service, datacenter, label));
}

static bool is_own_tag(const struct rollcall_instance *instance, const char *label)
{
    for (unsigned i = 0; i < instance->tag_count; i++) {
        if (strcasecmp(instance->tags[i], label) == 0)
            return true;
    }
    return false;
}

static bool is_held(const struct labels *labels, const struct service *service,
                    const char *datacenter, const char *label,
                    bool (*own)(const void *context, const char *label),
                    const void *context)
{
    if (tally_count(&labels->held, label_key(labels, service, datacenter, label)) == 0)
        return false;
    return own == NULL || !own(context, label);
}

void labels_choose(const struct labels *labels, const struct service *service,
                   const struct rollcall_instance *instance, const char *node,
                   bool (*own)(const void *context, const char *label),
                   const void *context, char *out)
{
    if (instance_plain_label(instance, out) && !is_own_tag(instance, out) &&
        tally_count(&labels->tags, tag_key(labels, service, out)) == 0 &&
        !is_held(labels, service, instance->datacenter, out, own, context))
        return;
    unsigned salt = 0;
    do {
        instance_hashed_label(instance, node, salt, out);
    } while (is_held(labels, service, instance->datacenter, out, own, context) &&
             ++salt < SALTS);
}

/* A tag that cannot be counted is one that a later instance may be called like; the
 * answers then prefer the instance (docs/dns.md §1.2), so running short is no error. */
void labels_count_tags(struct labels *labels, const struct service *service,
                       const struct rollcall_instance *instance)
{
    for (unsigned i = 0; i < instance->tag_count; i++)
        (void)tally_add(&labels->tags, tag_key(labels, service, instance->tags[i]));
}

void labels_forget_tags(struct labels *labels, const struct service *service,
                        const struct rollcall_instance *instance)
{
    for (unsigned i = 0; i < instance->tag_count; i++)
        tally_drop(&labels->tags, tag_key(labels, service, instance->tags[i]));
}

static bool label_is_inside(const struct entry *entry)
{
    uintptr_t start = (uintptr_t)entry->id, at = (uintptr_t)entry->label;
    return at >= start && at <= start + strlen(entry->id);
}

void label_adopt(struct entry *entry, char *label)
{
    size_t id = strlen(entry->id), length = strlen(label);
    char *inside = length <= id ? entry->id + id - length : NULL;

    label_clear(entry);
    entry->label = label;
    if (inside != NULL && strcmp(inside, label) == 0) {
        entry->label = inside;
        free(label);
    }
}

void label_clear(struct entry *entry)
{
    if (entry->label != NULL && !label_is_inside(entry))
        free(entry->label);
    entry->label = NULL;
}
