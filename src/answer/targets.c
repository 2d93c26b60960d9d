#include "answer/targets.h"

#include <stdlib.h>
#include <string.h>

#include "answer/chase.h"
#include "answer/layout.h"
#include "dns/wire.h"

enum { SUB_LABELS = 2 /* _TAG._sub before a type */ };

/* One member as one record sees it. */
struct target_view {
    struct rollcall_instance is;
    struct chased chased;
    struct rollcall_address address;
    struct dns_name base;
    char label[DNS_LABEL_MAX + 1];
};

/* The views of one RRset while they are made. */
struct viewing {
    struct compilation *now;
    size_t count;
    size_t room;
};

static bool begin(struct viewing *viewing, struct compilation *now, size_t room)
{
    struct compiler *compiler = now->compiler;

    *viewing = (struct viewing){ .now = now, .room = room };
    return compilation_item(now, &compiler->views, room, sizeof(struct target_view)) !=
               NULL &&
           compilation_item(now, &compiler->targets, room, sizeof(struct member)) != NULL;
}

static struct member *members_of(const struct viewing *viewing)
{
    return (void *)viewing->now->compiler->targets.data;
}

/* One more view of `member`, by its own name as yet. */
static struct target_view *add(struct viewing *viewing, const struct member *member)
{
    struct target_view *view = (void *)viewing->now->compiler->views.data;

    if (viewing->count == viewing->room)
        return NULL;
    view += viewing->count;
    view->is = *member->is;
    struct member *out = &members_of(viewing)[viewing->count++];
    *out = *member;
    out->is = &view->is;
    return view;
}

static void point_at(struct viewing *viewing, const struct target_view *view)
{
    struct member *out = &members_of(viewing)[viewing->count - 1];

    out->label = view->label;
    out->label_length = (uint8_t)strlen(view->label);
    out->base = view->base.wire;
    out->base_length = view->base.length;
}

/* PTR: "NAME LABEL", one label of the type (RFC 6763 §4.1). One that nobody could be sent
 * to is not browsed. */
static struct member *browsed(struct compilation *now, const struct owner *owner,
                              const struct member *members, size_t *count)
{
    const struct answer_name *name = owner->name;
    struct viewing viewing;
    size_t skip = 0;

    if (!begin(&viewing, now, *count))
        return NULL;
    if (name->wire[1 + name->wire[0] + 1] == '_' &&
        memcmp(name->wire + 1 + name->wire[0], "\4_sub", 5) == 0)
        for (unsigned i = 0; i < SUB_LABELS; i++)
            skip += (size_t)name->wire[skip] + 1;
    for (size_t i = 0; i < *count; i++) {
        const struct member *member = &members[i];
        if (!member->has_port || member->label == NULL)
            continue;
        struct target_view *view = add(&viewing, member);
        names_browse_label(member->is->service, member->label, view->label);
        view->base.length = (uint8_t)(name->length - skip);
        memcpy(view->base.wire, name->wire + skip, view->base.length);
        point_at(&viewing, view);
    }
    *count = viewing.count;
    return members_of(&viewing);
}

static bool every_port(const struct compilation *now, const struct owner *owner)
{
    const struct answer_zone *zone = now->unit->zone;
    unsigned said = zone->config->bare_srv;

    return (owner->where & RECORD_AT_MEMBERS) != 0 &&
           (said == 0 ? layout_of(zone)->bare_srv_all : said == 2);
}

static bool in_percent(const struct compilation *now)
{
    const struct answer_zone *zone = now->unit->zone;
    unsigned said = zone->config->srv_weight;

    return said == 0 ? layout_of(zone)->srv_percent : said == 2;
}

/* Shares of one hundred, at least one each. */
static void weigh(struct viewing *viewing)
{
    struct member *members = members_of(viewing);
    uint64_t sum = 0;

    for (size_t i = 0; i < viewing->count; i++)
        sum += members[i].weight;
    for (size_t i = 0; i < viewing->count && sum > 0; i++) {
        uint64_t share = (uint64_t)members[i].weight * 100 / sum;
        members[i].weight = (uint16_t)(share == 0 ? 1 : share);
    }
}

