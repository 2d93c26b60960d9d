#include "daemon/past.h"

#include "health/outcome.h"

static bool name_outcome(uint8_t outcome, const char **word, const char **phrase)
{
    *word = outcome_name((enum check_outcome)outcome);
    *phrase = outcome_phrase((enum check_outcome)outcome);
    return outcome != OUTCOME_NONE;
}

enum rollcall_status past_open(uv_loop_t *loop, const struct config *config,
                               struct travel **out, uint64_t *config_hash,
                               struct reason *why)
{
    *config_hash = travel_config_hash(config);
    const struct travel_settings settings = { .config = config,
                                              .config_hash = *config_hash,
                                              .outcome = name_outcome };

    return travel_open(loop, &settings, out, why);
}
