#include "consul/delays.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/table.h"

struct delay_version {
    struct version is;
    int64_t until; /* monotonic */
    int64_t wall;  /* the same end by the other clock, for the disk */
};

struct delay {
    struct cell cell;
    struct heap_node due;
    size_t length;
    char key[];
};

struct delays {
    struct ledger *ledger; /* borrowed */
    struct shelf shelf;
    struct table by_key; /* of struct delay */
    struct heap due;
};

struct loading {
    struct delays *delays;
    int64_t now, wall;
    bool failed;
};

static struct delay *delay_of(struct cell *cell)
{
    return (struct delay *)(void *)((char *)cell - offsetof(struct delay, cell));
}

static void pack(const struct version *version, struct buffer *out)
{
    const struct delay_version *delay = (const struct delay_version *)version;
    uint8_t bytes[8];

    bytes_put64(bytes, (uint64_t)delay->wall);
    buffer_append(out, bytes, sizeof bytes);
}

static void committed(void *owner, struct cell *cell, const struct version *before,
                      uint64_t revision)
{
    (void)owner;
    (void)cell;
    (void)before;
    (void)revision;
}

static void free_delay(void *owner, struct cell *cell)
{
    struct delays *delays = owner;
    struct delay *delay = delay_of(cell);

    heap_remove(&delays->due, &delay->due);
    table_remove(&delays->by_key, delay->key, delay->length);
    free(delay);
}

static void free_version(struct version *version)
{
    free(version);
}

static struct version *make_version(int64_t until, int64_t wall)
{
    struct delay_version *version = malloc(sizeof *version);

    if (version == NULL)
        return NULL;
    *version = (struct delay_version){
        .is = { .refs = 1, .size = sizeof *version, .destroy = free_version },
        .until = until,
        .wall = wall
    };
    return &version->is;
}

static struct delay *make_delay(struct delays *delays, const char *key, size_t length)
{
    struct delay *delay = table_get(&delays->by_key, key, length);

    if (delay != NULL)
        return delay;
    delay = malloc(sizeof *delay + length + 1);
    if (delay == NULL)
        return NULL;
    delay->length = length;
    memcpy(delay->key, key, length);
    delay->key[length] = '\0';
    heap_node_init(&delay->due);
    cell_init(&delay->cell, &delays->shelf, delay->key);
    if (table_set(&delays->by_key, delay->key, length, delay) == ROLLCALL_OK)
        return delay;
    free(delay);
    return NULL;
}

struct delays *delays_create(struct ledger *ledger)
{
    struct delays *delays = malloc(sizeof *delays);

    if (delays == NULL)
        return NULL;
    *delays = (struct delays){ .ledger = ledger };
    delays->shelf = (struct shelf){ .area = DELAYS_AREA,
                                    .owner = delays,
                                    .pack = pack,
                                    .committed = committed,
                                    .empty = free_delay };
    table_init(&delays->by_key);
    heap_init(&delays->due);
    return delays;
}

static void load_one(void *owner, const char *key, const uint8_t *bytes, uint32_t length)
{
    struct loading *loading = owner;
    struct byte_reader in = { .at = bytes, .end = bytes + length };
    int64_t wall = (int64_t)byte_reader_u64(&in);

    if (in.failed || length != 8 || wall < 0) {
        log_warning(
            "consul",
            "the record of the lock delay of \"%.64s\" cannot be read; it is over", key);
        return;
    }
    int64_t left = wall - loading->wall;
    if (left > DELAYS_LONGEST_MS) /* the clock was set back */
        left = DELAYS_LONGEST_MS;
    struct delay *delay = make_delay(loading->delays, key, strlen(key));
    struct version *version = make_version(loading->now + left, wall);
    if (delay == NULL || version == NULL ||
        heap_set(&loading->delays->due, &delay->due, loading->now + left) !=
            ROLLCALL_OK) {
        version_unref(version);
        if (delay != NULL)
            cell_settle(&delay->cell);
        loading->failed = true;
        return;
    }
    cell_load(&delay->cell, version);
}

enum rollcall_status delays_load(struct delays *delays, struct store *store, int64_t now,
                                 int64_t wall, struct reason *why)
{
    struct loading loading = { .delays = delays, .now = now, .wall = wall };

    if (store->load_records == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        store->load_records(store, DELAYS_AREA, load_one, &loading, why);
    return status == ROLLCALL_OK && loading.failed ? ROLLCALL_E_NOMEM : status;
}

void delays_destroy(struct delays *delays)
{
    struct delay *delay;

    if (delays == NULL)
        return;
    for (size_t at = 0; (delay = table_next(&delays->by_key, &at)) != NULL;) {
        cell_release(&delay->cell);
        free_delay(delays, &delay->cell);
    }
    table_deinit(&delays->by_key);
    heap_deinit(&delays->due);
    free(delays);
}

bool delays_add(struct delays *delays, struct bundle *bundle, const char *key,
                size_t length, int64_t lasts, int64_t now, int64_t wall)
{
    if (lasts > DELAYS_LONGEST_MS)
        lasts = DELAYS_LONGEST_MS;
    struct version *version = make_version(now + lasts, wall + lasts);
    struct delay *delay = version == NULL ? NULL : make_delay(delays, key, length);
    if (delay == NULL ||
        heap_set(&delays->due, &delay->due, now + lasts) != ROLLCALL_OK) {
        version_unref(version);
        if (delay != NULL)
            cell_settle(&delay->cell);
        return false;
    }
    bundle_set(bundle, &delay->cell, version);
    return true;
}

bool delays_hold(const struct delays *delays, const char *key, size_t length, int64_t now)
{
    const struct delay *delay = table_get(&delays->by_key, key, length);

    return delay != NULL && delay->cell.latest != NULL &&
           ((const struct delay_version *)delay->cell.latest)->until > now;
}

int64_t delays_next_due(const struct delays *delays)
{
    const struct heap_node *first = heap_first(&delays->due);

    return first == NULL ? INT64_MAX : first->due;
}

int64_t delays_run_due(struct delays *delays, int64_t now)
{
    struct heap_node *first = heap_first(&delays->due);
    struct bundle *bundle = NULL;

    if (first == NULL || first->due > now)
        return delays_next_due(delays);
    bundle = ledger_begin(delays->ledger);
    while (bundle != NULL && (first = heap_first(&delays->due)) != NULL &&
           first->due <= now) {
        struct delay *delay =
            (struct delay *)(void *)((char *)first - offsetof(struct delay, due));
        heap_remove(&delays->due, first);
        if (delay->cell.latest != NULL)
            bundle_set(bundle, &delay->cell, NULL);
    }
    if (bundle != NULL) /* refused: its row is forgotten after the next start */
        (void)bundle_submit(bundle, NULL, NULL, NULL);
    return delays_next_due(delays);
}