/* Does anything before the last one point at the same name? */
static bool stood_before(const struct viewing *viewing)
{
    const struct member *members = members_of(viewing);
    uint8_t name[DNS_NAME_MAX], other[DNS_NAME_MAX];
    size_t length = member_target(&members[viewing->count - 1], name);

    for (size_t i = 0; i + 1 < viewing->count; i++)
        if (member_target(&members[i], other) == length &&
            memcmp(name, other, length) == 0)
            return true;
    return false;
}

/* The last one has a host name: where that is an alias of ours, its end. */
static void point_at_end(struct viewing *viewing, struct target_view *view)
{
    const struct compilation *now = viewing->now;
    struct member *last = &members_of(viewing)[viewing->count - 1];
    const struct answer_index *index = now->compiler->index;

    chase_member(index, index->building, index->watch, last, &view->chased);
    now->unit->chases = now->unit->chases || last->chased;
    last->again = last->again || (last->chased && stood_before(viewing));
}

/* One view of the member at `address` (NULL: it has a host name) and one port. */
static void add_target(struct viewing *viewing, const struct member *member,
                       const struct rollcall_address *address, uint16_t port, bool again)
{
    const struct compilation *now = viewing->now;
    const struct layout *layout = layout_of(now->unit->zone);
    struct target_view *view = add(viewing, member);

    if (view == NULL)
        return;
    if (layout->target != NULL) {
        if (!layout->target(&now->base, &view->is, address, view->label, &view->base)) {
            viewing->count--;
            return;
        }
        point_at(viewing, view);
    }
    if (layout->target != NULL && address != NULL) {
        view->address = *address;
        view->is.addresses = &view->address;
        view->is.address_count = 1;
    }
    if (layout->srv_priority_zero)
        view->is.priority = 0;
    members_of(viewing)[viewing->count - 1].port = port;
    members_of(viewing)[viewing->count - 1].again = again;
    if (address == NULL)
        point_at_end(viewing, view);
}

static int by_target(const void *a, const void *b)
{
    const struct member *const *left = a, *const *right = b;
    int order = member_compare_target(*left, *right);

    return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* Where several have one hostname the first brings the addresses of all. */
static void mark_shared(struct viewing *viewing)
{
    struct member *members = members_of(viewing);
    struct member **sorted = malloc((viewing->count + 1) * sizeof(*sorted));
    size_t first = 0;

    if (sorted == NULL) {
        viewing->now->failed = true;
        return;
    }
    for (size_t i = 0; i < viewing->count; i++)
        sorted[i] = &members[i];
    qsort(sorted, viewing->count, sizeof(*sorted), by_target);
    for (size_t i = 1; i < viewing->count; i++) {
        if (member_compare_target(sorted[first], sorted[i]) != 0) {
            first = i;
            continue;
        }
        sorted[first]->shared = true;
        sorted[i]->again = true;
    }
    free(sorted);
}

/* The default port may have no name: then it is none of `ports`. */
static bool has_name(const struct rollcall_instance *is, uint16_t port)
{
    for (unsigned i = 0; i < is->port_count; i++)
        if (is->ports[i].number == port)
            return true;
    return false;
}

static void add_ports(struct viewing *viewing, const struct member *member,
                      const struct rollcall_address *address, bool every)
{
    const struct rollcall_instance *is = member->is;
    bool plain = member->has_port && (!every || !has_name(is, member->port));

    if (plain)
        add_target(viewing, member, address, member->port, false);
    for (unsigned i = 0; every && i < is->port_count; i++)
        add_target(viewing, member, address, is->ports[i].number, plain || i > 0);
}

static size_t room_for(const struct member *members, size_t count)
{
    size_t room = 0;

    for (size_t i = 0; i < count; i++)
        room +=
            (size_t)(members[i].is->address_count + 1) * (members[i].is->port_count + 1u);
    return room;
}

static bool any_host(const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].is->host[0] != '\0')
            return true;
    return false;
}

