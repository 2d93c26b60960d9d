#include "conformance/case.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/case_words.h"
#include "dns/name.h"
#include "dns/types.h"
#include "dns/wire.h"

/* A file while it is read. */
struct reading {
    struct case_file *file;
    struct case_block *block; /* the last; NULL before the first ask */
    bool replying;            /* the block has its first line of a reply */
    unsigned line;
    struct reason *why;
};

typedef bool (*line_reader)(struct reading *reading, char *rest);

static char *next_word(char **rest)
{
    return strtok_r(NULL, " \t", rest);
}

static bool wrong(struct reading *reading, const char *what)
{
    reason_set(reading->why, "%s:%u: %s: not understood", reading->file->path,
               reading->line, what == NULL ? "the end of the line" : what);
    return false;
}

void case_absolute(const char *zone, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);

    if (strcmp(name, "@") == 0)
        snprintf(out, size, "%s", zone);
    else if (length > 0 && name[length - 1] == '.')
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%s.%s", name, zone);
}

static bool read_zone(struct reading *reading, char *rest)
{
    const char *zone = next_word(&rest);

    if (zone == NULL || zone[strlen(zone) - 1] != '.')
        return wrong(reading, zone);
    const char *ns = next_word(&rest), *ttl = next_word(&rest);
    snprintf(reading->file->zone, sizeof reading->file->zone, "%s", zone);
    snprintf(reading->file->ns, sizeof reading->file->ns, "%s", ns == NULL ? "ns" : ns);
    reading->file->negative_ttl = ttl == NULL ? 5 : (unsigned)strtoul(ttl, NULL, 10);
    return true;
}

/* A new ask joins the block until the block has a reply. */
static struct case_ask *new_ask(struct reading *reading)
{
    struct case_file *file = reading->file;

    if (reading->block == NULL || reading->replying) {
        struct case_block *grown =
            realloc(file->blocks, (file->count + 1) * sizeof *grown);
        if (grown == NULL)
            return NULL;
        file->blocks = grown;
        reading->block = &grown[file->count++];
        memset(reading->block, 0, sizeof *reading->block);
        reading->block->reply.ede = reading->block->reply.tsig_error = -1;
        for (unsigned i = 0; i < CASE_SECTIONS; i++)
            reading->block->reply.sections[i].exact = -1;
        reading->replying = false;
    }
    struct case_block *block = reading->block;
    struct case_ask *ask = block->ask_count == CASE_ASKS ? NULL : calloc(1, sizeof *ask);
    if (ask == NULL)
        return NULL;
    *ask = (struct case_ask){ .line = reading->line, .udp = true, .tcp = true };
    ask->class_ = DNS_CLASS_IN;
    ask->opt_size = DNS_UDP_ADVERTISED;
    block->asks[block->ask_count++] = ask;
    return ask;
}

