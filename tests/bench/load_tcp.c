/* bench/load_tcp.c - closed-loop DNS load over TCP: every connection keeps a fixed number
 * of queries under way without waiting for their replies (RFC 7766 §6.2.1.1). Says how
 * many were answered, how, and how much processor time the server used meanwhile.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/address.h"
#include "base/clock.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"
#include "bench/lib/question.h"
#include "bench/lib/tally.h"

#define LINKS_MAX       256
#define OUTSTANDING_MAX 256 /* the low octet of the id says which one */
#define LENGTH_SIZE     2u
#define OUT_SIZE        (OUTSTANDING_MAX * (LENGTH_SIZE + QUESTION_MAX))
#define IN_SIZE         (256u * 1024)
#define DRAIN_MS        1000

struct link { /* one connection */
    int fd;
    unsigned waiting; /* ids that are free and must be asked with */
    uint8_t free[OUTSTANDING_MAX];
    uint16_t ids[OUTSTANDING_MAX];
    bool asked[OUTSTANDING_MAX];
    size_t out_start, out_end, in_end;
    uint8_t out[OUT_SIZE];
    uint8_t in[IN_SIZE];
};

struct load {
    const char *server;
    struct question *questions;
    size_t question_count, next_question;
    unsigned outstanding, link_count;
    bool echo;
    struct tally tally;
    struct link *links;
};

static void open_link(const struct load *load, struct link *link)
{
    struct address address;
    int on = 1;

    if (!address_parse(load->server, 0, &address))
        program_fail(0, "--server: \"%s\" is not ADDRESS:PORT", load->server);
    link->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || connect(link->fd, &address.any, address.length) != 0 ||
        setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        program_fail(errno, "cannot connect to %s", load->server);
    link->waiting = load->outstanding;
    for (unsigned i = 0; i < load->outstanding; i++) {
        link->free[i] = (uint8_t)i;
        link->ids[i] = (uint16_t)i;
    }
}

static void put_question(struct load *load, struct link *link, unsigned at)
{
    const struct question *question = &load->questions[load->next_question];
    uint8_t *frame = link->out + link->out_end;

    if (++load->next_question == load->question_count)
        load->next_question = 0;
    link->ids[at] = (uint16_t)(link->ids[at] + 256);
    link->asked[at] = true;
    frame[0] = (uint8_t)(question->length >> 8);
    frame[1] = (uint8_t)question->length;
    memcpy(frame + LENGTH_SIZE, question->octets, question->length);
    question_set_id(frame + LENGTH_SIZE, link->ids[at]);
    link->out_end += LENGTH_SIZE + question->length;
}

/* All free ids in one write; what the kernel does not take goes first the next time. */
static void ask(struct load *load, struct link *link)
{
    if (link->out_start == link->out_end) {
        link->out_start = link->out_end = 0;
        while (link->waiting > 0)
            put_question(load, link, link->free[--link->waiting]);
    }
    if (link->out_start == link->out_end)
        return;
    ssize_t sent = send(link->fd, link->out + link->out_start,
                        link->out_end - link->out_start, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        program_fail(errno, "cannot send to %s", load->server);
    link->out_start += sent > 0 ? (size_t)sent : 0;
}

static void take_reply(struct load *load, struct link *link, const uint8_t *reply,
                       size_t length)
{
    bool is_reply = length >= 12 && (load->echo || (reply[2] & 0x80) != 0);
    uint16_t id = is_reply ? question_id(reply) : 0;
    unsigned at = id & 255u;

    if (!is_reply || at >= load->outstanding || link->ids[at] != id || !link->asked[at])
        program_fail(0, "%s sent a reply that nobody asked for", load->server);
    link->asked[at] = false;
    link->free[link->waiting++] = (uint8_t)at;
    tally_add(&load->tally, reply, length);
}

static void listen_to(struct load *load, struct link *link)
{
    size_t at = 0;
    ssize_t got =
        recv(link->fd, link->in + link->in_end, IN_SIZE - link->in_end, MSG_DONTWAIT);

    if (got == 0 || (got < 0 && errno != EAGAIN))
        program_fail(got < 0 ? errno : 0, "%s closed the connection", load->server);
    link->in_end += got > 0 ? (size_t)got : 0;
    while (link->in_end - at >= LENGTH_SIZE) {
        size_t length = (size_t)link->in[at] << 8 | link->in[at + 1];
        if (link->in_end - at < LENGTH_SIZE + length)
            break;
        take_reply(load, link, link->in + at + LENGTH_SIZE, length);
        at += LENGTH_SIZE + length;
    }
    link->in_end -= at;
    memmove(link->in, link->in + at, link->in_end);
}

static uint64_t under_way(const struct load *load)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < load->link_count; i++)
        count += load->outstanding - load->links[i].waiting;
    return count;
}

