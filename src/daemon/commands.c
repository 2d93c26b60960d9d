#include "daemon/commands.h"

#include <stdlib.h>

#include "base/log.h"
#include "exec/forbid.h"

static bool has_commands(const struct config *config)
{
    const struct config_alerts *alerts = &config->alerts;

    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        if (alerts->receivers[i].kind == CONFIG_RECEIVER_EXEC)
            return true;
    return config->health.exec.enabled;
}

/* What the configuration names for root: the commands of checks, and those of alerts,
 * which run as the daemon's user. NULL: no memory. */
static char **name_root_commands(const struct config *config, uint32_t *count)
{
    const struct config_exec *exec = &config->health.exec;
    const struct config_alerts *alerts = &config->alerts;
    size_t most = (size_t)exec->root_command_count + alerts->receiver_count;
    char **names = calloc(most + 1, sizeof *names);

    *count = 0;
    if (names == NULL)
        return NULL;
    for (uint32_t i = 0; i < exec->root_command_count; i++)
        names[(*count)++] = exec->root_commands[i];
    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        if (alerts->receivers[i].kind == CONFIG_RECEIVER_EXEC)
            names[(*count)++] = alerts->receivers[i].command[0];
    return names;
}

static enum rollcall_status start_helper(const struct config *config,
                                         struct commands *out, struct reason *why)
{
    const struct config_exec *exec = &config->health.exec;
    uint32_t count;
    char **names = name_root_commands(config, &count);
    const struct exec_settings settings = {
        .max_running = exec->max_running,
        .processes = exec->processes,
        .memory = (uint64_t)exec->memory_mib << 20,
        .grace_ms = exec->grace_ms,
        .root_commands = names,
        .root_command_count = count,
    };

    if (names == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = exec_helper_start(&settings, &out->helper, why);
    free(names);
    return status;
}

enum rollcall_status commands_start(const struct config *config, struct commands *out,
                                    struct reason *why)
{
    if (!has_commands(config))
        return ROLLCALL_OK;
    enum rollcall_status status = start_helper(config, out, why);
    /* It costs 40 ns a system call, so only those pay who have something to run. */
    if (status == ROLLCALL_OK && !exec_forbid())
        log_debug("daemon", "no filter of system calls here: nothing but our own code "
                            "keeps the daemon from executing programs");
    return status;
}

enum rollcall_status commands_open(uv_loop_t *loop, struct commands *commands,
                                   struct reason *why)
{
    if (commands->helper == NULL)
        return ROLLCALL_OK;
    enum rollcall_status status =
        exec_bridge_open(loop, commands->helper, &commands->bridge);
    if (status != ROLLCALL_OK)
        reason_set(why, "cannot watch the helper that runs commands: out of memory");
    return status;
}

void commands_close(struct commands *commands)
{
    exec_bridge_close(commands->bridge);
    commands->bridge = NULL;
}

void commands_stop(struct commands *commands)
{
    exec_helper_stop(commands->helper);
    commands->helper = NULL;
}
