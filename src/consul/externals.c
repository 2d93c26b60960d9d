#include "consul/externals.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "consul/indexes.h"
#include "consul/keep.h"
#include "consul/shapes.h"
#include "model/instance.h"

#define AREA "consul_node"

/* A name that is known, or about to be. */
struct place {
    struct cell cell;
    char key[]; /* the name in lower case */
};

struct externals {
    struct shelf shelf;
    struct place **places; /* owned; by key */
    size_t count;
    size_t capacity;
};

/* --- One node. */

static void destroy(struct version *version)
{
    struct external *external = (struct external *)version;

    json_decref(external->root);
    free(external->pairs);
    free(external);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

/* Those that nobody named cannot be deregistered, but they are shown. */
static void read_check(const json_t *from, struct annex_check *out)
{
    annex_check_read(out, from);
    if (out->id == NULL)
        out->id = "";
}

static uint16_t read_pairs(json_t *object, struct rollcall_pair *out)
{
    const char *key;
    json_t *value;
    uint16_t count = 0;

    json_object_foreach(object, key, value)
    {
        if (json_is_string(value))
            out[count++] = (struct rollcall_pair){ key, json_string_value(value) };
    }
    return count;
}

static uint64_t number_of(const json_t *root, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(root, name));
}

static void read_view(struct external *external, const char *datacenter)
{
    json_t *root = external->root;
    json_t *tagged = json_object_get(root, "tagged");
    json_t *meta = json_object_get(root, "meta");
    struct node_view *view = &external->view;

    *view = (struct node_view){ .id = text_of(root, "id"),
                                .name = text_of(root, "name"),
                                .address = text_of(root, "address"),
                                .datacenter = datacenter,
                                .create = number_of(root, "create"),
                                .modify = number_of(root, "modify") };
    view->tagged = external->pairs;
    view->tagged_count = read_pairs(tagged, external->pairs);
    view->meta = external->pairs + view->tagged_count;
    view->meta_count = read_pairs(meta, external->pairs + view->tagged_count);
    external->node = (struct annex_node){ .name = view->name,
                                          .id = view->id,
                                          .address = view->address,
                                          .tagged = tagged,
                                          .meta = meta };
}

/* `root` is taken over, also where there is no memory: NULL. */
static struct external *make(json_t *root, const char *datacenter)
{
    struct external *external = calloc(1, sizeof *external);
    size_t pairs = json_object_size(json_object_get(root, "tagged")) +
                   json_object_size(json_object_get(root, "meta"));
    const json_t *checks = json_object_get(root, "checks");
    const json_t *check;
    size_t at;

    if (external != NULL)
        external->pairs = calloc(pairs + 1, sizeof *external->pairs);
    if (external == NULL || external->pairs == NULL) {
        free(external);
        json_decref(root);
        return NULL;
    }
    external->is =
        (struct version){ .refs = 1, .size = sizeof *external, .destroy = destroy };
    external->root = root;
    read_view(external, datacenter);
    json_array_foreach(checks, at, check)
    {
        if (external->check_count < EXTERNAL_CHECKS_MAX)
            read_check(check, &external->checks[external->check_count++]);
    }
    return external;
}

static void pack(const struct version *version, struct buffer *out)
{
    shape_json(out, ((const struct external *)version)->root);
}

enum rollcall_health external_health(const struct external *external)
{
    enum rollcall_health worst = ROLLCALL_PASSING;

    for (unsigned i = 0; external != NULL && i < external->check_count; i++)
        if (external->checks[i].status < worst)
            worst = external->checks[i].status;
    return worst;
}

/* --- All of them. */

/* Where the name is, or would be: *found. */
static size_t position(const struct externals *all, const char *name, bool *found)
{
    size_t low = 0;
    size_t high = all->count;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcasecmp(all->places[middle]->key, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct place *find(const struct externals *all, const char *name)
{
    bool found;
    size_t at = position(all, name, &found);

    return found ? all->places[at] : NULL;
}

static bool reserve(struct externals *all)
{
    if (all->count < all->capacity)
        return true;
    size_t capacity = all->capacity == 0 ? 16 : all->capacity * 2;
    struct place **places = realloc(all->places, capacity * sizeof(struct place *));
    if (places == NULL)
        return false;
    all->places = places;
    all->capacity = capacity;
    return true;
}

static struct place *find_or_add(struct externals *all, const char *name)
{
    bool found;
    size_t at = position(all, name, &found);
    size_t length = strlen(name);

    if (found)
        return all->places[at];
    struct place *place = calloc(1, sizeof *place + length + 1);
    if (place == NULL || !reserve(all)) {
        free(place);
        return NULL;
    }
    for (size_t i = 0; i < length; i++)
        place->key[i] =
            name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + ('a' - 'A')) : name[i];
    cell_init(&place->cell, &all->shelf, place->key);
    memmove(all->places + at + 1, all->places + at,
            (all->count - at) * sizeof(struct place *));
    all->places[at] = place;
    all->count++;
    return place;
}

static void on_empty(void *owner, struct cell *cell)
{
    struct externals *all = ((struct consul *)owner)->externals;
    struct place *place = list_entry(cell, struct place, cell);
    bool found;
    size_t at = position(all, place->key, &found);

    if (found) {
        all->count--;
        memmove(all->places + at, all->places + at + 1,
                (all->count - at) * sizeof(struct place *));
    }
    free(place);
}

static void on_committed(void *owner, struct cell *cell, const struct version *before,
                         uint64_t revision)
{
    (void)cell;
    (void)before;
    indexes_external_moved(owner, revision);
    keep_node_moved(owner);
}

enum rollcall_status externals_create(struct consul *consul)
{
    consul->externals = calloc(1, sizeof *consul->externals);
    if (consul->externals == NULL)
        return ROLLCALL_E_NOMEM;
    consul->externals->shelf = (struct shelf){ .area = AREA,
                                               .owner = consul,
                                               .pack = pack,
                                               .committed = on_committed,
                                               .empty = on_empty };
    return ROLLCALL_OK;
}

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct consul *consul = owner;
    json_t *root = json_loadb((const char *)bytes, length, 0, NULL);

    if (!json_is_object(root) || text_of(root, "name")[0] == '\0') {
        json_decref(root);
        log_error("consul", "the record of the external node \"%s\" is damaged: left out",
                  key);
        return;
    }
    struct external *external = make(root, consul->config->datacenter);
    struct place *place =
        external == NULL ? NULL : find_or_add(consul->externals, external->view.name);
    if (place != NULL && place->cell.committed == NULL)
        cell_load(&place->cell, &external->is);
    else if (external != NULL)
        version_unref(&external->is);
}

