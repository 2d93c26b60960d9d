#include "consul/blocking.h"

#include <string.h>

#include "base/units.h"
#include "consul/body.h"

static bool parse_index(const char *text, uint64_t *out)
{
    *out = 0;
    return text == NULL || text[0] == '\0' || strcmp(text, "-1") == 0 ||
           units_parse_u64(text, UINT64_MAX, out);
}

/* Less than nothing and 0 are the default, as in Consul. */
static bool parse_wait(const char *text, uint32_t *out)
{
    const int64_t ms = 1000000;
    int64_t nanoseconds = 0;

    *out = BLOCKING_DEFAULT_MS;
    if (text == NULL || text[0] == '\0')
        return true;
    if (!body_parse_duration(text, &nanoseconds))
        return false;
    if (nanoseconds > BLOCKING_LONGEST_MS * ms)
        *out = BLOCKING_LONGEST_MS;
    else if (nanoseconds > 0)
        *out = (uint32_t)((nanoseconds + ms - 1) / ms);
    return true;
}

bool blocking_parse(const char *index, const char *wait, struct blocking *out,
                    const char **error)
{
    if (!parse_wait(wait, &out->wait)) {
        *error = "Invalid wait time";
        return false;
    }
    if (!parse_index(index, &out->index)) {
        *error = "Invalid index";
        return false;
    }
    return true;
}

bool blocking_is_old(const struct blocking *blocking, uint64_t index, uint64_t newest)
{
    return blocking->index != 0 && blocking->index <= newest && index <= blocking->index;
}

int64_t blocking_due(const struct blocking *blocking, struct random_state *random,
                     int64_t now)
{
    return now + blocking->wait +
           (int64_t)random_below(random, blocking->wait / BLOCKING_SHARE + 1);
}

bool blocking_wait(const struct blocking *blocking, struct random_state *random,
                   struct exchange *exchange, struct topic *topic, int64_t now)
{
    int64_t due;

    if (topic == NULL)
        return false;
    if (!exchange_waited(exchange, &due))
        due = blocking_due(blocking, random, now);
    else if (now >= due)
        return false;
    exchange_wait(exchange, topic, due);
    return true;
}
