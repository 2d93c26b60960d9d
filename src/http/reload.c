#include "http/reload.h"

#include <inttypes.h>
#include <time.h>

#include "base/log.h"
#include "base/metrics.h"
#include "http/internal.h"
#include "http/tls.h"

enum { DAY_S = 24 * 3600, WARN_DAYS = 14 };

/* --- Files whose content differs though their names do not. */

static void note_content(const struct http *http, const struct tls_set *set,
                         struct config_report *report)
{
    static const char *const keys[TLS_FILES] = { "api.tls.cert", "api.tls.key",
                                                 "api.tls.client_ca" };

    for (unsigned i = 0; i < TLS_FILES; i++)
        if (!tls_file_equal(http->tls_set, set, (enum tls_file)i))
            config_report_took(report, keys[i]);
}

enum rollcall_status http_reload_prepare(const struct http *http,
                                         const struct config_api *next,
                                         struct config_report *report,
                                         struct http_reload *out, struct reason *why)
{
    struct tls_set *set = NULL;
    enum rollcall_status status =
        next->tls.cert == NULL ? ROLLCALL_OK : tls_load(&next->tls, &set, why);

    if (status == ROLLCALL_OK && set != NULL && http->tls_set != NULL)
        note_content(http, set, report);
    if (status == ROLLCALL_OK)
        out->set = set;
    return status;
}

void http_reload_drop(struct http_reload *reload)
{
    tls_release(reload->set);
    reload->set = NULL;
}

void http_reload_take(struct http *http, struct http_reload *reload)
{
    struct tls_set *old = http->tls_set;

    if (old != NULL && reload->set != NULL) {
        http->tls_set = reload->set;
        reload->set = old;
    }
    http_reload_drop(reload);
    auth_open(http);
    shares_clear(http); /* their keys speak of tokens, not of rights */
    waits_revisit(http);
    streams_revisit(http);
}

/* --- When the certificate ends. */

void http_warn_certificate(const struct http *http, int64_t wall_ms)
{
    int64_t left =
        http->tls_set == NULL ? INT64_MAX : tls_ends(http->tls_set) - wall_ms / 1000;
    time_t ends = (time_t)(http->tls_set == NULL ? 0 : tls_ends(http->tls_set));
    char text[32] = "?";
    struct tm parts;

    if (left >= (int64_t)WARN_DAYS * DAY_S)
        return;
    if (gmtime_r(&ends, &parts) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    if (left < 0)
        log_warning("http",
                    "the certificate %s ended at %s: clients refuse it; renew it, then "
                    "`rollcall reload`",
                    http->config->tls.cert, text);
    else
        log_warning("http",
                    "the certificate %s ends in %" PRId64 " days, at %s; renew it, then "
                    "`rollcall reload`",
                    http->config->tls.cert, left / DAY_S, text);
}

static const struct metric expiry = { "http_certificate_expiry_seconds",
                                      "When the certificate of the HTTP API, or one of "
                                      "its chain, ends: seconds since 1970. "
                                      "Only where api.tls is set.",
                                      METRIC_GAUGE, NULL };

void certificate_shown(const struct http *http, struct metrics *metrics)
{
    bool known = http != NULL && http->tls_set != NULL;

    metrics_single(metrics, &expiry, known, known ? (double)tls_ends(http->tls_set) : 0);
}
