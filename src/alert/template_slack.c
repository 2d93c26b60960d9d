/* alert/template_slack.c - {"text": …} for incoming webhooks: lines for people. */
#include <string.h>

#include "alert/template.h"
#include "proto/encode.h"

/* Lines of one message; a channel is no list of a thousand instances. */
enum { LINES_MAX = 15 };

/* The three characters that mean something to Slack. */
static void put_plain(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            buffer_text(out, "&amp;");
        else if (*text == '<')
            buffer_text(out, "&lt;");
        else if (*text == '>')
            buffer_text(out, "&gt;");
        else
            buffer_char(out, *text == '\n' || *text == '\r' ? ' ' : *text);
    }
}

static const char *mark_of(const struct fact *fact)
{
    if (fact->resolved || fact->state == ALERT_PASSING)
        return ":white_check_mark:";
    return fact->state == ALERT_WARNING || fact->state == ALERT_REMOVED
               ? ":large_yellow_circle:"
               : ":red_circle:";
}

static void put_line(struct buffer *out, const struct fact *fact)
{
    struct buffer title;

    buffer_init(&title, 2048);
    template_title(&title, fact);
    buffer_format(out, "\n%s ", mark_of(fact));
    put_plain(out, title.data == NULL ? "" : title.data);
    if (fact->output[0] != '\0' && !fact->resolved) {
        buffer_text(out, ": ");
        put_plain(out, fact->output);
    }
    buffer_deinit(&title);
}

static void put_head(struct buffer *out, const struct template_view *view)
{
    uint32_t count = view->message->count, resolved = 0;

    for (uint32_t i = 0; i < count; i++)
        resolved += view->message->facts[i]->resolved;
    if (view->is_test)
        buffer_text(out, "(a test) ");
    buffer_format(out, "*%u %s*", count - resolved,
                  count - resolved == 1 ? "alert" : "alerts");
    if (resolved > 0)
        buffer_format(out, ", %u resolved", resolved);
    buffer_text(out, " on ");
    put_plain(out, view->node);
}

void template_slack(const struct template_view *view, struct buffer *out)
{
    const struct message *message = view->message;
    struct buffer text;
    uint32_t put = 0;

    buffer_init(&text, 64 * 1024);
    put_head(&text, view);
    for (; put < message->count && put < LINES_MAX; put++)
        put_line(&text, message->facts[put]);
    if (put < message->count)
        buffer_format(&text, "\n… and %u more", message->count - put);
    buffer_text(out, "{\"text\":");
    encode_text(out, text.data == NULL ? "" : text.data);
    buffer_char(out, '}');
    buffer_deinit(&text);
}