static bool read_names(struct reading *reading, struct case_ask *ask, char *list)
{
    char *rest = NULL;

    for (char *name = strtok_r(list, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        char text[DNS_NAME_TEXT];
        if (ask->name_count == CASE_NAMES)
            return wrong(reading, name);
        case_absolute(reading->file->zone, name, text, sizeof text);
        ask->names[ask->name_count++] = strdup(text);
    }
    return true;
}

static bool read_types(struct reading *reading, struct case_ask *ask, char *list)
{
    char *rest = NULL;

    for (char *type = strtok_r(list, ",", &rest); type != NULL;
         type = strtok_r(NULL, ",", &rest)) {
        if (ask->type_count == CASE_TYPES ||
            !dns_type_parse(type, &ask->types[ask->type_count++]))
            return wrong(reading, type);
    }
    return true;
}

static bool read_ask(struct reading *reading, char *rest)
{
    struct case_ask *ask = new_ask(reading);
    char *names = next_word(&rest);
    char *types = next_word(&rest);

    if (ask == NULL || types == NULL)
        return wrong(reading, types);
    if (!read_names(reading, ask, names) || !read_types(reading, ask, types))
        return false;
    for (char *word; (word = next_word(&rest)) != NULL;)
        if (!case_ask_word(ask, word))
            return wrong(reading, word);
    return true;
}

static bool read_send(struct reading *reading, char *rest)
{
    struct case_ask *ask = new_ask(reading);

    if (ask == NULL || (ask->bytes = malloc(CASE_BYTES)) == NULL)
        return wrong(reading, "send");
    ask->raw = true;
    ask->type_count = ask->name_count = 1;
    ask->names[0] = strdup("web.service.local.");
    for (char *word; (word = next_word(&rest)) != NULL;)
        if (!case_send_word(ask, word))
            return wrong(reading, word);
    return true;
}

static bool read_reply(struct reading *reading, char *rest)
{
    struct case_reply *reply = &reading->block->reply;
    const char *word = next_word(&rest);

    if (word == NULL)
        return wrong(reading, word);
    if (strcmp(word, "none") == 0) {
        reply->silence = true;
        return true;
    }
    if (!case_rcode(word, &reply->rcode))
        return wrong(reading, word);
    while ((word = next_word(&rest)) != NULL) {
        uint16_t flag = case_flag(word);
        if (flag == 0)
            return wrong(reading, word);
        reply->flags |= flag;
    }
    return true;
}

static bool read_opt(struct reading *reading, char *rest)
{
    struct case_reply *reply = &reading->block->reply;

    reply->opt_given = reply->opt = true;
    for (char *word; (word = next_word(&rest)) != NULL;) {
        if (strcmp(word, "none") == 0)
            reply->opt = false;
        else if (strcmp(word, "do") == 0)
            reply->opt_do = true;
        else if (strncmp(word, "option=", 7) == 0 && reply->option_count < CASE_OPTIONS &&
                 case_option_read(word + 7, &reply->options[reply->option_count]))
            reply->option_count++;
        else
            return wrong(reading, word);
    }
    return true;
}

static bool read_ede(struct reading *reading, char *rest)
{
    const char *code = next_word(&rest);

    if (code == NULL)
        return wrong(reading, code);
    reading->block->reply.ede = (int)strtol(code, NULL, 10);
    return true;
}

static bool read_tsig(struct reading *reading, char *rest)
{
    const char *error = next_word(&rest);

    if (error == NULL)
        return wrong(reading, error);
    reading->block->reply.tsig_error = (int)strtol(error, NULL, 10);
    return true;
}

static bool read_size(struct reading *reading, char *rest)
{
    const char *size = next_word(&rest);

    if (size == NULL)
        return wrong(reading, size);
    reading->block->reply.size_max = strtoul(size, NULL, 10);
    return true;
}

static bool read_question(struct reading *reading, char *rest)
{
    const char *word = next_word(&rest);

    if (word == NULL || strcmp(word, "none") != 0)
        return wrong(reading, word);
    reading->block->reply.no_question = true;
    return true;
}

static bool read_section(struct reading *reading, enum case_section section, char *rest)
{
    struct case_records *into = &reading->block->reply.sections[section];
    char text[2048];

    rest += strspn(rest, " \t");
    if (strcmp(rest, "any") == 0) {
        into->any = true;
    } else if (strncmp(rest, "count=", 6) == 0) {
        into->exact = (int)strtol(rest + 6, NULL, 10);
    } else if (into->count < CASE_RECORDS && rest[0] != '\0') {
        const char *zone = reading->file->zone;
        if (strcmp(rest, "soa") == 0)
            snprintf(text, sizeof text,
                     "%s %u SOA %s.%s hostmaster.%s * 3600 600 86400 %u", zone,
                     reading->file->negative_ttl, reading->file->ns, zone, zone,
                     reading->file->negative_ttl);
        else
            snprintf(text, sizeof text, "%s", rest);
        into->records[into->count++] = strdup(text);
    } else {
        return wrong(reading, rest);
    }
    return true;
}

static bool read_answer(struct reading *reading, char *rest)
{
    return read_section(reading, CASE_ANSWER, rest);
}

static bool read_authority(struct reading *reading, char *rest)
{
    return read_section(reading, CASE_AUTHORITY, rest);
}

static bool read_additional(struct reading *reading, char *rest)
{
    return read_section(reading, CASE_ADDITIONAL, rest);
}

static const struct {
    const char *word;
    line_reader read;
    bool of_reply;
} line_kinds[] = {
    { "zone", read_zone, false },
    { "ask", read_ask, false },
    { "send", read_send, false },
    { "reply", read_reply, true },
    { "opt", read_opt, true },
    { "ede", read_ede, true },
    { "tsig", read_tsig, true },
    { "size", read_size, true },
    { "question", read_question, true },
    { "answer", read_answer, true },
    { "authority", read_authority, true },
    { "additional", read_additional, true },
};

static bool read_line(struct reading *reading, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '#')
        return true;
    char *word = line + strspn(line, " \t");
    size_t length = strcspn(word, " \t");
    char *rest = word + length + (word[length] != '\0');
    word[length] = '\0';
    if (length == 0)
        return true;
    for (size_t i = 0; i < sizeof line_kinds / sizeof line_kinds[0]; i++) {
        if (strcmp(word, line_kinds[i].word) != 0)
            continue;
        if (line_kinds[i].of_reply) {
            if (reading->block == NULL)
                return wrong(reading, word);
            reading->replying = true;
        }
        return line_kinds[i].read(reading, rest);
    }
    return wrong(reading, word);
}

enum rollcall_status case_read(const char *path, struct case_file *out,
                               struct reason *why)
{
    struct reading reading = { .file = out, .why = why };
    char line[4096];
    bool good = true;
    FILE *file = fopen(path, "r");

    memset(out, 0, sizeof *out);
    snprintf(out->path, sizeof out->path, "%s", path);
    snprintf(out->zone, sizeof out->zone, "service.local.");
    snprintf(out->ns, sizeof out->ns, "ns");
    out->negative_ttl = 5;
    if (file == NULL) {
        reason_set(why, "%s: %s", path, strerror(errno));
        return ROLLCALL_E_IO;
    }
    while (good && fgets(line, sizeof line, file) != NULL) {
        reading.line++;
        good = read_line(&reading, line);
    }
    fclose(file);
    if (good && out->count == 0) {
        reason_set(why, "%s: asks nothing", path);
        good = false;
    }
    return good ? ROLLCALL_OK : ROLLCALL_E_INVALID;
}

static void ask_destroy(struct case_ask *ask)
{
    for (unsigned i = 0; i < ask->name_count; i++)
        free(ask->names[i]);
    free(ask->bytes);
    free(ask);
}

void case_deinit(struct case_file *file)
{
    for (size_t b = 0; b < file->count; b++) {
        struct case_block *block = &file->blocks[b];
        for (unsigned i = 0; i < block->ask_count; i++)
            ask_destroy(block->asks[i]);
        for (unsigned s = 0; s < CASE_SECTIONS; s++)
            for (unsigned i = 0; i < block->reply.sections[s].count; i++)
                free(block->reply.sections[s].records[i]);
    }
    free(file->blocks);
    file->blocks = NULL;
    file->count = 0;
}
