/* bench/register.c - registration load over the Unix socket: clients that pipeline, or a
 * fixed rate. Says how many rows a second were acknowledged and how long each took.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/lib/cpu.h"
#include "bench/lib/door.h"
#include "bench/lib/program.h"
#include "bench/lib/row.h"

#define CLIENTS_MAX  256
#define PIPELINE_MAX 256
#define REQUEST_MAX  2048

struct client {
    int fd;
    unsigned first, waiting; /* ring of requests under way */
    int64_t sent_ns[PIPELINE_MAX];
    size_t in, out_start, out_end;
    char input[8192];
    char output[PIPELINE_MAX * REQUEST_MAX / 8];
};

struct work {
    uint64_t rows, services;
    unsigned pipeline, client_count, network, port;
    double rate; /* rows a second; 0: as fast as they are acknowledged */
    bool flip;   /* every other pass uses another network, so that every row changes */
    uint64_t passes_of;
    const char *extra;
    uint64_t next, done, refused;
    int64_t start_ns, end_ns;
    uint64_t *latencies;
    uint64_t latency_count, latency_room;
    struct client *clients;
};

static uint64_t allowed(const struct work *work, int64_t now)
{
    uint64_t limit = work->rows;

    if (work->end_ns != 0 && now >= work->end_ns)
        return work->next;
    if (work->rate > 0) {
        double due = (double)(now - work->start_ns) / 1e9 * work->rate;
        if (due < (double)limit)
            limit = (uint64_t)due;
    }
    return limit;
}

static size_t next_request(struct work *work, char *out, size_t size)
{
    struct row row;
    uint64_t number = work->passes_of > 0 ? work->next % work->passes_of : work->next;
    uint64_t pass = work->passes_of > 0 ? work->next / work->passes_of : 0;
    unsigned network = work->network + (unsigned)(work->flip ? (pass + 1) % 2 : 0);

    row_make(&row, number, work->services, network);
    return row_request(&row, work->port, work->extra, out, size);
}

static void flush(struct client *client)
{
    if (client->out_start == client->out_end)
        return;
    ssize_t sent = send(client->fd, client->output + client->out_start,
                        client->out_end - client->out_start, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN)
        program_fail(errno, "cannot send to the daemon");
    client->out_start += sent > 0 ? (size_t)sent : 0;
    if (client->out_start == client->out_end)
        client->out_start = client->out_end = 0;
}

static void fill(struct work *work, struct client *client, int64_t now, unsigned most)
{
    uint64_t limit = allowed(work, now);

    if (client->out_start > 0)
        return;
    while (client->waiting < work->pipeline && work->next < limit && most-- > 0 &&
           sizeof client->output - client->out_end >= REQUEST_MAX) {
        size_t length = next_request(work, client->output + client->out_end, REQUEST_MAX);
        if (length == 0)
            program_fail(0, "--extra is too long");
        client->out_end += length;
        client->sent_ns[(client->first + client->waiting) % PIPELINE_MAX] = now;
        client->waiting++;
        work->next++;
    }
    flush(client);
}

static void note_latency(struct work *work, uint64_t ns)
{
    if (work->latency_count == work->latency_room) {
        work->latency_room = work->latency_room == 0 ? 65536 : work->latency_room * 2;
        work->latencies =
            realloc(work->latencies, work->latency_room * sizeof *work->latencies);
        if (work->latencies == NULL)
            program_fail(errno, "cannot allocate");
    }
    work->latencies[work->latency_count++] = ns;
}

static void take_line(struct work *work, struct client *client, const char *line,
                      int64_t now)
{
    if (client->waiting == 0)
        program_fail(0, "a reply to nothing: %s", line);
    if (!door_good(line) && work->refused++ < 3)
        fprintf(stderr, "register: refused: %s\n", line);
    note_latency(work, (uint64_t)(now - client->sent_ns[client->first]));
    client->first = (client->first + 1) % PIPELINE_MAX;
    client->waiting--;
    work->done++;
}

