/* One instance in one block: the struct, then its arrays, then its text.
 *
 * The same walk runs twice: once over a block without memory, which only counts, and
 * once over the real one. So the size and the layout cannot disagree. */
#include "model/instance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct block {
    char *memory; /* borrowed; NULL while counting */
    size_t used;
};

static void *block_take(struct block *block, size_t size, size_t align)
{
    size_t at = (block->used + align - 1) & ~(align - 1);
    block->used = at + size;
    return block->memory == NULL || size == 0 ? NULL : block->memory + at;
}

/* What many instances say: one text for all of them. With a hundred thousand HTTP checks
 * that is 7 MB. NULL: it is none of those. */
static const char *shared_text(const char *text)
{
    static const char *const words[] = {
        "default", "http",           "https",   "tcp",
        "ttl",     "target",         "path",    "expect_status",
        "200-299", "warning_status", "429",     "redirects",
        "10",      "/health",        "version",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text[0] == words[i][0] && strcmp(text, words[i]) == 0)
            return words[i];
    return NULL;
}

static const char *block_text(struct block *block, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return "";
    const char *shared = shared_text(text);
    if (shared != NULL)
        return shared;
    size_t size = strlen(text) + 1;
    char *copy = block_take(block, size, 1);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

/* Nothing for the many that have none. */
static const char *block_annex(struct block *block, const char *annex)
{
    return annex == NULL || annex[0] == '\0' ? NULL : block_text(block, annex);
}

static const struct rollcall_pair *block_pairs(struct block *block,
                                               const struct rollcall_pair *pairs,
                                               size_t count)
{
    struct rollcall_pair *copy =
        block_take(block, count * sizeof *copy, _Alignof(struct rollcall_pair));
    for (size_t i = 0; i < count; i++) {
        const char *key = block_text(block, pairs[i].key);
        const char *value = block_text(block, pairs[i].value);
        if (copy != NULL)
            copy[i] = (struct rollcall_pair){ .key = key, .value = value };
    }
    return copy;
}

static const struct rollcall_port *block_ports(struct block *block,
                                               const struct rollcall_instance *from)
{
    struct rollcall_port *copy = block_take(block, from->port_count * sizeof *copy,
                                            _Alignof(struct rollcall_port));
    for (unsigned i = 0; i < from->port_count; i++) {
        const char *name = block_text(block, from->ports[i].name);
        if (copy != NULL) {
            copy[i] = from->ports[i];
            copy[i].name = name;
        }
    }
    return copy;
}

static const char *const *block_tags(struct block *block,
                                     const struct rollcall_instance *from)
{
    const char **copy =
        block_take(block, from->tag_count * sizeof *copy, _Alignof(const char *));
    for (unsigned i = 0; i < from->tag_count; i++) {
        const char *tag = block_text(block, from->tags[i]);
        if (copy != NULL)
            copy[i] = tag;
    }
    return copy;
}

static void block_check(struct block *block, const struct rollcall_check *from,
                        struct rollcall_check *to)
{
    const char *name = block_text(block, from->name);
    const char *kind = block_text(block, from->kind);
    const char *notes = block_text(block, from->notes);
    const struct rollcall_pair *options =
        block_pairs(block, from->options, from->option_count);
    if (to == NULL)
        return;
    *to = *from;
    to->name = name;
    to->kind = kind;
    to->notes = notes;
    to->options = options;
}

static const struct rollcall_check *block_checks(struct block *block,
                                                 const struct rollcall_instance *from)
{
    struct rollcall_check *copy = block_take(block, from->check_count * sizeof *copy,
                                             _Alignof(struct rollcall_check));
    for (unsigned i = 0; i < from->check_count; i++)
        block_check(block, &from->checks[i], copy == NULL ? NULL : &copy[i]);
    return copy;
}

/* Text has no alignment: whatever needs one comes before it as far as it can, so that
 * the common instance (one address, no arrays) has no padding at all. */
static void block_fill(struct block *block, const struct rollcall_instance *from,
                       struct rollcall_instance *to)
{
    struct rollcall_instance copy = *from;

    copy.ports = block_ports(block, from);
    copy.tags = block_tags(block, from);
    copy.meta = block_pairs(block, from->meta, from->meta_count);
    copy.checks = block_checks(block, from);
    struct rollcall_address *addresses =
        block_take(block, from->address_count * sizeof *addresses, 1);
    if (addresses != NULL)
        memcpy(addresses, from->addresses, from->address_count * sizeof *addresses);
    copy.addresses = addresses;
    copy.id = block_text(block, from->id);
    copy.service = block_text(block, from->service);
    copy.namespace_name = block_text(block, from->namespace_name);
    copy.version = block_text(block, from->version);
    copy.zone = block_text(block, from->zone);
    copy.datacenter = block_text(block, from->datacenter != NULL ? from->datacenter : "");
    copy.host = block_text(block, from->host);
    copy.annex = block_annex(block, from->annex);
    if (to != NULL)
        *to = copy;
}

struct instance *instance_copy(const struct rollcall_instance *values)
{
    assert(values != NULL);

    struct block block = { .memory = NULL, .used = sizeof(struct instance) };
    block_fill(&block, values, NULL);
    if (block.used > UINT32_MAX)
        return NULL;
    struct instance *instance = malloc(block.used);
    if (instance == NULL)
        return NULL;

    atomic_init(&instance->refs, 1);
    instance->size = (uint32_t)block.used;
    block = (struct block){ .memory = (char *)instance, .used = sizeof *instance };
    block_fill(&block, values, &instance->is);
    assert(block.used == instance->size);
    return instance;
}

struct instance *instance_ref(struct instance *instance)
{
    atomic_fetch_add_explicit(&instance->refs, 1, memory_order_relaxed);
    return instance;
}

void instance_unref(struct instance *instance)
{
    if (instance == NULL)
        return;
    /* Release: what this thread read happens before the free. Acquire: the one that
     * frees has seen the end of all the others. */
    if (atomic_fetch_sub_explicit(&instance->refs, 1, memory_order_acq_rel) == 1)
        free(instance);
}

bool instance_default_port(const struct rollcall_instance *instance, uint16_t *number,
                           uint8_t *protocol)
{
    if (instance->port == 0) {
        if (instance->port_count == 0)
            return false;
        *number = instance->ports[0].number;
        *protocol = instance->ports[0].protocol;
        return true;
    }
    uint8_t found = ROLLCALL_TCP;
    for (unsigned i = 0; i < instance->port_count; i++) {
        if (instance->ports[i].number == instance->port) {
            found = instance->ports[i].protocol;
            break;
        }
    }
    *number = instance->port;
    *protocol = found;
    return true;
}

unsigned instance_live_checks(const struct rollcall_instance *instance)
{
    unsigned live = 0;

    for (unsigned i = 0; i < instance->check_count; i++)
        live += !instance->checks[i].shadow;
    return live;
}

const char *check_option(const struct rollcall_check *check, const char *key,
                         unsigned nth)
{
    for (unsigned i = 0; i < check->option_count; i++) {
        if (strcmp(check->options[i].key, key) == 0 && nth-- == 0)
            return check->options[i].value;
    }
    return NULL;
}
