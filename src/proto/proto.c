/* proto/proto.c - the words of the operations. */
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    size_t length;
} ops[PROTO_OP_COUNT] = {
#define X(name, text) [PROTO_##name] = { text, sizeof text - 1 },
    PROTO_OP_LIST(X)
#undef X
};

const char *proto_op_word(enum proto_op op)
{
    return op < PROTO_OP_COUNT ? ops[op].word : "?";
}

enum proto_op proto_op_find(const char *word, size_t length)
{
    for (unsigned i = 0; i < PROTO_OP_COUNT; i++) {
        if (ops[i].length == length && memcmp(ops[i].word, word, length) == 0)
            return (enum proto_op)i;
    }
    return PROTO_OP_COUNT;
}

void proto_op_words(char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < PROTO_OP_COUNT && used < size; i++) {
        int wrote =
            snprintf(out + used, size - used, "%s%s", i == 0 ? "" : ", ", ops[i].word);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}
