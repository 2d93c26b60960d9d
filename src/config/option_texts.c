/* Types of values that are texts of some shape: words, names, paths. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/option.h"

static enum option_parsed keep(char *copy, void *value)
{
    if (copy == NULL)
        return OPTION_NO_MEMORY;
    *(char **)value = copy;
    return OPTION_GOOD;
}

static enum option_parsed keep_lower(const char *text, void *value)
{
    char *copy = strdup(text);

    for (char *at = copy; at != NULL && *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
    return keep(copy, value);
}

bool option_text_print(const struct option *option, const void *value, struct buffer *out)
{
    const char *text = *(char *const *)value;

    (void)option;
    if (text == NULL)
        return false;
    buffer_text(out, text);
    return true;
}

void option_text_release(void *value)
{
    free(*(char **)value);
    *(char **)value = NULL;
}

static enum option_parsed text_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    (void)folder;
    size_t length = strlen(text);

    if (length < (size_t)option->min || length > (size_t)option->max)
        return OPTION_BAD;
    return keep(strdup(text), value);
}

static void text_allowed(const struct option *option, struct buffer *out)
{
    if (option->min == 0)
        buffer_format(out, "a text of at most %" PRId64 " octets", option->max);
    else if (option->min == option->max)
        buffer_format(out, "a text of %" PRId64 " octets", option->min);
    else
        buffer_format(out, "a text of %" PRId64 " to %" PRId64 " octets", option->min,
                      option->max);
}

const struct option_type option_text = { .name = "text",
                                         .size = sizeof(char *),
                                         .parse = text_parse,
                                         .print = option_text_print,
                                         .allowed = text_allowed,
                                         .release = option_text_release };

static enum option_parsed path_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    char *path = NULL;

    if (text[0] == '\0' || strlen(text) > (size_t)option->max)
        return OPTION_BAD;
    if (text[0] == '/')
        return keep(strdup(text), value);
    if (strncmp(text, "./", 2) == 0)
        text += 2;
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    if (asprintf(&path, "%s%s%s", folder, slash, text) < 0)
        return OPTION_NO_MEMORY;
    if (strlen(path) <= (size_t)option->max)
        return keep(path, value);
    free(path);
    return OPTION_BAD;
}

static void path_allowed(const struct option *option, struct buffer *out)
{
    buffer_format(out, "a path of at most %" PRId64 " octets, with its folders",
                  option->max);
}

const struct option_type option_path = { .name = "path",
                                         .size = sizeof(char *),
                                         .parse = path_parse,
                                         .print = option_text_print,
                                         .allowed = path_allowed,
                                         .release = option_text_release };

static int word_index(const struct option *option, const char *text)
{
    for (int i = 0; option->words[i] != NULL; i++)
        if (strcmp(option->words[i], text) == 0)
            return i;
    return -1;
}

static void words_allowed(const struct option *option, struct buffer *out)
{
    for (int i = 0; option->words[i] != NULL; i++) {
        if (i > 0)
            buffer_text(out, option->words[i + 1] == NULL ? " or " : ", ");
        buffer_text(out, option->words[i]);
    }
}

static enum option_parsed word_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    (void)folder;
    int index = word_index(option, text);

    if (index < 0)
        return OPTION_BAD;
    memcpy(value, &(unsigned){ (unsigned)index }, sizeof(unsigned));
    return OPTION_GOOD;
}

static bool word_print(const struct option *option, const void *value, struct buffer *out)
{
    unsigned index;

    memcpy(&index, value, sizeof index);
    buffer_text(out, option->words[index]);
    return true;
}

/* Every enum of config.h has this size. */
const struct option_type option_word = { .name = "word",
                                         .size = sizeof(unsigned),
                                         .parse = word_parse,
                                         .print = word_print,
                                         .allowed = words_allowed };

static enum option_parsed choice_parse(const struct option *option, const char *text,
                                       const char *folder, void *value)
{
    (void)folder;
    return word_index(option, text) < 0 ? OPTION_BAD : keep(strdup(text), value);
}

const struct option_type option_choice = { .name = "word",
                                           .size = sizeof(char *),
                                           .parse = choice_parse,
                                           .print = option_text_print,
                                           .allowed = words_allowed,
                                           .release = option_text_release };

static bool is_ldh(const char *label, size_t length, bool underscore)
{
    if (length < 1 || length > 63 || label[0] == '-' || label[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)label[i]) && label[i] != '-' &&
            !(underscore && label[i] == '_'))
            return false;
    return true;
}

