/* Why a set has no data, or has it all the same: the text of its Extended DNS Error. */
#include <stdio.h>
#include <string.h>

#include "answer/compilation.h"
#include "answer/members.h"
#include "answer/records.h"

enum {
    EDE_OTHER = 0, /* RFC 8914 §4.1: the text says it */
    NOTE_TEXT = 160
};

/* ": 2 critical, 1 starting", as far as there is room for it. */
static void list_reasons(char *text, size_t size, const struct members_count *chosen,
                         enum member_reason from, enum member_reason to)
{
    size_t at = strlen(text);
    const char *before = ": ";

    for (unsigned i = from; i < to && at < size; i++) {
        if (chosen->by_reason[i] == 0)
            continue;
        at += (size_t)snprintf(text + at, size - at, "%s%u %s", before,
                               chosen->by_reason[i], member_reason_word(i));
        before = ", ";
    }
}

/* Are some handed out that would not be by their health? */
static bool is_lenient(const struct members_count *chosen, uint16_t where)
{
    const uint32_t *by = chosen->by_reason;

    return (where & RECORD_AT_BROWSED) == 0 && by[MEMBER_HELD] + by[MEMBER_FROZEN] +
                                                       by[MEMBER_PANIC] +
                                                       by[MEMBER_OPEN] + by[MEMBER_LAST] >
                                                   0;
}

/* "no healthy instance of 3: 2 critical, 1 starting";
 * "given all the same of 3: 1 healthy, 2 too few healthy" */
uint32_t note_build(struct compilation *now, const struct members_count *chosen,
                    uint16_t where, size_t count)
{
    struct block_builder *builder = &now->compiler->builder;
    unsigned all = chosen->total + chosen->asked_out;
    bool lenient = count > 0 && is_lenient(chosen, where);
    char text[NOTE_TEXT];

    if ((count > 0 && !lenient) || (where & RECORD_AT_CONFIG) != 0)
        return 0;
    if (all == 0)
        return block_note(builder, EDE_OTHER, "no instance is registered");
    snprintf(text, sizeof text,
             lenient ? "given all the same of %u" : "no healthy instance of %u", all);
    if (lenient)
        list_reasons(text, sizeof text, chosen, MEMBER_HEALTHY, MEMBER_OTHER_LABEL);
    else
        list_reasons(text, sizeof text, chosen, MEMBER_DRAINING, MEMBER_REASONS);
    return block_note(builder, EDE_OTHER, text);
}