enum rollcall_status externals_start(struct consul *consul, struct reason *why)
{
    if (consul->store->load_records == NULL)
        return ROLLCALL_OK;
    return consul->store->load_records(consul->store, AREA, load_one, consul, why);
}

void externals_destroy(struct consul *consul)
{
    struct externals *all = consul->externals;

    if (all == NULL)
        return;
    for (size_t i = 0; i < all->count; i++) {
        cell_release(&all->places[i]->cell);
        free(all->places[i]);
    }
    free(all->places);
    free(all);
    consul->externals = NULL;
}

/* --- Reading. */

const struct external *externals_find(const struct consul *consul, const char *name)
{
    const struct place *place = find(consul->externals, name);

    return place == NULL ? NULL : (const struct external *)place->cell.committed;
}

const struct external *externals_latest(const struct consul *consul, const char *name)
{
    const struct place *place = find(consul->externals, name);

    return place == NULL ? NULL : (const struct external *)place->cell.latest;
}

const struct external *externals_next(const struct consul *consul, size_t *at)
{
    const struct externals *all = consul->externals;

    while (*at < all->count) {
        const struct version *version = all->places[(*at)++]->cell.committed;
        if (version != NULL)
            return (const struct external *)version;
    }
    return NULL;
}

const struct external *externals_find_id(const struct consul *consul, const char *id)
{
    const struct external *external;
    size_t at = 0;

    if (id[0] == '\0')
        return NULL;
    while ((external = externals_next(consul, &at)) != NULL)
        if (strcasecmp(external->view.id, id) == 0)
            return external;
    return NULL;
}

size_t externals_places(const struct consul *consul)
{
    return consul->externals->count;
}

bool externals_place(const struct consul *consul, const char *name, size_t *at)
{
    bool found;

    *at = position(consul->externals, name, &found);
    return found;
}

/* --- Writing. */

/* Does it say the same, whenever that was? */
static bool is_same(const struct external *latest, json_t *root)
{
    if (latest == NULL)
        return false;
    json_object_set(root, "create", json_object_get(latest->root, "create"));
    json_object_set(root, "modify", json_object_get(latest->root, "modify"));
    return json_equal(latest->root, root);
}

static void stamp(json_t *root, const struct external *latest, uint64_t revision)
{
    json_int_t now = (json_int_t)revision;

    json_object_set_new(root, "modify", json_integer(now));
    if (latest == NULL)
        json_object_set_new(root, "create", json_integer(now));
}

enum rollcall_status externals_set(struct consul *consul, struct bundle *bundle,
                                   const char *name, json_t *root,
                                   const struct external **out)
{
    struct place *place = find(consul->externals, name);
    const struct external *latest =
        place == NULL ? NULL : (const struct external *)place->cell.latest;

    if (out != NULL)
        *out = latest;
    if (root == NULL) {
        if (place != NULL)
            bundle_set(bundle, &place->cell, NULL);
        return ROLLCALL_OK;
    }
    if (is_same(latest, root)) {
        json_decref(root);
        return ROLLCALL_OK;
    }
    if (place == NULL && consul->externals->count >= EXTERNAL_NODES_MAX) {
        json_decref(root);
        return ROLLCALL_E_LIMIT;
    }
    if (place == NULL)
        place = find_or_add(consul->externals, name);
    stamp(root, latest, bundle_revision(bundle));
    struct external *made = place == NULL ? NULL : make(root, consul->config->datacenter);
    if (made == NULL) {
        if (place == NULL)
            json_decref(root);
        else
            cell_settle(&place->cell);
        return ROLLCALL_E_NOMEM;
    }
    bundle_set(bundle, &place->cell, &made->is);
    if (out != NULL)
        *out = made;
    return ROLLCALL_OK;
}
