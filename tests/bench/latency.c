/* bench/latency.c - open-loop UDP load: questions leave on a schedule that does not wait
 * for replies, and a reply's time counts from when its question was due. A server that
 * stands still is charged with every question of that time (no coordinated omission).
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
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

#define LANES      4
#define IDS        65536
#define BURST      64
#define REPLY_SIZE 4096
#define LOST_NS    INT64_C(1000000000)
#define SECOND_NS  1e9
#define SEED       UINT64_C(0x9e3779b97f4a7c15)

struct lane {
    int fd;
    uint16_t next_id;
    int64_t due[IDS]; /* 0: not under way */
};

struct latency {
    const char *server;
    struct question *questions;
    size_t question_count, next_question;
    uint64_t random;
    double gap_ns;        /* mean time between two questions */
    double next_due;      /* monotonic ns */
    int64_t measure_from; /* what was due before that is not counted */
    uint64_t asked, under_way;
    uint64_t *times; /* ns, one for each reply that counts */
    size_t time_count, time_room;
    uint64_t *delays; /* ns from due to sent: our own fault */
    size_t delay_count;
    struct tally tally;
    struct mmsghdr out[BURST], in[BURST];
    struct iovec out_parts[BURST], in_parts[BURST];
    uint8_t queries[BURST][QUESTION_MAX];
    uint8_t replies[BURST][REPLY_SIZE];
    struct lane lanes[LANES];
    bool echo;
};

/* xorshift64*: the same schedule in every run. */
static double random_gap(struct latency *latency)
{
    uint64_t x = latency->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    latency->random = x;
    double uniform = ((double)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 11) + 1) / 0x1p53;
    return -log(uniform) * latency->gap_ns; /* questions come as a Poisson process */
}

