#include "consul/external_service.h"

#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "model/validate.h"

static unsigned find(const struct annex *annex, const char *id)
{
    for (unsigned i = 0; i < annex->check_count; i++)
        if (annex->checks[i].id != NULL && strcmp(annex->checks[i].id, id) == 0)
            return i;
    return annex->check_count;
}

static void drop_check(struct annex *annex, const char *id)
{
    unsigned at = find(annex, id);

    if (at == annex->check_count)
        return;
    annex->check_count--;
    memmove(&annex->checks[at], &annex->checks[at + 1],
            (annex->check_count - at) * sizeof annex->checks[0]);
}

static bool set_check(struct annex *annex, const struct annex_check *check)
{
    unsigned at = find(annex, check->id);

    if (at == MODEL_CHECKS_MAX)
        return false;
    annex->checks[at] = *check;
    if (at == annex->check_count)
        annex->check_count++;
    return true;
}

static enum rollcall_status merge(struct annex *annex, const struct annex *before,
                                  const struct external_change *change,
                                  struct reason *why)
{
    bool fits = true;

    for (unsigned i = 0; before != NULL && i < before->check_count; i++)
        fits = set_check(annex, &before->checks[i]) && fits;
    for (unsigned i = 0; i < change->check_count; i++)
        fits = set_check(annex, &change->checks[i]) && fits;
    for (unsigned i = 0; i < change->drop_count; i++)
        drop_check(annex, change->drops[i]);
    annex->node = change->node->node;
    if (fits)
        return ROLLCALL_OK;
    reason_set(why, "Invalid check: a service has at most %d checks", MODEL_CHECKS_MAX);
    return ROLLCALL_E_INVALID;
}

static enum rollcall_health worst(const struct annex *annex, const struct external *node)
{
    enum rollcall_health health = external_health(node);

    for (unsigned i = 0; i < annex->check_count; i++)
        if (annex->checks[i].status < health)
            health = annex->checks[i].status;
    return health;
}

/* One that gave no address is where its node is, which may be a host name. */
static void place(struct rollcall_instance *is, const struct annex *annex,
                  struct rollcall_address *ip)
{
    const char *address = annex->node.address;

    if (annex->address == NULL || annex->address[0] != '\0' || address == NULL ||
        address[0] == '\0')
        return;
    is->host = "";
    is->address_count = 0;
    if (address_parse_ip(address, ip)) {
        is->addresses = ip;
        is->address_count = 1;
    } else {
        is->host = address;
    }
}

static enum rollcall_status copy(struct rollcall_instance *is, const struct annex *annex,
                                 const struct check_schema *const *schemas,
                                 struct instance **out, struct reason *why)
{
    struct rollcall_address ip;
    struct buffer text;
    struct instance *made = NULL;
    enum rollcall_status status = ROLLCALL_E_INVALID;

    buffer_init(&text, ANNEX_MAX);
    annex_write(annex, is, &text);
    is->annex = text.length > 0 ? text.data : NULL;
    place(is, annex, &ip);
    if (text.failed)
        reason_set(why,
                   "Invalid service: node and checks have more than %d octets of text",
                   ANNEX_MAX);
    else
        status = instance_validate(is, schemas, why);
    if (status == ROLLCALL_OK) {
        made = instance_copy(is);
        status = made == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;
    } else {
        status = ROLLCALL_E_INVALID;
    }
    if (status == ROLLCALL_OK)
        *out = made;
    buffer_deinit(&text);
    return status;
}

enum rollcall_status external_service_make(const struct external_change *change,
                                           struct instance **out, struct reason *why)
{
    struct rollcall_instance is = *change->is;
    struct annex annex;
    struct annex before = { .root = NULL };

    annex_read(&annex, change->is);
    if (change->before != NULL)
        annex_read(&before, change->before);
    enum rollcall_status status =
        merge(&annex, change->before == NULL ? NULL : &before, change, why);
    if (status == ROLLCALL_OK) {
        is.status = worst(&annex, change->node);
        status = copy(&is, &annex, change->schemas, out, why);
    }
    annex_deinit(&before);
    annex_deinit(&annex);
    return status;
}

bool external_service_is_on(const struct rollcall_instance *is, const char *node)
{
    struct annex annex;

    if (is->annex == NULL)
        return false;
    annex_read(&annex, is);
    bool there = annex.node.name != NULL && strcasecmp(annex.node.name, node) == 0;
    annex_deinit(&annex);
    return there;
}

bool external_service_has_check(const struct rollcall_instance *is,
                                const char *const *ids, unsigned count)
{
    struct annex annex;
    bool has = false;

    if (count == 0)
        return false;
    annex_read(&annex, is);
    for (unsigned i = 0; i < count && annex.node.name != NULL && !has; i++)
        has = find(&annex, ids[i]) < annex.check_count;
    annex_deinit(&annex);
    return has;
}
