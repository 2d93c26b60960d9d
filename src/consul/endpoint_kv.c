/* /v1/kv: keys and values. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "consul/keep.h"
#include "consul/kv_shape.h"
#include "consul/kv_verbs.h"
#include "consul/reading.h"
#include "consul/routes.h"
#include "consul/shapes.h"
#include "http/exchange.h"

#define MISSING_KEY "Missing key name"

struct asked_key {
    const char *text; /* with its NUL */
    size_t length;
};

/* ---- the question ---------------------------------------------------------------- */

static bool has(const struct exchange *exchange, const char *name)
{
    return exchange_query(exchange, name, 0) != NULL;
}

/* False: answered. */
static bool read_key(struct exchange *exchange, bool may_be_empty, struct asked_key *out)
{
    out->length = 0;
    out->text = exchange_path(exchange, "key", &out->length);
    if (out->text == NULL)
        out->text = "";
    if (out->length == 0 && !may_be_empty) {
        exchange_text(exchange, 400, MISSING_KEY);
        return false;
    }
    if (out->length <= KV_KEY_MAX)
        return true;
    exchange_text(exchange, 400, "Key is too long (limit: %d octets)", KV_KEY_MAX);
    return false;
}

/* `below`: it, and all that begin with it. */
static bool may(struct exchange *exchange, enum token_right right,
                const struct asked_key *key, bool below)
{
    char name[256];

    if (below ? exchange_may_keys(exchange, right, key->text, key->length)
              : exchange_may_key(exchange, right, key->text, key->length))
        return true;
    snprintf(name, sizeof name, "kv/%.200s%s", key->text, below ? "*" : "");
    exchange_forbid(exchange, right, name);
    return false;
}

/* A number of the query; `*out` stays when it is absent. False: answered. */
static bool read_number(struct exchange *exchange, const char *name, uint64_t *out)
{
    const char *text = exchange_query(exchange, name, 0);

    if (text == NULL || units_parse_u64(text, UINT64_MAX, out))
        return true;
    exchange_text(exchange, 500, "Invalid %s \"%.64s\": want a number of 64 bits", name,
                  text);
    return false;
}

/* At most one of these (in the order of the alphabet) goes. False: answered. */
static bool at_most_one(struct exchange *exchange, const char *const *names)
{
    char shown[512] = "";
    size_t used = 0;
    unsigned count = 0;

    for (; *names != NULL; names++) {
        const char *value = exchange_query(exchange, *names, 0);
        if (value == NULL)
            continue;
        int length = snprintf(shown + used, sizeof shown - used, "%s%s=%.100s",
                              count > 0 ? "&" : "", *names, value);
        used += length > 0 ? (size_t)length : 0;
        count++;
    }
    if (count < 2)
        return true;
    exchange_text(exchange, 400, "Conflicting flags: %s\n", shown);
    return false;
}

/* ---- GET ------------------------------------------------------------------------ */

static void say_absent(const struct reading *reading, uint64_t index)
{
    reading_headers(reading, index);
    buffer_clear(exchange_out(reading->exchange));
    exchange_reply(reading->exchange, 404, NULL);
}

/* As it is, and nothing that a browser would run. */
static void say_raw(const struct reading *reading, const struct kv_entry *entry)
{
    struct exchange *exchange = reading->exchange;

    reading_headers(reading, entry->modify);
    exchange_set_header(exchange, "X-Content-Type-Options", "nosniff");
    exchange_set_header(exchange, "Content-Security-Policy", "sandbox");
    buffer_append(exchange_out(exchange), entry->value, entry->length);
    exchange_reply(exchange, 200, HTTP_TEXT);
}

static void get_one(const struct reading *reading, const struct asked_key *key)
{
    struct consul *consul = reading->consul;
    struct exchange *exchange = reading->exchange;
    uint64_t index = kv_index_of_key(consul->kv, key->text, key->length);

    if (!may(exchange, RIGHT_READ, key, false))
        return;
    if (reading_is_old(reading, index) &&
        reading_wait(reading, kv_watch_key(&consul->keep->watch, key->text, key->length),
                     index))
        return;
    const struct kv_entry *entry = kv_find(consul->kv, key->text, key->length);
    if (entry == NULL) {
        say_absent(reading, index);
        return;
    }
    if (has(exchange, "raw")) {
        say_raw(reading, entry);
        return;
    }
    struct buffer *out = exchange_out(exchange);
    buffer_char(out, '[');
    shape_kv(out, key->text, key->length, entry, true);
    buffer_char(out, ']');
    reading_reply(reading, 200, index);
}