static void open_lane(const struct latency *latency, struct lane *lane)
{
    struct address address;
    int size = 8 * 1024 * 1024;

    if (!address_parse(latency->server, 0, &address))
        program_fail(0, "--server: \"%s\" is not ADDRESS:PORT", latency->server);
    lane->fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (lane->fd < 0 || connect(lane->fd, &address.any, address.length) != 0)
        program_fail(errno, "cannot connect to %s", latency->server);
    if (setsockopt(lane->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(lane->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static void prepare(struct latency *latency, double rate, double seconds)
{
    latency->random = SEED;
    latency->gap_ns = SECOND_NS / rate;
    latency->time_room = (size_t)(rate * seconds * 1.2) + 10000;
    latency->times = calloc(latency->time_room, sizeof *latency->times);
    latency->delays = calloc(latency->time_room, sizeof *latency->delays);
    if (latency->times == NULL || latency->delays == NULL)
        program_fail(errno, "cannot allocate");
    for (unsigned i = 0; i < BURST; i++) {
        latency->in_parts[i] = (struct iovec){ latency->replies[i], REPLY_SIZE };
        latency->in[i].msg_hdr.msg_iov = &latency->in_parts[i];
        latency->in[i].msg_hdr.msg_iovlen = 1;
        latency->out_parts[i].iov_base = latency->queries[i];
        latency->out[i].msg_hdr.msg_iov = &latency->out_parts[i];
        latency->out[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned i = 0; i < LANES; i++)
        open_lane(latency, &latency->lanes[i]);
}

static void put_question(struct latency *latency, unsigned at, uint16_t id)
{
    const struct question *question = &latency->questions[latency->next_question];

    if (++latency->next_question == latency->question_count)
        latency->next_question = 0;
    memcpy(latency->queries[at], question->octets, question->length);
    question_set_id(latency->queries[at], id);
    latency->out_parts[at].iov_len = question->length;
}

static void note_sent(struct latency *latency, struct lane *lane, int64_t due,
                      int64_t now)
{
    int64_t *slot = &lane->due[lane->next_id++];

    if (*slot == 0)
        latency->under_way++; /* else the ids went round: that one was lost */
    *slot = due;
    if (due >= latency->measure_from) {
        latency->asked++;
        if (latency->delay_count < latency->time_room)
            latency->delays[latency->delay_count++] = (uint64_t)(now - due);
    }
}

/* Send what is due, at most one burst. What the kernel does not take stays due since
 * then. */
static void ask(struct latency *latency, struct lane *lane, int64_t now, int64_t end)
{
    int64_t due[BURST + 1];
    double at = latency->next_due;
    unsigned count = 0;

    for (; count < BURST && at <= (double)now && at < (double)end; count++) {
        due[count] = (int64_t)at;
        put_question(latency, count, (uint16_t)(lane->next_id + count));
        at += random_gap(latency);
    }
    if (count == 0)
        return;
    due[count] = (int64_t)at;
    int sent = sendmmsg(lane->fd, latency->out, count, MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != ECONNREFUSED)
        program_fail(errno, "cannot send to %s", latency->server);
    if (sent < 0)
        sent = 0;
    for (int i = 0; i < sent; i++)
        note_sent(latency, lane, due[i], now);
    latency->next_due = sent == (int)count ? at : (double)due[sent];
}

static void take_reply(struct latency *latency, struct lane *lane, const uint8_t *reply,
                       size_t length, int64_t now)
{
    if (length < 12 || (!latency->echo && (reply[2] & 0x80) == 0))
        return;
    int64_t *slot = &lane->due[question_id(reply)];
    int64_t due = *slot;
    if (due == 0)
        return;
    *slot = 0;
    latency->under_way--;
    if (due < latency->measure_from || latency->time_count == latency->time_room)
        return;
    latency->times[latency->time_count++] = (uint64_t)(now - due);
    tally_add(&latency->tally, reply, length);
}

static void listen_to(struct latency *latency, struct lane *lane)
{
    int count = recvmmsg(lane->fd, latency->in, BURST, MSG_DONTWAIT, NULL);
    int64_t now = count > 0 ? clock_monotonic_ns() : 0;

    for (int i = 0; i < count; i++)
        take_reply(latency, lane, latency->replies[i], latency->in[i].msg_len, now);
}

/* Until `end`, and with `draining` until all is answered or lost. Never sleeps: waking up
 * would be measured too. */
static void run(struct latency *latency, int64_t end, bool draining)
{
    for (unsigned turn = 0;; turn++) {
        int64_t now = clock_monotonic_ns();
        bool waiting = draining && latency->under_way > 0 && now < end + LOST_NS;
        if (now >= end && !waiting)
            return;
        ask(latency, &latency->lanes[turn % LANES], now, end);
        for (unsigned i = 0; i < LANES && latency->under_way > 0; i++)
            listen_to(latency, &latency->lanes[i]);
    }
}

/* What never came took a second at least, and is counted so. */
static void count_lost(struct latency *latency)
{
    latency->tally.lost = latency->asked - latency->time_count;
    while (latency->time_count < latency->asked &&
           latency->time_count < latency->time_room)
        latency->times[latency->time_count++] = (uint64_t)LOST_NS;
}

static void report(struct latency *latency, double seconds, uint64_t cpu_ns)
{
    static const struct {
        const char *key;
        double share;
    } shares[] = {
        { "p50_us", 0.5 }, { "p90_us", 0.9 }, { "p99_us", 0.99 }, { "p999_us", 0.999 }
    };

    count_lost(latency);
    putchar('{');
    tally_print(&latency->tally, seconds, cpu_ns);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        printf(",\"%s\":%.1f", shares[i].key,
               (double)program_percentile(latency->times, latency->time_count,
                                          shares[i].share) /
                   1e3);
    printf(",\"late_p99_us\":%.1f}\n",
           (double)program_percentile(latency->delays, latency->delay_count, 0.99) / 1e3);
}

static void measure(struct latency *latency, const struct cpu_subject *subject,
                    double warmup, double seconds)
{
    int64_t start = clock_monotonic_ns();

    latency->next_due = (double)start;
    latency->measure_from = start + (int64_t)(warmup * SECOND_NS);
    run(latency, latency->measure_from, false);
    uint64_t cpu = cpu_subject_time(subject);
    run(latency, latency->measure_from + (int64_t)(seconds * SECOND_NS), true);
    report(latency, seconds, cpu_subject_time(subject) - cpu);
}

int main(int argc, char **argv)
{
    struct latency *latency = calloc(1, sizeof *latency);
    const char *names = NULL, *pids = NULL, *mode = "dns";
    double seconds = 3, warmup = 0.2, rate = 50000, processor = -1;
    if (latency == NULL)
        program_fail(errno, "cannot allocate");
    latency->server = "127.0.0.1:8053";
    const struct program_option options[] = {
        { "--server", "ADDRESS:PORT", .text = &latency->server },
        { "--names", "file of questions, NAME TYPE a line", .text = &names },
        { "--rate", "questions a second (50000)", .number = &rate },
        { "--seconds", "how long to measure (3)", .number = &seconds },
        { "--warmup", "how long before that (0.2)", .number = &warmup },
        { "--pid", "the server's processes: 12 or 12,13", .text = &pids },
        { "--cpu", "run on this processor", .number = &processor },
        { "--mode", "dns, or echo: a reply is whatever comes back", .text = &mode },
        { NULL, NULL, NULL, NULL, NULL },
    };
    program_options(argc, argv, "Open-loop DNS load over UDP; prints one JSON line.",
                    options);

    struct cpu_subject subject = { .thread = NULL };
    if (names == NULL || (pids != NULL && !cpu_subject_parse(&subject, pids)) || rate < 1)
        program_fail(0, "latency: --names is required, a rate above 0; try --help");
    if (processor >= 0 && !cpu_pin((int)processor))
        program_fail(errno, "cannot run on processor %d", (int)processor);
    latency->echo = strcmp(mode, "echo") == 0;
    latency->questions = question_read_file(names, false, &latency->question_count);
    if (latency->questions == NULL)
        return 1;
    prepare(latency, rate, seconds);
    measure(latency, &subject, warmup, seconds);
    return 0;
}