static enum option_parsed label_parse(const struct option *option, const char *text,
                                      const char *folder, void *value)
{
    (void)option;
    (void)folder;
    return is_ldh(text, strlen(text), false) ? keep_lower(text, value) : OPTION_BAD;
}

static void label_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a DNS label: 1 to 63 letters, digits and inner hyphens");
}

const struct option_type option_label = { .name = "DNS label",
                                          .size = sizeof(char *),
                                          .parse = label_parse,
                                          .print = option_text_print,
                                          .allowed = label_allowed,
                                          .release = option_text_release };

static enum option_parsed label_or_none_parse(const struct option *option,
                                              const char *text, const char *folder,
                                              void *value)
{
    return text[0] == '\0' ? keep_lower(text, value)
                           : label_parse(option, text, folder, value);
}

static void label_or_none_allowed(const struct option *option, struct buffer *out)
{
    label_allowed(option, out);
    buffer_text(out, ", or empty");
}

const struct option_type option_label_or_none = { .name = "DNS label or empty",
                                                  .size = sizeof(char *),
                                                  .parse = label_or_none_parse,
                                                  .print = option_text_print,
                                                  .allowed = label_or_none_allowed,
                                                  .release = option_text_release };

/* Labels with dots between; the final dot is optional (RFC 1035 §2.3.4: 255 octets on
 * the wire are 253 characters without it). */
static bool is_name(const char *text)
{
    size_t length = strlen(text);

    if (length > 0 && text[length - 1] == '.')
        length--;
    if (length == 0 || length > 253)
        return false;
    for (const char *at = text, *end = text + length; at <= end;) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        const char *stop = dot == NULL ? end : dot;
        if (!is_ldh(at, (size_t)(stop - at), true))
            return false;
        at = stop + 1;
    }
    return true;
}

static enum option_parsed name_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    char dotted[256];

    (void)option;
    (void)folder;
    if (!is_name(text))
        return OPTION_BAD;
    bool has_dot = text[strlen(text) - 1] == '.';
    snprintf(dotted, sizeof dotted, "%s%s", text, has_dot ? "" : ".");
    return keep_lower(dotted, value);
}

static void name_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a DNS name: labels of letters, digits and hyphens, with dots");
}

const struct option_type option_name = { .name = "DNS name",
                                         .size = sizeof(char *),
                                         .parse = name_parse,
                                         .print = option_text_print,
                                         .allowed = name_allowed,
                                         .release = option_text_release };

static enum option_parsed relative_parse(const struct option *option, const char *text,
                                         const char *folder, void *value)
{
    (void)option;
    (void)folder;
    return is_name(text) ? keep_lower(text, value) : OPTION_BAD;
}

const struct option_type option_relative = { .name = "DNS name",
                                             .size = sizeof(char *),
                                             .parse = relative_parse,
                                             .print = option_text_print,
                                             .allowed = name_allowed,
                                             .release = option_text_release };

/* A mail address as SOA has it: what stands before the @ is one label, its dots escaped
 * (RFC 1035 §8). */
static bool is_mail(const char *text)
{
    const char *at = text;
    size_t local = 0;

    for (; *at != '\0' && *at != '.'; at++, local++)
        if (at[0] == '\\' && at[1] == '.')
            at++;
        else if (!is_ldh(at, 1, true) && strchr("-_+", *at) == NULL)
            return false;
    return local > 0 && local <= 63 && strlen(text) <= 253 &&
           (at[0] == '\0' || at[1] == '\0' || is_name(at + 1));
}

static enum option_parsed mail_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    (void)option;
    (void)folder;
    return is_mail(text) ? keep_lower(text, value) : OPTION_BAD;
}

static void mail_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a mail address as a DNS name: a dot for the @");
}

const struct option_type option_mail = { .name = "mail address",
                                         .size = sizeof(char *),
                                         .parse = mail_parse,
                                         .print = option_text_print,
                                         .allowed = mail_allowed,
                                         .release = option_text_release };

static enum option_parsed mode_parse(const struct option *option, const char *text,
                                     const char *folder, void *value)
{
    size_t length = strlen(text);

    (void)option;
    (void)folder;
    if (length < 3 || length > 4 || strspn(text, "01234567") != length ||
        (length == 4 && text[0] != '0'))
        return OPTION_BAD;
    return keep(strdup(text), value);
}

static void mode_allowed(const struct option *option, struct buffer *out)
{
    (void)option;
    buffer_text(out, "a file mode in octal, like 0660");
}

const struct option_type option_mode = { .name = "file mode",
                                         .size = sizeof(char *),
                                         .parse = mode_parse,
                                         .print = option_text_print,
                                         .allowed = mode_allowed,
                                         .release = option_text_release };
