/* alert/template.h - what a message says, in the words of who gets it.
 *
 *   json          everything we know, one object
 *   slack         {"text": …}, the first lines for people and a count of the rest
 *   alertmanager  the array that POST /api/v2/alerts takes
 *
 * All are JSON. What does not fit into `most` octets is left out and counted, where the
 * form has a place for that.
 * Threads  pure.
 */
#ifndef ALERT_TEMPLATE_H
#define ALERT_TEMPLATE_H

#include <stddef.h>

#include "alert/message.h"
#include "base/buffer.h"

struct template_view {
    const char *node;
    const struct message *message;
    int64_t wall;      /* now */
    int64_t repeat_ms; /* firing alerts are said again after so long; 0: not */
    bool is_test;
    size_t most;
};

void template_write(enum config_template form, const struct template_view *view,
                    struct buffer *out);

/* The forms; a row of the table in template.c each. */
void template_json(const struct template_view *view, struct buffer *out);
void template_slack(const struct template_view *view, struct buffer *out);
void template_alertmanager(const struct template_view *view, struct buffer *out);

/* "2026-03-04T05:06:07.089Z" (RFC 3339). */
void template_time(struct buffer *out, int64_t wall);
/* "web/10.0.0.1:80 in default is critical", the thing in a few words. */
void template_title(struct buffer *out, const struct fact *fact);

#endif
