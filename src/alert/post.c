#include "alert/post.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct post_kind *const kinds[] = {
    [CONFIG_RECEIVER_WEBHOOK] = &post_webhook, /* an HTTP request */
    [CONFIG_RECEIVER_EXEC] = &post_exec,       /* a command */
};

const struct post_kind *post_kind_of(const struct config_receiver *receiver)
{
    return kinds[receiver->kind];
}

enum rollcall_status post_start(
    const struct poster *poster, const struct config_receiver *receiver, const char *body,
    size_t length, void (*on_end)(void *owner, const struct post_result *result),
    void *owner, struct post **out, struct reason *why)
{
    struct post *post = calloc(1, sizeof *post);

    if (post == NULL) {
        reason_set(why, "out of memory");
        return ROLLCALL_E_NOMEM;
    }
    *post = (struct post){
        .poster = poster, .receiver = receiver, .on_end = on_end, .owner = owner
    };
    enum rollcall_status status = kinds[receiver->kind]->start(post, body, length, why);
    if (status != ROLLCALL_OK) {
        free(post);
        return status;
    }
    *out = post;
    return ROLLCALL_OK;
}

void post_cancel(struct post *post)
{
    if (post == NULL)
        return;
    kinds[post->receiver->kind]->cancel(post);
    free(post);
}

void post_finish(struct post *post, const struct post_result *result)
{
    void (*on_end)(void *owner, const struct post_result *) = post->on_end;
    void *owner = post->owner;

    free(post);
    on_end(owner, result);
}

/* As much as there is; -1 with errno. A pipe that nobody writes to is not waited for. */
static ssize_t read_all(const char *path, char *text, size_t most)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t used = 0;
    ssize_t got = fd < 0 ? -1 : 1;

    while (fd >= 0 && used < most && (got = read(fd, text + used, most - used)) > 0)
        used += (size_t)got;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return got < 0 ? -1 : (ssize_t)used;
}

char *post_read_file(const char *path, size_t most, struct reason *why)
{
    char *text = malloc(most + 1);
    ssize_t length = text == NULL ? -1 : read_all(path, text, most);

    if (length < 0) {
        reason_set(why, "cannot read %s: %s", path, strerror(text ? errno : ENOMEM));
        free(text);
        return NULL;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    if (length > 0)
        return text;
    reason_set(why, "%s is empty", path);
    free(text);
    return NULL;
}
