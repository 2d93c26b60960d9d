#include "intake/commands.h"

/* To add one: its word in proto/proto.h, its fields in proto/decode.c, its row here. */
static const struct command commands[PROTO_OP_COUNT] = {
    [PROTO_HELLO] = { command_hello, false, GATE_HELLO, RIGHT_READ },
    [PROTO_REGISTER] = { command_register, true, GATE_SERVICE, RIGHT_REGISTER },
    [PROTO_DEREGISTER] = { command_deregister, true, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_RENEW] = { command_renew, false, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_DRAIN] = { command_drain, true, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_UNDRAIN] = { command_undrain, true, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_OVERRIDE] = { command_override, true, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_BRAKE] = { command_brake, false, GATE_SERVICE, RIGHT_REGISTER },
    [PROTO_CHECK_NOW] = { command_check_now, true, GATE_INSTANCE, RIGHT_REGISTER },
    [PROTO_CHECK_TRY] = { command_check_try, true, GATE_SERVICE, RIGHT_REGISTER },
    [PROTO_GET] = { command_get, false, GATE_SERVICE, RIGHT_READ },
    [PROTO_LIST] = { command_list, false, GATE_LISTS, RIGHT_READ },
    [PROTO_WATCH] = { command_watch, false, GATE_LISTS, RIGHT_READ },
    [PROTO_STATS] = { command_stats, false, GATE_ANY, RIGHT_READ },
    [PROTO_SILENCE] = { command_silence, true, GATE_SILENCE, RIGHT_OPERATE },
    [PROTO_UNSILENCE] = { command_unsilence, true, GATE_SILENCE, RIGHT_OPERATE },
    [PROTO_SILENCES] = { command_silences, false, GATE_LISTS, RIGHT_READ },
    [PROTO_ALERTS] = { command_alerts, false, GATE_LISTS, RIGHT_READ },
    [PROTO_ALERT_TEST] = { command_alert_test, true, GATE_ALL, RIGHT_OPERATE },
    [PROTO_HISTORY] = { command_past, false, GATE_LISTS, RIGHT_READ },
    [PROTO_QUERY] = { command_past, false, GATE_LISTS, RIGHT_READ },
    [PROTO_EXPLAIN] = { command_explain, false, GATE_LISTS, RIGHT_READ },
    [PROTO_RELOAD] = { command_reload, false, GATE_ALL, RIGHT_OPERATE },
};

const struct command *command_find(enum proto_op op)
{
    return &commands[op];
}

bool command_is_change(enum proto_op op)
{
    return op < PROTO_OP_COUNT && commands[op].is_change;
}
