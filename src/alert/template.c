#include "alert/template.h"

#include <stdio.h>
#include <time.h>

static void (*const forms[])(const struct template_view *view, struct buffer *out) = {
    [CONFIG_TEMPLATE_JSON] = template_json,
    [CONFIG_TEMPLATE_SLACK] = template_slack,
    [CONFIG_TEMPLATE_ALERTMANAGER] = template_alertmanager,
};

void template_write(enum config_template form, const struct template_view *view,
                    struct buffer *out)
{
    forms[form](view, out);
}

void template_time(struct buffer *out, int64_t wall)
{
    time_t seconds = (time_t)(wall / 1000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    buffer_format(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                  parts.tm_sec, (int)(wall % 1000));
}

static const char *const sentences[ALERT_STATES][2] = {
    [ALERT_CRITICAL] = { "is critical", "is not critical any more" },
    [ALERT_WARNING] = { "is in warning", "is not in warning any more" },
    [ALERT_PASSING] = { "passes again", "passes again" },
    [ALERT_REMOVED] = { "was removed", "was removed" },
    [ALERT_PANIC] = { "has too few healthy instances: all are handed out",
                      "has enough healthy instances again" },
    [ALERT_BRAKE] = { "would lose too many instances at once: they are held",
                      "has no held instances any more" },
    [ALERT_DAMPED] = { "comes and goes and is left out", "is calm again" },
    [ALERT_DOUBT] = { "doubts its own checks: nothing leaves DNS",
                      "trusts its checks again" },
};

void template_title(struct buffer *out, const struct fact *fact)
{
    if (fact->id[0] != '\0')
        buffer_format(out, "%s (%s)", fact->id, fact->service);
    else if (fact->service[0] != '\0')
        buffer_text(out, fact->service);
    else
        buffer_text(out, "rollcalld");
    buffer_format(out, " %s", sentences[fact->state][fact->resolved]);
}
