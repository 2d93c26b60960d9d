/* bench/lib/question.h - DNS questions as bytes, and what of a reply a bench looks at.
 * Independent of src/dns, which is what is measured. Threads: any.
 */
#ifndef BENCH_QUESTION_H
#define BENCH_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_MAX 320 /* name, type, class, OPT with a cookie of 24 octets */

struct question {
    uint16_t length;
    uint8_t octets[QUESTION_MAX]; /* id 0; question_set_id() before each use */
};

/* "web.service.local", "A". `edns`: with OPT of 1232 octets. */
bool question_make(struct question *question, const char *name, const char *type,
                   bool edns);
/* Put the EDNS option COOKIE (RFC 7873 §4) into a question that was made with `edns`. */
void question_add_cookie(struct question *question, const uint8_t *cookie, size_t length);
void question_set_id(uint8_t *message, uint16_t id);
uint16_t question_id(const uint8_t *message);

/* One "NAME TYPE" a line; the caller frees. NULL with a message on standard error. */
struct question *question_read_file(const char *path, bool edns, size_t *count);

#endif