/* Until `end` (monotonic ms); with `draining` nothing new is asked, and it ends when all
 * is answered. */
static void run_until(struct load *load, int64_t end, bool draining)
{
    struct pollfd ready[LINKS_MAX];

    while (clock_monotonic_ms() < end && !(draining && under_way(load) == 0)) {
        for (unsigned i = 0; i < load->link_count; i++) {
            struct link *link = &load->links[i];
            bool unsent = link->out_start < link->out_end;
            if (unsent || (link->waiting > 0 && !draining))
                ask(load, link);
            unsent = link->out_start < link->out_end;
            ready[i] =
                (struct pollfd){ .fd = link->fd,
                                 .events = (short)(POLLIN | (unsent ? POLLOUT : 0)) };
        }
        (void)poll(ready, load->link_count, 10);
        for (unsigned i = 0; i < load->link_count; i++)
            if ((ready[i].revents & ~POLLOUT) != 0)
                listen_to(load, &load->links[i]);
    }
}

static void measure(struct load *load, const struct cpu_subject *subject, double warmup,
                    double seconds)
{
    run_until(load, clock_monotonic_ms() + (int64_t)(warmup * 1000), false);
    load->tally = (struct tally){ .answered = 0 };

    int64_t start = clock_monotonic_ns();
    uint64_t cpu_before = cpu_subject_time(subject);
    run_until(load, start / 1000000 + (int64_t)(seconds * 1000), false);
    uint64_t cpu = cpu_subject_time(subject) - cpu_before;
    double took = (double)(clock_monotonic_ns() - start) / 1e9;
    struct tally measured = load->tally;

    run_until(load, clock_monotonic_ms() + DRAIN_MS, true);
    measured.lost = under_way(load);
    putchar('{');
    tally_print(&measured, took, cpu);
    puts("}");
}

static void prepare(struct load *load, const char *names)
{
    load->questions = question_read_file(names, false, &load->question_count);
    if (load->questions == NULL)
        exit(1);
    load->links = calloc(load->link_count, sizeof *load->links);
    if (load->links == NULL)
        program_fail(errno, "cannot allocate");
    for (unsigned i = 0; i < load->link_count; i++)
        open_link(load, &load->links[i]);
}

int main(int argc, char **argv)
{
    struct load load = { .server = "127.0.0.1:8053" };
    const char *names = NULL, *pids = NULL, *mode = "dns";
    double seconds = 3, warmup = 0.5, links = 16, outstanding = 16, processor = -1;
    const struct program_option options[] = {
        { "--server", "ADDRESS:PORT", .text = &load.server },
        { "--names", "file of questions, NAME TYPE a line", .text = &names },
        { "--seconds", "how long to measure (3)", .number = &seconds },
        { "--warmup", "how long before that (0.5)", .number = &warmup },
        { "--connections", "1 to 256 (16)", .number = &links },
        { "--outstanding", "queries under way in each (16)", .number = &outstanding },
        { "--pid", "the server's processes: 12 or 12,13", .text = &pids },
        { "--cpu", "run on this processor", .number = &processor },
        { "--mode", "dns, or echo: a reply is whatever comes back", .text = &mode },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Closed-loop DNS load over TCP; prints one JSON line.",
                    options);

    struct cpu_subject subject = { .thread = NULL };
    if (names == NULL || (pids != NULL && !cpu_subject_parse(&subject, pids)) ||
        links < 1 || links > LINKS_MAX || outstanding < 1 ||
        outstanding > OUTSTANDING_MAX)
        program_fail(0, "load_tcp: --names is required, numbers in range; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    load.echo = strcmp(mode, "echo") == 0;
    load.link_count = (unsigned)links;
    load.outstanding = (unsigned)outstanding;
    prepare(&load, names);
    measure(&load, &subject, warmup, seconds);
    return 0;
}
