/* cli/command_batch.c - many requests from a file or a pipe, without waiting for each. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/commands.h"
#include "cli/session.h"

/* Requests under way. Enough that every commit of the daemon is full; few enough that
 * the daemon does not stop reading us. */
enum { WINDOW = 512, CHUNK = 64 * 1024, LINE_LIMIT = 1 << 20 };

struct batch {
    struct rollcall_client *client;
    int input;
    bool ended;          /* of the input */
    bool starved;        /* no whole line is left to send */
    struct buffer lines; /* read and not yet sent */
    size_t at;
    unsigned under_way;
    bool failed;   /* a reply said no */
    int error;     /* errno of reading the input; what was read of it is sent */
    bool too_long; /* a line of the input was, so it ended there */
};

/* Send whole lines while the window has room. At the end of the input the last one needs
 * no newline. */
static enum rollcall_status send_lines(struct batch *batch, struct rollcall_error *error)
{
    enum rollcall_status status = ROLLCALL_OK;

    batch->starved = false;
    while (status == ROLLCALL_OK && batch->under_way < WINDOW && !batch->starved) {
        size_t left = batch->lines.length - batch->at;
        const char *line = left > 0 ? batch->lines.data + batch->at : NULL;
        const char *newline = left > 0 ? memchr(line, '\n', left) : NULL;
        if (left == 0 || (newline == NULL && !batch->ended)) {
            batch->starved = true;
            break;
        }
        size_t length = newline != NULL ? (size_t)(newline - line) : left;
        batch->at += length + (newline != NULL);
        if (strspn(line, " \t\r") >= length)
            continue; /* an empty line is no request */
        status = rollcall_send(batch->client, line, length, error);
        batch->under_way++;
    }
    return status;
}

static void read_lines(struct batch *batch)
{
    struct buffer *lines = &batch->lines;

    buffer_consume(lines, batch->at);
    batch->at = 0;
    if (!buffer_reserve(lines, CHUNK)) {
        buffer_clear(lines);
        batch->ended = batch->failed = batch->too_long = true;
        return;
    }
    ssize_t got = read(batch->input, lines->data + lines->length, CHUNK);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0)
        batch->error = errno;
    if (got <= 0)
        batch->ended = true;
    else
        lines->length += (size_t)got;
    lines->data[lines->length] = '\0';
}

static enum rollcall_status print_replies(struct batch *batch,
                                          struct rollcall_error *error)
{
    struct rollcall_line line;
    enum rollcall_status status;

    while ((status = rollcall_receive(batch->client, 0, &line, error)) == ROLLCALL_OK) {
        puts(line.text);
        if (line.is_event)
            continue;
        if (batch->under_way > 0)
            batch->under_way--;
        if (line.status != ROLLCALL_OK)
            batch->failed = true;
    }
    return status == ROLLCALL_E_TIMEOUT ? ROLLCALL_OK : status;
}

/* Nothing can be sent any more: what was answered before is in the socket still. */
static void print_last_replies(struct batch *batch)
{
    struct rollcall_error ignored;

    (void)print_replies(batch, &ignored);
}

/* Wait for the daemon, and for the input while there is room for more requests. */
static void wait_for_either(const struct batch *batch, bool *readable)
{
    struct pollfd fds[2] = { { .fd = rollcall_descriptor(batch->client),
                               .events = POLLIN },
                             { .fd = batch->input, .events = POLLIN } };
    bool wants_input = batch->starved && !batch->ended;

    fflush(stdout);
    poll(fds, wants_input ? 2 : 1, -1);
    *readable = wants_input && fds[1].revents != 0;
}

static enum rollcall_status run_through(struct batch *batch, struct rollcall_error *error)
{
    enum rollcall_status status = ROLLCALL_OK;
    bool readable = false;

    while (status == ROLLCALL_OK) {
        status = send_lines(batch, error);
        if (status != ROLLCALL_OK) {
            print_last_replies(batch);
            break;
        }
        status = print_replies(batch, error);
        if (status != ROLLCALL_OK)
            break;
        if (!batch->starved && batch->under_way < WINDOW)
            continue;
        if (batch->starved && batch->ended && batch->under_way == 0)
            break;
        wait_for_either(batch, &readable);
        if (readable)
            read_lines(batch);
    }
    return status;
}

static int run_batch_on(const struct invocation *invocation, int input)
{
    struct batch batch = { .input = input };
    struct rollcall_error error;

    batch.client = session_open(invocation);
    if (batch.client == NULL)
        return EXIT_UNREACHABLE;
    buffer_init(&batch.lines, LINE_LIMIT);
    enum rollcall_status status = run_through(&batch, &error);
    int code = batch.failed ? EXIT_NO : EXIT_OK;
    if (status != ROLLCALL_OK) {
        fflush(stdout);
        code = session_failed(invocation, batch.client, &error);
        fprintf(stderr, "rollcall: %u requests have no reply; they may be done or not\n",
                batch.under_way);
    }
    if (batch.error != 0) {
        fprintf(stderr, "rollcall: cannot read %s: %s\n", invocation->words[0],
                strerror(batch.error));
        code = code == EXIT_OK ? EXIT_USAGE : code;
    }
    if (batch.too_long)
        fprintf(stderr,
                "rollcall: a line of the input is longer than %d bytes; it and what "
                "follows was not sent\n",
                LINE_LIMIT);
    buffer_deinit(&batch.lines);
    rollcall_close(batch.client);
    return code;
}

static int run_batch(const struct invocation *invocation)
{
    const char *path = invocation->words[0];

    if (strcmp(path, "-") == 0)
        return run_batch_on(invocation, STDIN_FILENO);
    int input = open(path, O_RDONLY | O_CLOEXEC);
    if (input < 0) {
        fprintf(stderr, "rollcall: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    int code = run_batch_on(invocation, input);
    close(input);
    return code;
}

const struct command command_batch = {
    .name = "batch",
    .arguments = "FILE",
    .summary = "Send requests from a file (-: standard input), one JSON object a line.",
    .details =
        "Requests are sent without waiting for replies; the replies are printed in "
        "the order of the requests, one a line. Ends with 1 when one of them said "
        "no. What a request may say: docs/protocol.md.",
    .example =
        "echo '{\"op\":\"register\",\"service\":\"web\",\"address\":\"10.0.0.1\"}' "
        "|\n    rollcall batch -",
    .min_words = 1,
    .max_words = 1,
    .run = run_batch,
};
