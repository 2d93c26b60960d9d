#include "bench/lib/question.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static unsigned type_number(const char *type)
{
    static const struct {
        const char *word;
        unsigned number;
    } types[] = { { "A", 1 },    { "NS", 2 },    { "SOA", 6 },
                  { "TXT", 16 }, { "AAAA", 28 }, { "SRV", 33 } };

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcasecmp(types[i].word, type) == 0)
            return types[i].number;
    return 0;
}

static uint8_t *put_name(uint8_t *at, const char *name)
{
    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        if (label == 0 || label > 63)
            return NULL;
        *at++ = (uint8_t)label;
        memcpy(at, name, label);
        at += label;
        name += label;
        if (*name == '.')
            name++;
    }
    *at++ = 0;
    return at;
}

bool question_make(struct question *question, const char *name, const char *type,
                   bool edns)
{
    static const uint8_t opt[11] = { 0, 0, 41, 1232 >> 8, 1232 & 255 };
    unsigned number = type_number(type);

    if (number == 0 || strlen(name) > 254)
        return false;
    memset(question, 0, sizeof *question);
    put16(question->octets + 2, 0x0100); /* RD, as every stub sends it */
    put16(question->octets + 4, 1);
    uint8_t *at = put_name(question->octets + 12, name);
    if (at == NULL)
        return false;
    put16(at, number);
    put16(at + 2, 1);
    at += 4;
    if (edns) {
        put16(question->octets + 10, 1);
        memcpy(at, opt, sizeof opt);
        at += sizeof opt;
    }
    question->length = (uint16_t)(at - question->octets);
    return true;
}

void question_add_cookie(struct question *question, const uint8_t *cookie, size_t length)
{
    uint8_t *end = question->octets + question->length;

    put16(end - 2, (unsigned)length + 4); /* RDLENGTH of the OPT, which is the last */
    put16(end, 10);
    put16(end + 2, (unsigned)length);
    memcpy(end + 4, cookie, length);
    question->length = (uint16_t)(question->length + 4 + length);
}

void question_set_id(uint8_t *message, uint16_t id)
{
    put16(message, id);
}

uint16_t question_id(const uint8_t *message)
{
    return (uint16_t)(message[0] << 8 | message[1]);
}

static bool append(struct question **all, size_t *count, const char *line, bool edns)
{
    char name[256], type[16];

    if (sscanf(line, "%255s %15s", name, type) != 2)
        return true; /* an empty line */
    if ((*count & (*count - 1)) == 0) {
        size_t room = *count == 0 ? 1 : *count * 2;
        struct question *grown = realloc(*all, room * sizeof *grown);
        if (grown == NULL)
            return false;
        *all = grown;
    }
    if (!question_make(&(*all)[*count], name, type, edns)) {
        fprintf(stderr, "bench: not a question: %s", line);
        return false;
    }
    (*count)++;
    return true;
}

struct question *question_read_file(const char *path, bool edns, size_t *count)
{
    struct question *all = NULL;
    char line[512];
    bool good = true;

    *count = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "bench: cannot read %s: %s\n", path, strerror(errno));
        return NULL;
    }
    while (good && fgets(line, sizeof line, file) != NULL)
        good = append(&all, count, line, edns);
    fclose(file);
    if (good && *count > 0)
        return all;
    if (good)
        fprintf(stderr, "bench: no questions in %s\n", path);
    free(all);
    return NULL;
}
