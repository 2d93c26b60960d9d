#include "intake/commands.h"

/* To add one: its word in proto/proto.h, its fields in proto/decode.c, its row here. */
static const struct command commands[PROTO_OP_COUNT] = {
    [PROTO_HELLO] = { command_hello, false },
    [PROTO_REGISTER] = { command_register, true },
    [PROTO_DEREGISTER] = { command_deregister, true },
    [PROTO_RENEW] = { command_renew, false },
    [PROTO_DRAIN] = { command_drain, true },
    [PROTO_UNDRAIN] = { command_undrain, true },
    [PROTO_OVERRIDE] = { command_override, true },
    [PROTO_BRAKE] = { command_brake, false },
    [PROTO_CHECK_NOW] = { command_check_now, true },
    [PROTO_CHECK_TRY] = { command_check_try, true },
    [PROTO_GET] = { command_get, false },
    [PROTO_LIST] = { command_list, false },
    [PROTO_WATCH] = { command_watch, false },
    [PROTO_STATS] = { command_stats, false },
    [PROTO_SILENCE] = { command_silence, true },
    [PROTO_UNSILENCE] = { command_unsilence, true },
    [PROTO_SILENCES] = { command_silences, false },
    [PROTO_ALERTS] = { command_alerts, false },
    [PROTO_ALERT_TEST] = { command_alert_test, true },
    [PROTO_HISTORY] = { command_past, false },
    [PROTO_QUERY] = { command_past, false },
    [PROTO_EXPLAIN] = { command_explain, false },
};

const struct command *command_find(enum proto_op op)
{
    return &commands[op];
}

bool command_is_change(enum proto_op op)
{
    return op < PROTO_OP_COUNT && commands[op].is_change;
}
