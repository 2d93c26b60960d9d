/* Texts kept as written: a URL that may hold a key, shown without what could be secret,
 * and an argument of a command. */
#include <stdlib.h>
#include <string.h>

#include "config/option.h"

/* Whether it is a URL is checked later (checks_alerts.c), where the complaint does not
 * repeat it. */
static enum option_parsed kept_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    (void)option;
    (void)folder;
    char *copy = strdup(text);

    if (copy == NULL)
        return OPTION_NO_MEMORY;
    *(char **)value = copy;
    return OPTION_GOOD;
}

/* Scheme, host and port; a name and password before the host are left out, and stars
 * stand for the path. */
static bool url_print(const struct option *option, const void *value, struct buffer *out)
{
    const char *text = *(char *const *)value;
    const char *host = text == NULL ? NULL : strstr(text, "://");

    (void)option;
    if (text == NULL)
        return false;
    if (host == NULL) {
        buffer_text(out, "***");
        return true;
    }
    host += 3;
    size_t length = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', length);
    buffer_append(out, text, (size_t)(host - text));
    if (at != NULL) {
        length -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    buffer_append(out, host, length);
    if (host[length] != '\0' && strcmp(host + length, "/") != 0)
        buffer_text(out, "/***");
    return true;
}

static void url_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "an http or https URL");
}

static void kept_release(void *value)
{
    free(*(char **)value);
    *(char **)value = NULL;
}

const struct option_type option_url = { .name = "URL",
                                        .size = sizeof(char *),
                                        .parse = kept_parse,
                                        .print = url_print,
                                        .allowed = url_allowed,
                                        .release = kept_release };

static bool argument_print(const struct option *option, const void *value,
                           struct buffer *out)
{
    (void)option;
    buffer_text(out, *(char *const *)value);
    return true;
}

static void argument_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "any text");
}

const struct option_type option_argument = { .name = "text",
                                             .size = sizeof(char *),
                                             .parse = kept_parse,
                                             .print = argument_print,
                                             .allowed = argument_allowed,
                                             .release = kept_release };