/* Octets of the key up to and with the first separator behind the prefix. */
static size_t cut_at(const struct kv_key *key, size_t prefix, const char *separator)
{
    const char *at = separator[0] == '\0' ? NULL : strstr(key->key + prefix, separator);

    return at == NULL ? key->length : (size_t)(at - key->key) + strlen(separator);
}

/* Those with the same beginning stand side by side, so one look back drops them. */
static size_t put_keys(const struct reading *reading, const struct asked_key *prefix)
{
    struct exchange *exchange = reading->exchange;
    const char *separator = exchange_query(exchange, "separator", 0);
    const struct ordered_node *at = NULL;
    const struct kv_key *key, *last = NULL;
    size_t length = 0, count = 0;

    if (separator == NULL)
        separator = exchange_query(exchange, "seperator", 0);
    while ((key = kv_next(reading->consul->kv, prefix->text, prefix->length, &at)) !=
           NULL) {
        size_t cut = cut_at(key, prefix->length, separator == NULL ? "" : separator);
        if (!exchange_may_key(exchange, RIGHT_READ, key->key, key->length) ||
            (last != NULL && cut == length && memcmp(key->key, last->key, cut) == 0))
            continue;
        if (count++ > 0)
            buffer_char(exchange_out(exchange), ',');
        shape_octets(exchange_out(exchange), key->key, cut);
        last = key;
        length = cut;
    }
    return count;
}

static size_t put_entries(const struct reading *reading, const struct asked_key *prefix)
{
    struct exchange *exchange = reading->exchange;
    const struct ordered_node *at = NULL;
    const struct kv_key *key;
    size_t count = 0;

    while ((key = kv_next(reading->consul->kv, prefix->text, prefix->length, &at)) !=
           NULL) {
        if (!exchange_may_key(exchange, RIGHT_READ, key->key, key->length))
            continue;
        shape_next(exchange_out(exchange));
        shape_kv(exchange_out(exchange), key->key, key->length, kv_entry_of(key), true);
        count++;
    }
    return count;
}

static void get_many(const struct reading *reading, const struct asked_key *prefix,
                     bool keys)
{
    struct consul *consul = reading->consul;
    struct buffer *out = exchange_out(reading->exchange);
    uint64_t index = kv_index_of_prefix(consul->kv, prefix->text, prefix->length);

    if (reading_is_old(reading, index) &&
        reading_wait(reading,
                     kv_watch_prefix(&consul->keep->watch, prefix->text, prefix->length),
                     index))
        return;
    buffer_char(out, '[');
    size_t count = keys ? put_keys(reading, prefix) : put_entries(reading, prefix);
    buffer_char(out, ']');
    if (count == 0 && (!keys || prefix->length > 0))
        say_absent(reading, index);
    else
        reading_reply(reading, 200, index);
}

static void get_kv(struct exchange *exchange)
{
    bool keys = has(exchange, "keys"), recurse = has(exchange, "recurse");
    struct reading reading;
    struct asked_key key;

    if (!reading_begin(exchange, &reading) || !read_key(exchange, keys || recurse, &key))
        return;
    if (keys || recurse)
        get_many(&reading, &key, keys);
    else
        get_one(&reading, &key);
}

/* ---- PUT and DELETE -------------------------------------------------------------- */

static bool begin_write(struct exchange *exchange, bool below, struct asked_key *key)
{
    return reading_datacenter(exchange) && read_key(exchange, below, key) &&
           may(exchange, RIGHT_REGISTER, key, below);
}

