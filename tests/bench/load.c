/* bench/load.c - closed-loop UDP load: every socket keeps a fixed number of questions
 * under way. Says how many were answered, how, how many were lost, and how much processor
 * time the server used meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "bench/lib/asker.h"
#include "bench/lib/cpu.h"
#include "bench/lib/program.h"
#include "bench/lib/question.h"
#include "bench/lib/tally.h"

#define SOCKETS_MAX     64
#define OUTSTANDING_MAX 256 /* the low octet of the id says which one */
#define REPLY_SIZE      4096
#define LOST_AFTER_MS   1000

enum { COOKIE_CLIENT_SIZE = 8, COOKIE_SIZE = 24 };

struct slot {
    int64_t sent_ms;
    uint16_t id;
};

struct lane { /* one socket */
    int fd;
    unsigned waiting; /* slots that are free and must be filled */
    uint8_t free[OUTSTANDING_MAX];
    struct slot slots[OUTSTANDING_MAX];
};

struct load {
    const char *server;
    const char *mode;
    struct question *questions;
    size_t question_count;
    size_t next_question;
    unsigned outstanding;
    struct tally tally;
    struct mmsghdr out[OUTSTANDING_MAX], in[OUTSTANDING_MAX];
    struct iovec out_parts[OUTSTANDING_MAX], in_parts[OUTSTANDING_MAX];
    uint8_t queries[OUTSTANDING_MAX][QUESTION_MAX];
    uint8_t *replies;
    unsigned lane_count;
    struct lane lanes[SOCKETS_MAX];
    bool echo;
};

