#include "consul/prepared.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/log.h"
#include "consul/keep.h"
#include "consul/shapes.h"

static struct prepared_query *query_of(struct cell *cell)
{
    return (struct prepared_query *)(void *)((char *)cell -
                                             offsetof(struct prepared_query, cell));
}

const struct prepared_version *prepared_saved(const struct prepared_query *query)
{
    return (const struct prepared_version *)query->cell.committed;
}

/* ---- what the ledger asks -------------------------------------------------------- */

static void pack(const struct version *version, struct buffer *out)
{
    const struct prepared_version *query = (const struct prepared_version *)version;
    uint8_t numbers[16];

    bytes_put64(numbers, query->create);
    bytes_put64(numbers + 8, query->modify);
    buffer_append(out, numbers, sizeof numbers);
    shape_json(out, query->definition);
}

static void committed(void *owner, struct cell *cell, const struct version *before,
                      uint64_t revision)
{
    struct prepared *prepared = owner;
    (void)cell;
    (void)before;

    prepared->index = revision;
    prepared->consul->index.version++;
    topic_wake(&prepared->consul->keep->queries);
}

static void free_query(void *owner, struct cell *cell)
{
    struct prepared *prepared = owner;
    struct prepared_query *query = query_of(cell);

    ordered_remove(&prepared->by_id, query->id, strlen(query->id));
    free(query);
}

static void free_version(struct version *version)
{
    struct prepared_version *query = (struct prepared_version *)version;

    json_decref(query->definition);
    free(query);
}

/* Takes the definition over, also without memory. */
static struct version *make_version(json_t *definition, uint64_t create, uint64_t modify)
{
    struct prepared_version *made = malloc(sizeof *made);

    if (made == NULL) {
        json_decref(definition);
        return NULL;
    }
    const char *name = json_string_value(json_object_get(definition, "Name"));
    *made = (struct prepared_version){
        .is = { .refs = 1, .size = sizeof *made, .destroy = free_version },
        .create = create,
        .modify = modify,
        .definition = definition,
        .name = name == NULL ? "" : name
    };
    return &made->is;
}

/* ---- making and loading ---------------------------------------------------------- */

struct prepared *prepared_create(struct consul *consul)
{
    struct prepared *prepared = calloc(1, sizeof *prepared);

    if (prepared == NULL)
        return NULL;
    prepared->consul = consul;
    prepared->shelf = (struct shelf){ .area = PREPARED_AREA,
                                      .owner = prepared,
                                      .pack = pack,
                                      .committed = committed,
                                      .empty = free_query };
    ordered_init(&prepared->by_id);
    return prepared;
}

void prepared_destroy(struct prepared *prepared)
{
    struct ordered_node *first;

    if (prepared == NULL)
        return;
    while ((first = prepared->by_id.first[0]) != NULL) {
        struct prepared_query *query = first->value;
        cell_release(&query->cell);
        free_query(prepared, &query->cell);
    }
    free(prepared);
}

static struct prepared_query *make_query(struct prepared *prepared, const char *id)
{
    struct prepared_query *query = calloc(1, sizeof *query);

    if (query == NULL)
        return NULL;
    strncpy(query->id, id, sizeof query->id - 1);
    cell_init(&query->cell, &prepared->shelf, query->id);
    if (ordered_put(&prepared->by_id, query->id, strlen(query->id), query) == ROLLCALL_OK)
        return query;
    free(query);
    return NULL;
}

struct loading {
    struct prepared *prepared;
    bool failed;
};

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct loading *loading = owner;
    struct byte_reader in = { .at = bytes, .end = bytes + length };
    uint64_t create = byte_reader_u64(&in);
    uint64_t modify = byte_reader_u64(&in);
    json_t *definition = NULL;

    if (!in.failed && strlen(key) == UUID_SIZE - 1)
        definition = json_loadb((const char *)in.at, (size_t)(in.end - in.at), 0, NULL);
    if (definition == NULL) {
        log_warning("consul",
                    "the record of query \"%.64s\" cannot be read; it is as if "
                    "the query did not exist",
                    key);
        return;
    }
    struct version *version = make_version(definition, create, modify);
    struct prepared_query *query =
        version == NULL ? NULL : make_query(loading->prepared, key);
    if (query == NULL) {
        version_unref(version);
        loading->failed = true;
        return;
    }
    cell_load(&query->cell, version);
}

