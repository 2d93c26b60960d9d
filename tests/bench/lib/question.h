/* bench/lib/question.h - DNS questions as bytes, and what of a reply a bench looks at.
 * Independent of src/dns, which is what is measured. Threads: any.
 */
#ifndef BENCH_QUESTION_H
#define BENCH_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_MAX 300

struct question {
    uint16_t length;
    uint8_t octets[QUESTION_MAX]; /* id 0; question_set_id() before each use */
};

/* "web.service.local", "A". `edns`: with OPT of 1232 octets. */
bool question_make(struct question *question, const char *name, const char *type,
                   bool edns);
void question_set_id(uint8_t *message, uint16_t id);
uint16_t question_id(const uint8_t *message);

/* One "NAME TYPE" a line; the caller frees. NULL with a message on standard error. */
struct question *question_read_file(const char *path, bool edns, size_t *count);

#endif
