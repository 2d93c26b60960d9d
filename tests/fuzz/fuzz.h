/* fuzz/fuzz.h - the entry that libFuzzer and replay.c call.
 * Threads: one.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input; a build without assertions checks it too. */
#define FUZZ_REQUIRE(truth)                                                              \
    do {                                                                                 \
        if (!(truth)) {                                                                  \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #truth);        \
            abort();                                                                     \
        }                                                                                \
    } while (0)

#endif