enum rollcall_status prepared_load(struct prepared *prepared, struct store *store,
                                   uint64_t start, struct reason *why)
{
    struct loading loading = { .prepared = prepared };

    prepared->index = start;
    if (store->load_records == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        store->load_records(store, PREPARED_AREA, load_one, &loading, why);
    if (status != ROLLCALL_OK || !loading.failed)
        return status;
    reason_set(why, "out of memory while loading the queries");
    return ROLLCALL_E_NOMEM;
}

/* ---- reading -------------------------------------------------------------------- */

const struct prepared_query *prepared_next(const struct prepared *prepared,
                                           const struct ordered_node **at)
{
    *at = *at == NULL ? prepared->by_id.first[0] : (*at)->next[0];
    while (*at != NULL && prepared_saved((*at)->value) == NULL)
        *at = (*at)->next[0];
    return *at == NULL ? NULL : (*at)->value;
}

const struct prepared_query *prepared_find(const struct prepared *prepared,
                                           const char *id)
{
    const struct prepared_query *query = ordered_get(&prepared->by_id, id, strlen(id));

    return query != NULL && prepared_saved(query) != NULL ? query : NULL;
}

static bool is_template(const struct prepared_version *version)
{
    const json_t *from = json_object_get(version->definition, "Template");
    const char *type = json_string_value(json_object_get(from, "Type"));

    return type != NULL && type[0] != '\0';
}

const struct prepared_query *prepared_find_name(const struct prepared *prepared,
                                                const char *name)
{
    const struct ordered_node *at = NULL;
    const struct prepared_query *query, *best = NULL;

    while (name[0] != '\0' && (query = prepared_next(prepared, &at)) != NULL) {
        const struct prepared_version *version = prepared_saved(query);
        size_t length = strlen(version->name);
        if (strcasecmp(version->name, name) == 0)
            return query;
        if (is_template(version) && strncasecmp(version->name, name, length) == 0 &&
            (best == NULL || length > strlen(prepared_saved(best)->name)))
            best = query;
    }
    return best;
}

/* ---- writing -------------------------------------------------------------------- */

static const struct prepared_version *latest(const struct prepared_query *query)
{
    return (const struct prepared_version *)query->cell.latest;
}

static bool name_is_taken(const struct prepared *prepared, const char *name,
                          const char *id)
{
    for (const struct ordered_node *at = prepared->by_id.first[0]; at != NULL;
         at = at->next[0]) {
        const struct prepared_query *query = at->value;
        if (latest(query) != NULL && strcasecmp(latest(query)->name, name) == 0 &&
            strcmp(query->id, id) != 0)
            return name[0] != '\0';
    }
    return false;
}

static enum rollcall_status may_write(const struct prepared *prepared, const char *id,
                                      const struct prepared_query *old,
                                      const json_t *definition, struct reason *why)
{
    const char *name = json_string_value(json_object_get(definition, "Name"));

    if (id[0] != '\0' && (old == NULL || latest(old) == NULL)) {
        reason_set(why, "Query not found");
        return ROLLCALL_E_NOTFOUND;
    }
    if (name != NULL && name_is_taken(prepared, name, id)) {
        reason_set(why, "Name '%.100s' aliases an existing query name", name);
        return ROLLCALL_E_CONFLICT;
    }
    if (id[0] == '\0' && prepared->shelf.count >= PREPARED_MAX) {
        reason_set(why, "there are %d queries already, the most", PREPARED_MAX);
        return ROLLCALL_E_LIMIT;
    }
    return ROLLCALL_OK;
}

enum rollcall_status prepared_write(struct prepared *prepared, char id[UUID_SIZE],
                                    json_t *definition, ledger_done done, void *context,
                                    struct reason *why)
{
    struct prepared_query *query = ordered_get(&prepared->by_id, id, strlen(id));
    enum rollcall_status status = may_write(prepared, id, query, definition, why);
    struct bundle *bundle =
        status == ROLLCALL_OK ? ledger_begin(prepared->consul->ledger) : NULL;

    if (bundle == NULL) {
        json_decref(definition);
        return status == ROLLCALL_OK ? ROLLCALL_E_NOMEM : status;
    }
    uint64_t revision = bundle_revision(bundle);
    struct version *version = make_version(
        definition, query == NULL ? revision : latest(query)->create, revision);
    if (query == NULL && version != NULL) {
        uuid_random(id);
        query = make_query(prepared, id);
    }
    if (version == NULL || query == NULL) {
        version_unref(version);
        bundle_abort(bundle);
        return ROLLCALL_E_NOMEM;
    }
    bundle_set(bundle, &query->cell, version);
    return bundle_submit(bundle, done, context, why);
}

enum rollcall_status prepared_delete(struct prepared *prepared, const char *id,
                                     ledger_done done, void *context, struct reason *why)
{
    struct prepared_query *query = ordered_get(&prepared->by_id, id, strlen(id));
    struct bundle *bundle = ledger_begin(prepared->consul->ledger);

    if (bundle == NULL)
        return ROLLCALL_E_NOMEM;
    if (query != NULL && latest(query) != NULL)
        bundle_set(bundle, &query->cell, NULL);
    return bundle_submit(bundle, done, context, why);
}
