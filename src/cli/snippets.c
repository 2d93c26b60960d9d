#include "cli/snippets.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *text;
} snippets[] = {
#include "cli/snippets.inc"
};

/* What stands in the files for the three things that differ. */
struct values {
    char zone[256]; /* without its final dot */
    char host[ADDRESS_TEXT];
    char bracketed[ADDRESS_TEXT]; /* as it stands before ":port" */
    char port[8];
};

static void read_values(const char *zone, const struct address *server,
                        struct values *out)
{
    size_t length = strlen(zone);
    struct rollcall_address ip = { 0 };

    if (length > 1 && zone[length - 1] == '.')
        length--;
    snprintf(out->zone, sizeof out->zone, "%.*s", (int)length, zone);
    address_to_ip(server, &ip);
    address_print_ip(&ip, out->host, sizeof out->host);
    snprintf(out->bracketed, sizeof out->bracketed, ip.family == 6 ? "[%.60s]" : "%.60s",
             out->host);
    snprintf(out->port, sizeof out->port, "%u", (unsigned)address_port(server));
}

/* The value for what begins at `text`, and how long that is; NULL: it stays. */
static const char *value_at(const char *text, const struct values *values, size_t *length)
{
    const struct {
        const char *word;
        const char *value;
    } words[] = {
        { "service.local", values->zone },
        { "10.in-addr.arpa", values->zone },
        { "127.0.0.1:", values->bracketed },
        { "127.0.0.1", values->host },
        { "8053", values->port },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        *length = strlen(words[i].word);
        if (strncmp(text, words[i].word, *length) != 0)
            continue;
        *length -= words[i].value == values->bracketed; /* the colon stays */
        return words[i].value;
    }
    return NULL;
}

static bool is_comment(const char *line)
{
    return line[0] == '#' || strncmp(line, "//", 2) == 0;
}

static bool fill(const char *text, const struct values *values, char *out, size_t size)
{
    size_t used = 0;
    bool at_line = true;

    while (*text != '\0' && used + 1 < size) {
        size_t length = 1;
        if (at_line && is_comment(text)) {
            length = strcspn(text, "\n");
            text += length + (text[length] == '\n');
            continue;
        }
        const char *value = value_at(text, values, &length);
        at_line = *text == '\n';
        int wrote = value != NULL ? snprintf(out + used, size - used, "%s", value)
                                  : snprintf(out + used, size - used, "%c", *text);
        used += (size_t)wrote;
        text += value != NULL ? length : 1;
    }
    return *text == '\0' && used < size;
}

bool snippet_fill(const char *name, const char *zone, const struct address *server,
                  char *out, size_t size)
{
    struct values values;

    read_values(zone, server, &values);
    for (size_t i = 0; i < sizeof snippets / sizeof snippets[0]; i++)
        if (strcmp(snippets[i].name, name) == 0)
            return fill(snippets[i].text, &values, out, size);
    return false;
}