static void listen_to(struct work *work, struct client *client)
{
    ssize_t got = recv(client->fd, client->input + client->in,
                       sizeof client->input - client->in, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        program_fail(got < 0 ? errno : 0, "the daemon closed the connection");
    client->in += got > 0 ? (size_t)got : 0;

    int64_t now = clock_monotonic_ns();
    char *line = client->input, *end;
    size_t rest = client->in;
    while ((end = memchr(line, '\n', rest)) != NULL) {
        *end = '\0';
        take_line(work, client, line, now);
        rest -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    memmove(client->input, line, rest);
    client->in = rest;
}

static bool finished(const struct work *work, int64_t now)
{
    bool over = work->next >= work->rows || (work->end_ns != 0 && now >= work->end_ns);
    return over && work->done == work->next;
}

/* With a rate, requests are dealt out a few to each client, as many small programs would
 * send them. */
static void run(struct work *work)
{
    struct pollfd ready[CLIENTS_MAX];
    unsigned share = work->rate > 0 ? 1 : PIPELINE_MAX;

    for (int64_t now; now = clock_monotonic_ns(), !finished(work, now);) {
        for (unsigned i = 0; i < work->client_count; i++) {
            struct client *client = &work->clients[i];
            fill(work, client, now, share);
            ready[i].fd = client->fd;
            ready[i].events =
                (short)(POLLIN | (client->out_end > client->out_start ? POLLOUT : 0));
        }
        if (poll(ready, work->client_count, work->rate > 0 ? 1 : 100) < 0)
            program_fail(errno, "poll");
        for (unsigned i = 0; i < work->client_count; i++) {
            if ((ready[i].revents & POLLOUT) != 0)
                flush(&work->clients[i]);
            if ((ready[i].revents & ~POLLOUT) != 0)
                listen_to(work, &work->clients[i]);
        }
    }
}

static void report(struct work *work, double seconds)
{
    uint64_t *all = work->latencies;
    uint64_t count = work->latency_count;

    printf("{\"rows\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"seconds\":%.3f,"
           "\"rows_per_second\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n",
           work->done, work->refused, seconds, (double)work->done / seconds,
           (double)program_percentile(all, count, 0.5) / 1e3,
           (double)program_percentile(all, count, 0.99) / 1e3,
           (double)program_percentile(all, count, 1) / 1e3);
}

int main(int argc, char **argv)
{
    struct work work = { .network = 10, .extra = "" };
    const char *path = NULL;
    double clients = 64, pipeline = 16, rows = 3000, services = 1000, seconds = 0,
           processor = -1, network = 10, again = 0, port = 8080;
    const struct program_option options[] = {
        { "--socket", "the registration socket", .text = &path },
        { "--clients", "connections (64)", .number = &clients },
        { "--pipeline", "requests under way on each (16)", .number = &pipeline },
        { "--rows", "instances to register (3000)", .number = &rows },
        { "--services", "services they belong to (1000)", .number = &services },
        { "--network", "first octet of their addresses (10)", .number = &network },
        { "--port", "their port (8080)", .number = &port },
        { "--again", "go round this many rows, changing each", .number = &again },
        { "--rate", "rows a second (as fast as possible)", .number = &work.rate },
        { "--seconds", "stop after so long", .number = &seconds },
        { "--extra", "more of each object: ,\"tags\":[\"a\"]", .text = &work.extra },
        { "--cpu", "run on this processor", .number = &processor },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Register over the Unix socket; prints one JSON line.",
                    options);

    if (path == NULL || clients < 1 || clients > CLIENTS_MAX || pipeline < 1 ||
        pipeline > PIPELINE_MAX || services < 1)
        program_fail(0, "register: --socket is required, numbers in range; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    work.rows = seconds > 0 ? UINT64_MAX : (uint64_t)rows;
    work.services = (uint64_t)services;
    work.network = (unsigned)network;
    work.port = (unsigned)port;
    work.passes_of = (uint64_t)again;
    work.flip = again > 0;
    work.pipeline = (unsigned)pipeline;
    work.client_count = (unsigned)clients;
    work.clients = calloc(work.client_count, sizeof *work.clients);
    if (work.clients == NULL)
        program_fail(errno, "cannot allocate");
    for (unsigned i = 0; i < work.client_count; i++)
        work.clients[i].fd = door_connect(path);

    work.start_ns = clock_monotonic_ns();
    work.end_ns = seconds > 0 ? work.start_ns + (int64_t)(seconds * 1e9) : 0;
    run(&work);
    report(&work, (double)(clock_monotonic_ns() - work.start_ns) / 1e9);
    return work.refused > 0 ? 1 : 0;
}
