/* alert/template_alertmanager.c - the array that POST /api/v2/alerts takes.
 *
 * The labels say which alert it is, so they hold nothing that changes while it lasts;
 * what changes stands in annotations. A firing alert ends by itself in twice the time
 * after which we say it again: then rollcalld itself is gone.
 */
#include <string.h>

#include "alert/template.h"
#include "proto/encode.h"

#define DAY_MS INT64_C(86400000)

static void put_label(struct buffer *out, const char *name, const char *value)
{
    if (value[0] != '\0') /* an empty label is no label */
        member_text(out, name, value);
}

static void put_labels(struct buffer *out, const struct template_view *view,
                       const struct fact *fact)
{
    buffer_text(out, "\"labels\":{\"alertname\":");
    encode_text(out, fact->rule);
    member_text(out, "state", alert_state_word(fact->state));
    put_label(out, "namespace", fact->namespace_name);
    put_label(out, "service", fact->service);
    put_label(out, "instance", fact->id);
    put_label(out, "node", view->node);
    if (view->is_test)
        member_text(out, "test", "true");
    buffer_char(out, '}');
}

static void put_annotations(struct buffer *out, const struct fact *fact)
{
    struct buffer title;

    buffer_init(&title, 2048);
    template_title(&title, fact);
    buffer_text(out, ",\"annotations\":{\"summary\":");
    encode_text(out, title.data == NULL ? "" : title.data);
    put_label(out, "address", fact->address);
    put_label(out, "cause", fact->cause);
    put_label(out, "output", fact->output);
    buffer_char(out, '}');
    buffer_deinit(&title);
}

static void put_times(struct buffer *out, const struct template_view *view,
                      const struct fact *fact)
{
    int64_t lasts = view->repeat_ms > 0 ? 2 * view->repeat_ms : DAY_MS;

    buffer_text(out, ",\"startsAt\":\"");
    template_time(out, fact->starts);
    buffer_text(out, "\",\"endsAt\":\"");
    int64_t now = view->wall < fact->starts ? fact->starts : view->wall;
    template_time(out, fact->resolved ? fact->ends : now + lasts);
    buffer_char(out, '"');
}

void template_alertmanager(const struct template_view *view, struct buffer *out)
{
    const struct message *message = view->message;

    buffer_char(out, '[');
    for (uint32_t i = 0; i < message->count; i++) {
        const struct fact *fact = message->facts[i];
        size_t before = out->length;
        buffer_text(out, i > 0 ? ",{" : "{");
        put_labels(out, view, fact);
        put_annotations(out, fact);
        put_times(out, view, fact);
        buffer_char(out, '}');
        if (out->length + 1 > view->most) {
            out->length = before;
            break;
        }
    }
    buffer_char(out, ']');
}
