/* The tables of options as pages for people: Markdown and roff. */
#include <string.h>

#include "config/config.h"
#include "config/option.h"
#include "config/schema.h"

#define LIVE "A reload takes it."

static const char *shape_word(const struct option *row)
{
    switch (row->shape) {
    case OPTION_LIST:
        return "a list; each ";
    case OPTION_MAP:
        return "texts by key";
    case OPTION_SECTION:
        return "a section, below";
    case OPTION_SECTIONS:
        return "a list of sections, below";
    case OPTION_VALUE:
        break;
    }
    return "";
}

/* "a list; each an address with its port". */
static void put_allowed(const struct option *row, FILE *out)
{
    struct buffer text;

    fputs(shape_word(row), out);
    if (row->type == NULL)
        return;
    buffer_init(&text, 400);
    row->type->allowed(row, &text);
    fputs(text.data == NULL ? "" : text.data, out);
    buffer_deinit(&text);
}

static bool is_group(const struct option *row)
{
    return row->shape == OPTION_SECTION || row->shape == OPTION_SECTIONS;
}

static void put_default(const struct option *row, const char *quote, FILE *out)
{
    if (row->required)
        fputs("required", out);
    else if (row->fallback == NULL)
        fputs("none", out);
    else if (row->computed != NULL)
        fputs(row->fallback, out);
    else
        fprintf(out, "%s%s%s", quote, row->fallback, quote);
}

static void reference_rows(const struct option *rows, FILE *out)
{
    fputs("| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n", out);
    for (const struct option *row = rows; row->key != NULL; row++) {
        fprintf(out, "| `%s` | ", row->key);
        put_allowed(row, out);
        fputs(" | ", out);
        if (row->shape != OPTION_SECTION)
            put_default(row, "`", out);
        fprintf(out, " | %s%s |\n", row->help, row->live ? " " LIVE : "");
    }
}

/* The sections among `rows`, each with those inside it behind it. */
static void reference_groups(const struct option *rows, const char *prefix, FILE *out)
{
    char key[OPTION_KEY_TEXT];

    for (const struct option *row = rows; row->key != NULL; row++) {
        if (!is_group(row))
            continue;
        option_key(prefix, row->key, key);
        fprintf(out, "\n## %s\n\n%s\n\n", key, row->help);
        reference_rows(row->rows, out);
        reference_groups(row->rows, key, out);
    }
}

void config_reference(FILE *out)
{
    fputs("# Configuration\n\n"
          "Every key of `rollcalld -c FILE`, printed by `rollcall config reference` from "
          "the\ntable that also reads and checks the file. A YAML file; without one the "
          "defaults hold.\nA key that is not here is refused. "
          "`--set section.key=value` overrides one key,\n`--set "
          "zones.0.ttl=10s` one of a list's entry. A list of one may be written as its "
          "only value.\n\n"
          "What the table does not call taken by a reload (`rollcall reload`, SIGHUP) "
          "takes "
          "a restart.\n\n"
          "Durations carry their unit (`250ms`, `10s`, `1h30m`); TTLs may be seconds "
          "without one.\nRelative paths begin at the folder of the file.\n\n"
          "```yaml\n"
          "node: n1\n"
          "datacenter: dc1\n"
          "zones:\n"
          "  - apex: service.local.\n"
          "    layout: flat\n"
          "dns:\n"
          "  listen: [\"127.0.0.1:8053\", \"[::1]:8053\"]\n"
          "  workers: auto\n"
          "registry:\n"
          "  socket: /run/rollcall/rollcall.sock\n"
          "  database: /var/lib/rollcall/rollcall.db\n"
          "```\n\n"
          "## At the top\n\n",
          out);
    reference_rows(config_options, out);
    reference_groups(config_options, "", out);
}

/* Roff reads a leading dot or quote as a request, and a backslash as an escape. */
static void put_roff(const char *text, FILE *out)
{
    if (text[0] == '.' || text[0] == '\'')
        fputs("\\&", out);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void manual_rows(const struct option *rows, const char *prefix, FILE *out)
{
    char key[OPTION_KEY_TEXT];

    for (const struct option *row = rows; row->key != NULL; row++) {
        if (is_group(row))
            continue;
        option_key(prefix, row->key, key);
        fprintf(out, ".TP\n.B %s\n", key);
        put_roff(row->help, out);
        fputs(row->live ? "\n" LIVE "\nValue: " : "\nValue: ", out);
        put_allowed(row, out);
        fputs(".\nDefault: ", out);
        put_default(row, "", out);
        fputs(".\n", out);
    }
}

static void manual_groups(const struct option *rows, const char *prefix, FILE *out)
{
    char key[OPTION_KEY_TEXT];

    for (const struct option *row = rows; row->key != NULL; row++) {
        if (!is_group(row))
            continue;
        option_key(prefix, row->key, key);
        fprintf(out, ".SS %s\n", key);
        put_roff(row->help, out);
        fputc('\n', out);
        manual_rows(row->rows, row->shape == OPTION_SECTIONS ? "" : key, out);
        manual_groups(row->rows, key, out);
    }
}

void config_manual(FILE *out)
{
    manual_rows(config_options, "", out);
    manual_groups(config_options, "", out);
}
