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

enum rollcall_status commands_start(const struct config *config, struct commands *out,
                                    struct reason *why)
{
    const struct config_exec *exec = &config->health.exec;
    const struct exec_settings settings = {
        .max_running = exec->max_running,
        .processes = exec->processes,
        .memory = (uint64_t)exec->memory_mib << 20,
        .grace_ms = exec->grace_ms,
        .root_commands = exec->root_commands,
        .root_command_count = exec->root_command_count,
    };

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
