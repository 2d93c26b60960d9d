/* alert/post_exec.c - a message as the standard input of a command, which the process
 * that runs the checks of kind exec runs too. Its environment says ROLLCALL_RECEIVER. */
#include <stdio.h>
#include <unistd.h>

#include "alert/post.h"
#include "exec/exec.h"

/* A frame has 96 KiB, with the command in it. */
enum { BODY_MAX = 60 * 1024, OUTPUT_MAX = 1024 };

static void on_done(void *owner, const struct exec_result *result)
{
    struct post *post = owner;
    char phrase[256];
    struct post_result told = { .end = POST_TRY_AGAIN, .phrase = phrase };

    exec_print(result, phrase, sizeof phrase);
    if (result->end == EXEC_EXITED && result->code == 0)
        told.end = POST_DELIVERED;
    else if (result->end == EXEC_ROOT)
        told.end = POST_REFUSED;
    post_finish(post, &told);
}

static enum rollcall_status exec_post_start(struct post *post, const char *body,
                                            size_t length, struct reason *why)
{
    const struct config_receiver *receiver = post->receiver;
    const char *arguments[66] = { NULL };
    char name[96];
    const char *const environment[] = { name, NULL };

    if (post->poster->exec == NULL) {
        reason_set(why, "this rollcalld runs no commands");
        return ROLLCALL_E_UNAVAILABLE;
    }
    for (uint32_t i = 0; i < receiver->command_count && i < 64; i++)
        arguments[i] = receiver->command[i];
    snprintf(name, sizeof name, "ROLLCALL_RECEIVER=%s", receiver->name);
    const struct exec_request request = {
        .arguments = arguments,
        .environment = environment,
        .uid = geteuid(),
        .timeout_ms = (uint32_t)receiver->timeout_ms,
        .output_max = OUTPUT_MAX,
        .input = body,
        .input_length = length,
    };
    return exec_start(post->poster->exec, &request, on_done, post, &post->job, why);
}

static void exec_post_cancel(struct post *post)
{
    exec_cancel(post->job);
}

const struct post_kind post_exec = { .start = exec_post_start,
                                     .cancel = exec_post_cancel,
                                     .most = BODY_MAX };
