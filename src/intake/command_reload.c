/* intake/command_reload.c - reload: the configuration is read again. */
#include <stdio.h>

#include "config/reload.h"
#include "intake/commands.h"
#include "intake/remote.h"
#include "proto/encode.h"
#include "proto/encode_text.h"

static void write_keys(struct buffer *out, const char *name,
                       const struct config_report *report, enum config_fate fate)
{
    const char *key;

    encode_name(out, name);
    buffer_char(out, '[');
    for (unsigned i = 0; (key = config_report_key(report, fate, i)) != NULL; i++) {
        buffer_text(out, i > 0 ? "," : "");
        encode_text(out, key);
    }
    buffer_char(out, ']');
}

static void write_report(struct pending *pending, const struct config_report *report)
{
    struct buffer *out = pending_reply(pending);

    if (out == NULL)
        return;
    reply_begin(out, &pending->seq);
    write_keys(out, PROTO_TAKEN, report, CONFIG_TAKEN);
    write_keys(out, PROTO_RESTART, report, CONFIG_TAKES_RESTART);
    write_keys(out, PROTO_UNCHANGED, report, CONFIG_UNCHANGED);
    reply_end(out);
}

static void name_asker(const struct session *session, char *out, size_t size)
{
    char address[ADDRESS_TEXT];

    if (session->guest != NULL) {
        snprintf(out, size, "asked over HTTP");
    } else if (session->remote != NULL) {
        address_print_ip(&session->remote->address, address, sizeof address);
        snprintf(out, size, "asked over TCP from %s", address);
    } else {
        snprintf(out, size, "asked by uid %u", (unsigned)session->uid);
    }
}

enum rollcall_status command_reload(struct session *session,
                                    const struct request *request, struct reason *why)
{
    const struct config_reloader *reloader = session->intake->settings.reloader;
    struct config_report report;
    char asker[ADDRESS_TEXT + 32];

    if (!session_requester(session).privileged) {
        reason_set(why, "only root, the user that runs rollcalld, or a token that may "
                        "operate all may reload the configuration");
        return ROLLCALL_E_UNAUTHORIZED;
    }
    /* Who takes the own token away is dismissed by it: the answer has its place before
     * that is said. */
    struct pending *pending = session_defer(session, &request->seq);
    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    name_asker(session, asker, sizeof asker);
    enum rollcall_status status = reloader->run(reloader->owner, asker, &report, why);
    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return ROLLCALL_OK;
    }
    write_report(pending, &report);
    pending_done(pending);
    config_report_deinit(&report);
    return ROLLCALL_OK;
}
