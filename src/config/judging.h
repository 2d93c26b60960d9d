/* config/judging.h - how instances are checked and judged; a part of config/config.h.
 * Threads  as config/config.h.
 */
#ifndef CONFIG_JUDGING_H
#define CONFIG_JUDGING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

struct config_damping { /* penalties: 1000 for leaving and coming back once */
    uint32_t suppress;  /* 3500; 0: none */
    uint32_t reuse;
    uint64_t half_life_ms, max_suppress_ms;
};

struct config_brake {
    uint32_t share;     /* thousandths; 1000: none */
    uint32_t instances; /* fewer: none */
    uint64_t hold_ms;   /* 0: until somebody decides */
};

struct config_doubt {
    uint32_t services; /* 0: never */
    uint64_t period_ms;
    bool gateway;
    struct address *canaries;
    uint32_t canary_count;
};

/* Commands of checks and alerts (exec/exec.h). */
struct config_exec {
    bool enabled; /* for checks */
    char **root_commands;
    uint32_t root_command_count;
    uint32_t max_running;
    uint32_t processes;
    uint32_t memory_mib;
    uint64_t grace_ms;
};

struct config_health {
    uint32_t max_running;
    struct config_damping damping;
    struct config_brake brake;
    struct config_doubt doubt;
    struct config_exec exec;
};

#endif