static struct member *pointed_at(struct compilation *now, const struct owner *owner,
                                 struct member *members, size_t *count)
{
    const struct layout *layout = layout_of(now->unit->zone);
    bool every = every_port(now, owner);
    bool percent = in_percent(now) && (owner->where & RECORD_AT_BROWSED) == 0;
    struct viewing viewing;

    if (layout->target == NULL && !every && !percent && !any_host(members, *count))
        return members;
    if (!begin(&viewing, now, room_for(members, *count)))
        return NULL;
    for (size_t i = 0; i < *count; i++) {
        const struct rollcall_instance *is = members[i].is;
        unsigned addresses = layout->target == NULL || is->address_count == 0 ? 0
                             : layout->srv_each_address ? is->address_count
                                                        : 1u;
        if (addresses == 0)
            add_ports(&viewing, &members[i], NULL, every);
        for (unsigned k = 0; k < addresses; k++)
            add_ports(&viewing, &members[i], &is->addresses[k], every);
    }
    if (layout->srv_each_address)
        mark_shared(&viewing);
    if (percent)
        weigh(&viewing);
    *count = viewing.count;
    return members_of(&viewing);
}

/* The ports that stand at an owner name, each number once: of its uses, or of everyone.
 */
static void add_virtual_ports(struct compilation *now, const struct owner *owner,
                              bool every)
{
    for (uint32_t at = owner->first; at != OWNER_NONE; at = use_at(now, at)->next) {
        const struct use *use = use_at(now, at);
        const struct rollcall_instance *is = &use->entry->instance->is;
        if (use->has_port && (!every || !has_name(is, use->port)))
            compilation_add_port(now, use->port);
        for (unsigned i = 0; every && i < is->port_count; i++)
            compilation_add_port(now, is->ports[i].number);
    }
}

/* The virtual address in the place of all: one record for each pair of address and port,
 * the same ones fall together. */
static struct member *virtual_targets(struct compilation *now, const struct owner *owner,
                                      const struct member *member, size_t *count)
{
    const struct config_service *said = now->unit->said;
    struct viewing viewing;

    now->port_count = 0;
    add_virtual_ports(now, owner, every_port(now, owner));
    if (!begin(&viewing, now, (size_t)now->port_count * said->vip_count))
        return NULL;
    for (uint32_t port = 0; port < now->port_count; port++)
        for (uint32_t i = 0; i < said->vip_count; i++) {
            struct target_view *view = add(&viewing, member);
            struct member *out = &members_of(&viewing)[viewing.count - 1];
            if (view == NULL)
                break;
            out->has_port = true;
            out->port = now->ports[port];
            out->again = viewing.count > 1;
        }
    if (in_percent(now))
        weigh(&viewing);
    *count = viewing.count;
    return members_of(&viewing);
}

struct member *targets_of(struct compilation *now, const struct owner *owner,
                          const struct record_kind *kind, struct member *members,
                          size_t *count)
{
    if (kind->type == DNS_TYPE_PTR)
        return browsed(now, owner, members, count);
    if (kind->name_at == 0)
        return members;
    if (members->is == &now->virtual_is)
        return virtual_targets(now, owner, members, count);
    return pointed_at(now, owner, members, count);
}

bool targets_virtual(struct compilation *now, const struct owner *owner,
                     struct member *out)
{
    const struct answer_unit *unit = now->unit;
    const struct dns_name *base = &now->base.name;

    if (!layout_of(unit->zone)->vips || unit->said == NULL ||
        unit->said->vip_count == 0 || owner->hosts > 0)
        return false;
    now->virtual_is = (struct rollcall_instance){
        .id = "",
        .service = now->service->name,
        .namespace_name = now->service->namespace_name,
        .host = "",
        .addresses = unit->said->vips,
        .address_count = (uint16_t)unit->said->vip_count,
        .weight = 1,
        .ttl = now->settings.ttl,
    };
    *out = (struct member){ .is = &now->virtual_is,
                            .weight = 1,
                            .label = (const char *)base->wire + 1,
                            .label_length = base->wire[0],
                            .base = base->wire + 1 + base->wire[0],
                            .base_length = (uint8_t)(base->length - 1 - base->wire[0]) };
    return true;
}
