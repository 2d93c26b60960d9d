#include "consul/query_run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "consul/listing.h"
#include "consul/names.h"
#include "consul/node_checks.h"
#include "consul/shapes.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

/* ---- which ----------------------------------------------------------------------- */

/* "v1" must be there, "!old" must not. */
static bool tags_fit(const json_t *tags, const struct service_shown *shown)
{
    const json_t *value;
    size_t index;

    json_array_foreach((json_t *)tags, index, value)
    {
        const char *tag = json_string_value(value);
        bool without = tag[0] == '!';
        if (shown_has_tag(shown, tag + without) == without)
            return false;
    }
    return true;
}

static bool node_meta_fits(const json_t *wanted, const struct node_view *node)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)wanted, key, value)
    {
        bool found = false;
        for (unsigned i = 0; i < node->meta_count && !found; i++)
            found = strcmp(node->meta[i].key, key) == 0 &&
                    strcmp(node->meta[i].value, json_string_value(value)) == 0;
        if (!found)
            return false;
    }
    return true;
}

static bool service_meta_fits(const json_t *wanted, const struct service_shown *shown)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)wanted, key, value)
    {
        struct rollcall_pair pair;
        bool found = false;
        for (size_t i = 0; !found && shown_meta(shown, i, &pair); i++)
            found = strcmp(pair.key, key) == 0 &&
                    strcmp(pair.value, json_string_value(value)) == 0;
        if (!found)
            return false;
    }
    return true;
}

static bool node_warns(const struct consul *consul, const struct node_view *node)
{
    return node->name == consul->node.name &&
           node_checks_health(consul->node_checks) != ROLLCALL_PASSING;
}

static bool fits(const struct reading *reading, const json_t *asked,
                 const struct entry *entry)
{
    enum rollcall_health health = entry_effective(entry);
    bool only_passing = json_is_true(json_object_get(asked, "OnlyPassing"));
    struct service_shown shown;

    if (!listing_is_here(reading, entry) || health == ROLLCALL_CRITICAL ||
        (health != ROLLCALL_PASSING && only_passing))
        return false;
    shown_service(reading->consul, entry, &shown);
    bool is = !(only_passing && node_warns(reading->consul, shown.node)) &&
              tags_fit(json_object_get(asked, "Tags"), &shown) &&
              node_meta_fits(json_object_get(asked, "NodeMeta"), shown.node) &&
              service_meta_fits(json_object_get(asked, "ServiceMeta"), &shown);
    shown_drop(&shown);
    return is;
}

/* ---- in what order ---------------------------------------------------------------- */

/* Those that fit, shuffled: who takes the first spreads over all. */
static uint32_t choose(const struct reading *reading, const json_t *asked,
                       const struct listing *listing, const struct entry **out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < listing->count; i++) {
        if (!fits(reading, asked, listing->entries[i]))
            continue;
        uint64_t place = random_below(&reading->consul->random, count + UINT64_C(1));
        out[count++] = out[place];
        out[place] = listing->entries[i];
    }
    return count;
}

static void put_entry(const struct reading *reading, const struct entry *entry)
{
    struct buffer *out = exchange_out(reading->exchange);
    struct service_shown shown;
    struct checks_shown checks;

    shown_service(reading->consul, entry, &shown);
    shown_all_checks(reading->consul, &shown, &checks);
    shape_next(out);
    shape_health(out, &(const struct health_shown){ shown.node, &shown, &checks });
    shown_drop(&shown);
}

/* Those of one datacenter; how many there are. False: answered (no memory). */
static bool put_found(const struct reading *reading, const json_t *asked,
                      const char *label, uint64_t limit, uint32_t *found)
{
    struct listing listing;

    if (!listing_of(reading, label, &listing))
        return false;
    const struct entry **chosen = calloc(listing.count + (size_t)1, sizeof *chosen);
    if (chosen == NULL) {
        listing_drop(&listing);
        exchange_text(reading->exchange, 503, "out of memory");
        return false;
    }
    *found = choose(reading, asked, &listing, chosen);
    for (uint32_t i = 0; i < *found && (limit == 0 || i < limit); i++)
        put_entry(reading, chosen[i]);
    free(chosen);
    listing_drop(&listing);
    return true;
}

/* ---- where ----------------------------------------------------------------------- */

/* Here first, then in the datacenters of the failover in their order. */
static bool put_somewhere(struct reading *reading, const json_t *asked, const char *label,
                          uint64_t limit, unsigned *failovers)
{
    const json_t *others =
        json_object_get(json_object_get(asked, "Failover"), "Datacenters");
    const char *here = reading->datacenter;
    uint32_t found = 0;

    *failovers = 0;
    if (!put_found(reading, asked, label, limit, &found))
        return false;
    for (size_t i = 0; found == 0 && i < json_array_size(others); i++) {
        const char *other = json_string_value(json_array_get(others, i));
        if (strcasecmp(other, here) == 0)
            continue;
        reading->datacenter = other;
        ++*failovers;
        if (!put_found(reading, asked, label, limit, &found))
            return false;
    }
    return true;
}

void query_run(struct reading *reading, const struct prepared_version *query,
               uint64_t limit)
{
    const json_t *asked = json_object_get(query->definition, "Service");
    const char *name = json_string_value(json_object_get(asked, "Service"));
    struct buffer *out = exchange_out(reading->exchange);
    char label[NAMES_LABEL_SIZE];
    unsigned failovers;

    if (name == NULL)
        name = "";
    name_to_label(name, label);
    if (!reading_may_see(reading->exchange, reading->namespace_name, label))
        return;
    shape_put(out, "{\"Service\":");
    encode_text(out, name);
    shape_put(out, ",\"Nodes\":[");
    if (!put_somewhere(reading, asked, label, limit, &failovers))
        return;
    shape_put(out, "],\"DNS\":");
    shape_json(out, json_object_get(query->definition, "DNS"));
    shape_text(out, "Datacenter", reading->datacenter);
    shape_put(out, ",\"Failovers\":");
    encode_number(out, failovers);
    buffer_char(out, '}');
    reading_reply(reading, 200, registry_revision(reading->consul->registry));
}