/* "false" waits for what is under way too: what it saw may not come true. */
static void apply(struct exchange *exchange, const struct kv_operation *operation)
{
    struct consul *consul = exchange_owner(exchange);
    struct reason why = REASON_NONE;
    struct bundle *bundle = ledger_begin(consul->ledger);
    struct wish *wish = bundle == NULL ? NULL : wish_create(exchange, wish_say);

    if (wish == NULL) {
        if (bundle != NULL)
            bundle_abort(bundle);
        else
            exchange_text(exchange, 503, "out of memory");
        return;
    }
    enum kv_outcome outcome =
        kv_apply(consul->kv, bundle, operation, clock_monotonic_ms(), NULL, NULL, &why);
    if (outcome == KV_OK || outcome == KV_DECLINED) {
        strcpy(wish->text, outcome == KV_OK ? "true" : "false");
        wish_submit(wish, bundle);
        return;
    }
    bundle_abort(bundle);
    wish_sent(wish, outcome == KV_NO_MEMORY ? ROLLCALL_E_NOMEM : ROLLCALL_E_UNAVAILABLE,
              &why);
}

static void put_kv(struct exchange *exchange)
{
    static const char *const exclusive[] = { "acquire", "cas", "release", NULL };
    struct kv_operation operation = { .verb = KV_SET };
    struct asked_key key;

    if (!begin_write(exchange, false, &key) || !at_most_one(exchange, exclusive) ||
        !read_number(exchange, "flags", &operation.flags) ||
        !read_number(exchange, "cas", &operation.index))
        return;
    operation.key = key.text;
    operation.key_length = key.length;
    operation.value = exchange_body(exchange, &operation.length);
    if (has(exchange, "cas"))
        operation.verb = KV_CAS;
    else if ((operation.session = exchange_query(exchange, "acquire", 0)) != NULL)
        operation.verb = KV_LOCK;
    else if ((operation.session = exchange_query(exchange, "release", 0)) != NULL)
        operation.verb = KV_UNLOCK;
    apply(exchange, &operation);
}

static void delete_kv(struct exchange *exchange)
{
    static const char *const exclusive[] = { "cas", "recurse", NULL };
    bool recurse = has(exchange, "recurse");
    struct kv_operation operation = { .verb = KV_DELETE };
    struct asked_key key;

    if (!begin_write(exchange, recurse, &key) || !at_most_one(exchange, exclusive) ||
        !read_number(exchange, "cas", &operation.index))
        return;
    operation.key = key.text;
    operation.key_length = key.length;
    if (recurse)
        operation.verb = KV_DELETE_TREE;
    else if (has(exchange, "cas"))
        operation.verb = KV_DELETE_CAS;
    apply(exchange, &operation);
}

/* ---- rows ----------------------------------------------------------------------- */

static const struct route_parameter reads[] = {
    { "recurse", "boolean", "all keys that begin with this one", false },
    { "keys", "boolean", "only the names of those", false },
    { "separator", "string", "with keys: cut each behind the first of these", false },
    { "raw", "boolean", "the value as it is, without JSON", false },
    PARAMETER_INDEX,
    PARAMETER_WAIT,
    PARAMETER_DC,
    { .name = NULL },
};

static const struct route_parameter writes[] = {
    { "flags", "integer", "a number of 64 bits that is kept with the value", false },
    { "cas", "integer", "only if it was last modified at this index; 0: is absent",
      false },
    { "acquire", "string", "lock it for this session", false },
    { "release", "string", "unlock what this session holds", false },
    PARAMETER_DC,
    { .name = NULL },
};

static const struct route_parameter deletes[] = {
    { "recurse", "boolean", "all keys that begin with this one", false },
    { "cas", "integer", "only if it was last modified at this index", false },
    PARAMETER_DC,
    { .name = NULL },
};

const struct route consul_kv_routes[] = {
    { HTTP_GET, "/v1/kv/{key...}", RIGHT_READ, 0, get_kv, "A key, or all below it.",
      reads, NULL, "KVEntries", NULL },
    { HTTP_PUT, "/v1/kv/{key...}", RIGHT_REGISTER, KV_VALUE_MAX, put_kv,
      "Write a key; the body is its value.", writes, NULL, "Boolean", NULL },
    { HTTP_DELETE, "/v1/kv/{key...}", RIGHT_REGISTER, 0, delete_kv,
      "Delete a key, or all below it.", deletes, NULL, "Boolean", NULL },
    { HTTP_GET, "/v1/kv", RIGHT_READ, 0, get_kv, "All keys.", reads, NULL, "KVEntries",
      NULL },
    { HTTP_DELETE, "/v1/kv", RIGHT_REGISTER, 0, delete_kv, "Delete all keys.", deletes,
      NULL, "Boolean", NULL },
    { .path = NULL },
};
