/* registry/labels.h - DNS labels of instances, one of a kind in each service.
 *
 * "One of a kind" is meant for each datacenter. First come keeps the plain label; who
 * comes later, or is called like a tag of the service, gets a hashed one (docs/dns.md
 * §1.11). A label is held once by the committed instance and once by each registration
 * under way, so a refused or repeated one lets go only of its own. Only hashes are kept;
 * two names with one hash cost the later one its plain label and nothing else. Threads
 * control.
 */
#ifndef REGISTRY_LABELS_H
#define REGISTRY_LABELS_H

#include "registry/catalogue.h"
#include "registry/tally.h"

struct labels {
    struct tally held; /* (service, label) */
    struct tally tags; /* (service, tag): how many committed instances have it */
    const char *home;  /* borrowed: the datacenter that "" means; NULL: none */
    uint64_t seed;
};

void labels_init(struct labels *labels);
void labels_deinit(struct labels *labels);

enum rollcall_status labels_hold(struct labels *labels, const struct service *service,
                                 const char *datacenter, const char *label);
void labels_drop(struct labels *labels, const struct service *service,
                 const char *datacenter, const char *label);

/* A label for a new instance: `out` of 64. `own` (may be NULL) tells whether a label that
 * is held is held by this very id. Nothing is held by this call. */
void labels_choose(const struct labels *labels, const struct service *service,
                   const struct rollcall_instance *instance, const char *node,
                   bool (*own)(const void *context, const char *label),
                   const void *context, char *out);

/* The tags of a committed instance count from now on, or no more. */
void labels_count_tags(struct labels *labels, const struct service *service,
                       const struct rollcall_instance *instance);
void labels_forget_tags(struct labels *labels, const struct service *service,
                        const struct rollcall_instance *instance);

/* The label of an entry; `label` is owned from now on. It costs nothing where the id ends
 * in it. */
void label_adopt(struct entry *entry, char *label);
void label_clear(struct entry *entry);

#endif
