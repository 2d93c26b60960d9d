/* alert/template_json.c - everything we know, one object:
 * {"node","receiver","sent","test","total","omitted","alerts":[{…}]} */
#include <string.h>

#include "alert/template.h"
#include "proto/encode.h"

static void put_time(struct buffer *out, const char *name, int64_t wall)
{
    buffer_format(out, ",\"%s\":\"", name);
    template_time(out, wall);
    buffer_char(out, '"');
}

static void put_tags(struct buffer *out, const char *tags)
{
    char tag[256];

    buffer_text(out, ",\"tags\":[");
    for (const char *at = tags; *at != '\0'; at += strcspn(at, "\n") + 1) {
        size_t length = strcspn(at, "\n");
        if (length >= sizeof tag)
            length = sizeof tag - 1;
        memcpy(tag, at, length);
        tag[length] = '\0';
        if (at != tags)
            buffer_char(out, ',');
        encode_text(out, tag);
    }
    buffer_char(out, ']');
}

static void put_fact(struct buffer *out, const struct fact *fact)
{
    struct buffer title;

    buffer_init(&title, 2048);
    template_title(&title, fact);
    buffer_text(out, "{\"status\":");
    encode_text(out, fact->resolved ? "resolved" : "firing");
    member_text(out, "rule", fact->rule);
    member_text(out, "state", alert_state_word(fact->state));
    member_text(out, "summary", title.data == NULL ? "" : title.data);
    member_text(out, "namespace", fact->namespace_name);
    member_text(out, "service", fact->service);
    member_text(out, "id", fact->id);
    member_text(out, "address", fact->address);
    put_tags(out, fact->tags);
    member_text(out, "cause", fact->cause);
    member_text(out, "output", fact->output);
    put_time(out, "since", fact->starts);
    if (fact->resolved)
        put_time(out, "until", fact->ends);
    buffer_char(out, '}');
    buffer_deinit(&title);
}

void template_json(const struct template_view *view, struct buffer *out)
{
    const struct message *message = view->message;
    uint32_t put = 0;

    buffer_text(out, "{\"node\":");
    encode_text(out, view->node);
    member_text(out, "receiver", message->receiver->name);
    put_time(out, "sent", view->wall);
    member_bool(out, "test", view->is_test);
    member_number(out, "total", message->count);
    buffer_text(out, ",\"alerts\":[");
    for (; put < message->count; put++) {
        size_t before = out->length;
        if (put > 0)
            buffer_char(out, ',');
        put_fact(out, message->facts[put]);
        if (out->length + 32 > view->most) { /* room for the end */
            out->length = before;
            break;
        }
    }
    buffer_char(out, ']');
    member_number(out, "omitted", message->count - put);
    buffer_char(out, '}');
}
