#include "daemon/judging.h"

/* A reuse threshold that is not below the other would suppress for no time at all. */
static struct damping_rule damping_of(const struct config_damping *config)
{
    return (struct damping_rule){
        .suppress = config->suppress,
        .reuse = config->reuse < config->suppress || config->suppress == 0
                     ? config->reuse
                     : config->suppress - 1,
        .half_life = (int64_t)config->half_life_ms,
        .max_suppress = (int64_t)config->max_suppress_ms,
    };
}

struct health_settings judging_settings(const struct config_health *config)
{
    return (struct health_settings){
        .max_running = config->max_running,
        .damping = damping_of(&config->damping),
        .brake = { .share = config->brake.share,
                   .instances = config->brake.instances,
                   .longest = (int64_t)config->brake.hold_ms },
        .doubt = { .services = config->doubt.services,
                   .period = (int64_t)config->doubt.period_ms },
        .canaries = { .targets = config->doubt.canaries,
                      .target_count = config->doubt.canary_count,
                      .gateway = config->doubt.gateway },
    };
}

static enum rollcall_status brake(void *owner, const char *namespace_name,
                                  const char *service, bool confirm,
                                  const struct requester *who, uint32_t *held,
                                  struct reason *why)
{
    return health_brake(owner, namespace_name, service, confirm, who, held, why);
}

static enum rollcall_status check_now(void *owner, const char *id, const char *check,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why)
{
    return health_check_now(owner, id, check, who, done, context, why);
}

static enum rollcall_status check_try(void *owner, struct instance *instance,
                                      const struct requester *who, look_done done,
                                      void *context, struct reason *why)
{
    return health_check_try(owner, instance, who, done, context, why);
}

struct judge judging_door(struct health *health)
{
    return (struct judge){
        .owner = health, .brake = brake, .check_now = check_now, .check_try = check_try
    };
}
