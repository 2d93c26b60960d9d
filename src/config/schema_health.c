/* The keys of what is judged beyond single checks: damping, brake, doubt. */
#include "config/config.h"
#include "config/schema.h"

#define FIELD(name) .offset = offsetof(struct config_damping, name)

const struct option config_damping_options[] = {
    { .key = "suppress",
      .type = &option_count,
      FIELD(suppress),
      .max = 1000000,
      .fallback = "3500",
      .help = "An instance whose penalty reaches this is left out, also while it passes. "
              "Leaving DNS by its checks and coming back costs 500 each, so that two "
              "restarts in a row harm nobody; 0: no damping (RFC 2439)." },
    { .key = "reuse",
      .type = &option_count,
      FIELD(reuse),
      .min = 1,
      .max = 1000000,
      .fallback = "1000",
      .help = "It comes back when its penalty has fallen to this." },
    { .key = "half_life",
      .type = &option_duration,
      FIELD(half_life_ms),
      .min = SECOND,
      .max = DAY,
      .fallback = "5m",
      .help = "Time in which a penalty halves." },
    { .key = "max_suppress",
      .type = &option_duration,
      FIELD(max_suppress_ms),
      .min = SECOND,
      .max = DAY,
      .fallback = "30m",
      .help = "The longest time that an instance is left out for this." },
    { 0 },
};

#undef FIELD
#define FIELD(name) .offset = offsetof(struct config_brake, name)

const struct option config_brake_options[] = {
    { .key = "share",
      .type = &option_share,
      FIELD(share),
      .fallback = "0.5",
      .help = "Share of the instances of a service that may leave DNS within a minute by "
              "their checks; the others that fail are held: served on and shown, until "
              "they are well, or until `rollcall brake` decides. Who deregisters leaves "
              "in any case. 1: no brake." },
    { .key = "instances",
      .type = &option_count,
      FIELD(instances),
      .min = 1,
      .max = 1000000,
      .fallback = "10",
      .help = "Services with fewer instances are not braked." },
    { .key = "hold",
      .type = &option_duration,
      FIELD(hold_ms),
      .max = 366 * DAY,
      .fallback = "1h",
      .help = "The longest time that an instance is held while nobody decides; then it "
              "leaves with its next failure. 0s: until somebody decides." },
    { 0 },
};

#undef FIELD
#define FIELD(name) .offset = offsetof(struct config_doubt, name)
#define COUNT(name) .count_offset = offsetof(struct config_doubt, name)

const struct option config_doubt_options[] = {
    { .key = "services",
      .type = &option_count,
      FIELD(services),
      .max = 1000000,
      .fallback = "3",
      .help = "Where so many services fail together, or all that are checked, and our "
              "own canaries fail too, this machine is taken to be cut off: no check "
              "moves anything until the canaries are well again. 0: never." },
    { .key = "period",
      .type = &option_duration,
      FIELD(period_ms),
      .min = SECOND,
      .max = HOUR,
      .fallback = "15s",
      .help = "What fails within this time fails together. While the canaries fail, a "
              "failure that would take an instance out waits so long at most." },
    { .key = "gateway",
      .type = &option_bool,
      FIELD(gateway),
      .fallback = "true",
      .help = "The default gateway is a canary, once it has answered: by opening or "
              "refusing a TCP connection to port 7. Our own loopback always is. Canaries "
              "that have failed for 10 minutes no longer count, unless transitions are "
              "frozen already: a gateway that stopped answering is no reason to doubt." },
    { .key = "canaries",
      .shape = OPTION_LIST,
      .type = &option_address,
      FIELD(canaries),
      COUNT(canary_count),
      .max = 64,
      .fallback = "[]",
      .help = "More canaries: addresses with a port that open or refuse a TCP connection "
              "whenever this machine is well connected. One that answers is enough." },
    { 0 },
};
