#include "loop/mailbox.h"

#include <stdbool.h>
#include <stdlib.h>

struct mailbox {
    uv_async_t async;
    uv_mutex_t mutex;
    struct mail *first; /* guarded by mutex; in the order of posting */
    struct mail **end;  /* guarded by mutex; where the next one is hung */
    void (*on_mail)(void *owner, struct mail *mail);
    void *owner; /* borrowed: lives until mailbox_close() */
    bool closing;
};

static void on_async(uv_async_t *async)
{
    mailbox_drain(async->data);
}

enum rollcall_status mailbox_open(uv_loop_t *loop,
                                  void (*on_mail)(void *owner, struct mail *mail),
                                  void *owner, struct mailbox **out)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL)
        return ROLLCALL_E_NOMEM;
    if (uv_mutex_init(&mailbox->mutex) != 0)
        goto fail;
    if (uv_async_init(loop, &mailbox->async, on_async) != 0) {
        uv_mutex_destroy(&mailbox->mutex);
        goto fail;
    }
    mailbox->async.data = mailbox;
    mailbox->end = &mailbox->first;
    mailbox->on_mail = on_mail;
    mailbox->owner = owner;
    *out = mailbox;
    return ROLLCALL_OK;

fail:
    free(mailbox);
    return ROLLCALL_E_IO;
}

/* Only the first of several items wakes the loop: the others leave with it. */
void mailbox_post(struct mailbox *mailbox, struct mail *mail)
{
    mail->next = NULL;
    uv_mutex_lock(&mailbox->mutex);
    bool was_empty = mailbox->first == NULL;
    *mailbox->end = mail;
    mailbox->end = &mail->next;
    uv_mutex_unlock(&mailbox->mutex);
    if (was_empty)
        uv_async_send(&mailbox->async);
}

static struct mail *take_all(struct mailbox *mailbox)
{
    uv_mutex_lock(&mailbox->mutex);
    struct mail *first = mailbox->first;
    mailbox->first = NULL;
    mailbox->end = &mailbox->first;
    uv_mutex_unlock(&mailbox->mutex);
    return first;
}

void mailbox_drain(struct mailbox *mailbox)
{
    struct mail *mail = take_all(mailbox);

    while (mail != NULL && !mailbox->closing) {
        struct mail *next = mail->next;
        mailbox->on_mail(mailbox->owner, mail);
        mail = next;
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct mailbox *mailbox = handle->data;

    uv_mutex_destroy(&mailbox->mutex);
    free(mailbox);
}

void mailbox_close(struct mailbox *mailbox)
{
    if (mailbox == NULL || mailbox->closing)
        return;
    mailbox->closing = true;
    uv_close((uv_handle_t *)&mailbox->async, on_closed);
}
