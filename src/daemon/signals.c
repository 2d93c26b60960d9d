#include "daemon/signals.h"

#include <signal.h>

#include "base/log.h"

static void on_signal(uv_signal_t *handle, int number)
{
    struct signals *signals = handle->data;

    if (number == SIGHUP) {
        signals->on_reload(signals->owner);
        return;
    }
    log_info("daemon", "%s: stopping", number == SIGTERM ? "SIGTERM" : "SIGINT");
    signals->on_stop(signals->owner);
}

enum rollcall_status signals_open(uv_loop_t *loop, struct signals *out,
                                  struct reason *why)
{
    static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

    out->open = 0;
    /* A client that went away is an error of write(), not the end of us. */
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < 3; i++) {
        int error = uv_signal_init(loop, &out->handles[i]);
        if (error == 0) {
            out->handles[i].data = out;
            out->open++;
            error = uv_signal_start(&out->handles[i], on_signal, numbers[i]);
        }
        if (error != 0) {
            reason_set(why, "cannot listen for signals: %s", uv_strerror(error));
            return ROLLCALL_E_IO;
        }
    }
    return ROLLCALL_OK;
}

void signals_close(struct signals *signals)
{
    while (signals->open > 0)
        uv_close((uv_handle_t *)&signals->handles[--signals->open], NULL);
}
