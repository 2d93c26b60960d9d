/* exec/frame.h - what the daemon and the helper that runs commands say to each other.
 *
 * One frame is one message of a SOCK_SEQPACKET socket, at most EXEC_FRAME_MAX octets:
 *   u8 kind, u32 job, then by kind
 *   RUN     u32 uid, u32 timeout ms, u32 output bound, u16 arguments, u16 variables,
 *           each text as u16 length and octets; u32 length of the input and its octets
 *   STOP    nothing
 *   DONE    u8 end, u32 code, u8 cut, u32 length of the output and its octets
 *   REBORN  nothing, job 0: the helper died, all its jobs are lost
 * Numbers are big-endian. What is read is taken apart without a copy.
 * Threads  pure functions, any thread; nothing allocates.
 */
#ifndef EXEC_FRAME_H
#define EXEC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    EXEC_FRAME_MAX = 96 * 1024,
    EXEC_TEXTS_MAX = 256,        /* arguments and variables of one command together */
    EXEC_TEXT_MAX = 32 * 1024,   /* octets of one of them */
    EXEC_OUTPUT_MAX = 64 * 1024, /* of one command */
    EXEC_RUNNING_MAX = 1024      /* commands at once */
};

/* A command and what it gets. Texts end with NULL; all is borrowed. */
struct exec_request {
    const char *const *arguments;   /* the first is an absolute path */
    const char *const *environment; /* "NAME=value"; besides it there is only PATH */
    uid_t uid;
    uint32_t timeout_ms; /* at least 1 */
    uint32_t output_max; /* what comes after so many octets is read and dropped */
    const void *input;   /* its standard input, then the end of file */
    size_t input_length;
};

/* Numbers of frames: append, never renumber. */
enum exec_end {
    EXEC_EXITED,         /* code: 0 to 255 */
    EXEC_SIGNALLED,      /* code: the signal that killed it */
    EXEC_TIMED_OUT,      /* it is being killed */
    EXEC_NOT_FOUND,      /* no such file, or its interpreter */
    EXEC_NOT_EXECUTABLE, /* no right to, or not a program; code: errno */
    EXEC_ROOT,        /* it would run as root, and the configuration does not name it */
    EXEC_WRITABLE,    /* the same, and others than root may write to it */
    EXEC_NOT_STARTED, /* anything else that came before its first instruction; errno */
    EXEC_LOST,        /* what ran it died */
    EXEC_END_COUNT
};

struct exec_result {
    enum exec_end end;
    int code;
    bool cut;           /* there was more output than was asked for */
    const char *output; /* standard output and error as they came; not NUL-terminated */
    size_t output_length;
};

enum exec_frame_kind {
    EXEC_FRAME_RUN = 1,
    EXEC_FRAME_STOP,
    EXEC_FRAME_DONE,
    EXEC_FRAME_REBORN
};

struct exec_frame {
    enum exec_frame_kind kind;
    uint32_t job;
    struct exec_request run; /* RUN: its texts point into `texts` */
    struct exec_result done; /* DONE */
    const char *texts[EXEC_TEXTS_MAX + 2];
};

/* Octets written, 0 when it does not fit. */
size_t exec_frame_run(uint8_t *out, size_t size, uint32_t job,
                      const struct exec_request *request);
size_t exec_frame_stop(uint8_t *out, size_t size, uint32_t job);
size_t exec_frame_done(uint8_t *out, size_t size, uint32_t job,
                       const struct exec_result *result);
size_t exec_frame_reborn(uint8_t *out, size_t size);

/* False: not a frame. `out` borrows from `bytes`. */
bool exec_frame_read(const uint8_t *bytes, size_t length, struct exec_frame *out);

#endif