static void open_lane(struct load *load, struct lane *lane)
{
    struct address address;
    int size = 4 * 1024 * 1024;

    if (!address_parse(load->server, 0, &address))
        program_fail(0, "--server: \"%s\" is not ADDRESS:PORT", load->server);
    lane->fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (lane->fd < 0 || connect(lane->fd, &address.any, address.length) != 0)
        program_fail(errno, "cannot connect to %s", load->server);
    if (setsockopt(lane->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(lane->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);

    lane->waiting = load->outstanding;
    for (unsigned i = 0; i < load->outstanding; i++) {
        lane->free[i] = (uint8_t)i;
        lane->slots[i].id = (uint16_t)i;
    }
}

/* Ask with the first `length` octets of the cookie; the reply's cookie replaces it. */
static void exchange_cookie(const struct load *load, struct asker *asker,
                            uint8_t cookie[COOKIE_SIZE], size_t length)
{
    static const uint8_t head[4] = { 0, 10, 0, COOKIE_SIZE };
    struct question question = load->questions[0];

    question_add_cookie(&question, cookie, length);
    if (!asker_ask(asker, &question))
        program_fail(0, "%s does not answer", load->server);
    for (size_t at = 12; at + sizeof head + COOKIE_SIZE <= asker->length; at++) {
        const uint8_t *option = asker->reply + at;
        if (memcmp(option, head, 4) == 0 && memcmp(option + 4, cookie, 8) == 0) {
            memcpy(cookie, option + 4, COOKIE_SIZE);
            return;
        }
    }
    program_fail(0, "%s gives no server cookie", load->server);
}

/* What the server gives to whoever sends this client part; a valid one comes back as it
 * is. */
static void fetch_cookie(const struct load *load, uint8_t cookie[COOKIE_SIZE])
{
    struct asker asker;
    uint8_t again[COOKIE_SIZE];

    asker_open(&asker, load->server);
    exchange_cookie(load, &asker, cookie, COOKIE_CLIENT_SIZE);
    memcpy(again, cookie, COOKIE_SIZE);
    exchange_cookie(load, &asker, again, COOKIE_SIZE);
    if (memcmp(again, cookie, COOKIE_SIZE) != 0)
        program_fail(0, "%s does not take its own cookie", load->server);
    close(asker.fd);
}

/* `kind`: "client", its part alone, or "server", both parts and valid. */
static void add_cookies(struct load *load, const char *kind)
{
    uint8_t cookie[COOKIE_SIZE] = { "rollcall" };
    bool whole = strcmp(kind, "server") == 0;

    if (!whole && strcmp(kind, "client") != 0)
        program_fail(0, "--cookie: client or server, not \"%s\"", kind);
    if (whole && !load->echo)
        fetch_cookie(load, cookie);
    for (size_t i = 0; i < load->question_count; i++)
        question_add_cookie(&load->questions[i], cookie,
                            whole ? COOKIE_SIZE : COOKIE_CLIENT_SIZE);
}

static void prepare(struct load *load)
{
    load->replies = calloc(OUTSTANDING_MAX, REPLY_SIZE);
    if (load->replies == NULL)
        program_fail(errno, "cannot allocate");
    for (unsigned i = 0; i < OUTSTANDING_MAX; i++) {
        load->in_parts[i] =
            (struct iovec){ load->replies + (size_t)i * REPLY_SIZE, REPLY_SIZE };
        load->in[i].msg_hdr.msg_iov = &load->in_parts[i];
        load->in[i].msg_hdr.msg_iovlen = 1;
        load->out_parts[i].iov_base = load->queries[i];
        load->out[i].msg_hdr.msg_iov = &load->out_parts[i];
        load->out[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned i = 0; i < load->lane_count; i++)
        open_lane(load, &load->lanes[i]);
}

/* Ask with every free slot. What the kernel does not take stays free for the next turn.
 */
static void ask(struct load *load, struct lane *lane, int64_t now)
{
    unsigned count = lane->waiting;

    for (unsigned i = 0; i < count; i++) {
        const struct question *question = &load->questions[load->next_question];
        struct slot *slot = &lane->slots[lane->free[i]];
        if (++load->next_question == load->question_count)
            load->next_question = 0;
        memcpy(load->queries[i], question->octets, question->length);
        slot->id = (uint16_t)(slot->id + 256);
        question_set_id(load->queries[i], slot->id);
        load->out_parts[i].iov_len = question->length;
    }
    int sent = count == 0 ? 0 : sendmmsg(lane->fd, load->out, count, 0);
    if (sent < 0 && errno != EAGAIN && errno != ECONNREFUSED)
        program_fail(errno, "cannot send to %s", load->server);
    if (sent < 0)
        sent = 0;
    for (unsigned i = 0; i < (unsigned)sent; i++)
        lane->slots[lane->free[i]].sent_ms = now;
    lane->waiting = count - (unsigned)sent;
    memmove(lane->free, lane->free + sent, lane->waiting);
}

static void take_reply(struct load *load, struct lane *lane, const uint8_t *reply,
                       size_t length)
{
    if (length < 12)
        return;
    uint16_t id = question_id(reply);
    unsigned at = id & 255u;
    bool is_reply = load->echo || (reply[2] & 0x80) != 0;
    if (at >= load->outstanding || !is_reply || lane->slots[at].id != id ||
        lane->slots[at].sent_ms == 0)
        return; /* late: it was counted as lost */
    lane->slots[at].sent_ms = 0;
    lane->free[lane->waiting++] = (uint8_t)at;
    tally_add(&load->tally, reply, length);
}

static void listen_to(struct load *load, struct lane *lane)
{
    int count = recvmmsg(lane->fd, load->in, load->outstanding, MSG_DONTWAIT, NULL);

    for (int i = 0; i < count; i++)
        take_reply(load, lane, load->in_parts[i].iov_base, load->in[i].msg_len);
}

static void give_up_old(struct load *load, int64_t now)
{
    for (unsigned i = 0; i < load->lane_count; i++) {
        struct lane *lane = &load->lanes[i];
        for (unsigned at = 0; at < load->outstanding; at++) {
            struct slot *slot = &lane->slots[at];
            if (slot->sent_ms == 0 || now - slot->sent_ms < LOST_AFTER_MS)
                continue;
            slot->sent_ms = 0;
            lane->free[lane->waiting++] = (uint8_t)at;
            load->tally.lost++;
        }
    }
}

static bool all_answered(const struct load *load)
{
    for (unsigned i = 0; i < load->lane_count; i++)
        if (load->lanes[i].waiting < load->outstanding)
            return false;
    return true;
}

/* Until `end` (monotonic ms); with `draining` only listen, for as long as there is
 * something to hear. */
static void run_until(struct load *load, int64_t end, bool draining)
{
    struct pollfd ready[SOCKETS_MAX];
    int64_t looked = 0;

    for (unsigned i = 0; i < load->lane_count; i++)
        ready[i] = (struct pollfd){ .fd = load->lanes[i].fd, .events = POLLIN };
    for (;;) {
        int64_t now = clock_monotonic_ms();
        if (now >= end || (draining && all_answered(load)))
            return;
        for (unsigned i = 0; i < load->lane_count && !draining; i++)
            if (load->lanes[i].waiting > 0)
                ask(load, &load->lanes[i], now);
        (void)poll(ready, load->lane_count, 10);
        for (unsigned i = 0; i < load->lane_count; i++)
            if (ready[i].revents != 0)
                listen_to(load, &load->lanes[i]);
        if (now - looked >= 50) {
            looked = now;
            give_up_old(load, now);
        }
    }
}

static void measure(struct load *load, const struct cpu_subject *subject, double warmup,
                    double seconds)
{
    run_until(load, clock_monotonic_ms() + (int64_t)(warmup * 1000), false);
    uint64_t lost_before = load->tally.lost;
    load->tally = (struct tally){ .lost = lost_before };

    int64_t start = clock_monotonic_ns();
    uint64_t cpu_before = cpu_subject_time(subject);
    run_until(load, start / 1000000 + (int64_t)(seconds * 1000), false);
    uint64_t cpu = cpu_subject_time(subject) - cpu_before;
    double took = (double)(clock_monotonic_ns() - start) / 1e9;
    struct tally measured = load->tally;

    /* What is under way at the end is answered, or lost like any other. */
    run_until(load, clock_monotonic_ms() + LOST_AFTER_MS + 100, true);
    measured.lost = load->tally.lost;
    load->tally = measured;
    putchar('{');
    tally_print(&load->tally, took, cpu);
    puts("}");
}

int main(int argc, char **argv)
{
    struct load *load = calloc(1, sizeof *load);
    const char *names = NULL, *pids = NULL, *thread = NULL, *mode = "dns", *cookie = NULL;
    double seconds = 3, warmup = 0.5, sockets = 4, outstanding = 64, processor = -1;
    bool edns = false;
    if (load == NULL)
        program_fail(errno, "cannot allocate");
    load->server = "127.0.0.1:8053";
    const struct program_option options[] = {
        { "--server", "ADDRESS:PORT", .text = &load->server },
        { "--names", "file of questions, NAME TYPE a line", .text = &names },
        { "--seconds", "how long to measure (3)", .number = &seconds },
        { "--warmup", "how long before that (0.5)", .number = &warmup },
        { "--sockets", "1 to 64 (4)", .number = &sockets },
        { "--outstanding", "questions under way a socket (64)", .number = &outstanding },
        { "--pid", "the server's processes: 12 or 12,13", .text = &pids },
        { "--thread", "only threads whose name begins so", .text = &thread },
        { "--cpu", "run on this processor", .number = &processor },
        { "--mode", "dns, or echo: a reply is whatever comes back", .text = &mode },
        { "--edns", "ask with an OPT record", .flag = &edns },
        { "--cookie", "and a DNS cookie: client, or server: a valid one",
          .text = &cookie },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Closed-loop DNS load over UDP; prints one JSON line.",
                    options);

    struct cpu_subject subject = { .thread = thread };
    if (names == NULL || (pids != NULL && !cpu_subject_parse(&subject, pids)) ||
        sockets < 1 || sockets > SOCKETS_MAX || outstanding < 1 ||
        outstanding > OUTSTANDING_MAX)
        program_fail(0, "load: --names is required, numbers in range; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    load->echo = strcmp(mode, "echo") == 0;
    load->lane_count = (unsigned)sockets;
    load->outstanding = (unsigned)outstanding;
    load->questions =
        question_read_file(names, edns || cookie != NULL, &load->question_count);
    if (load->questions == NULL)
        return 1;
    if (cookie != NULL)
        add_cookies(load, cookie);
    prepare(load);
    measure(load, &subject, warmup, seconds);
    return 0;
}
