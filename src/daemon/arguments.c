#include "daemon/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "rollcall/version.h"

struct argument {
    char letter; /* 0: none */
    const char *name;
    const char *value; /* what its value is called; NULL: takes none */
    enum action action;
    void (*take)(struct arguments *arguments, const char *value); /* NULL: an action */
    const char *help;
};

static void take_config(struct arguments *arguments, const char *value)
{
    arguments->config_path = value;
}

static void take_override(struct arguments *arguments, const char *value)
{
    arguments->overrides[arguments->override_count++].text = value;
}

static void take_verbose(struct arguments *arguments, const char *value)
{
    (void)value;
    arguments->verbose = true;
}

static const struct argument arguments_table[] = {
    { 'c', "config", "FILE", ACTION_RUN, take_config,
      "Read the configuration from FILE; without it the defaults hold." },
    { 0, "set", "KEY=VALUE", ACTION_RUN, take_override,
      "Override one key, for example dns.workers=2; may be repeated." },
    { 0, "check", NULL, ACTION_CHECK, NULL,
      "Check the configuration and its zone files, then exit." },
    { 0, "show-config", NULL, ACTION_SHOW, NULL,
      "Print the configuration in effect as YAML, then exit." },
    { 'v', "verbose", NULL, ACTION_RUN, take_verbose,
      "Log at level debug, whatever the configuration says." },
    { 'h', "help", NULL, ACTION_HELP, NULL, "Print this help." },
    { 'V', "version", NULL, ACTION_VERSION, NULL, "Print the version." },
    { 0, "man", NULL, ACTION_MANUAL, NULL, "Print the manual page as roff." },
    { 0, "metrics-reference", NULL, ACTION_METRICS, NULL,
      "Print the names of all metrics as Markdown." },
    { 0, "openapi", NULL, ACTION_OPENAPI, NULL,
      "Print the HTTP API as an OpenAPI document." },
    { 0, "http-reference", NULL, ACTION_HTTP, NULL, "Print the HTTP API as Markdown." },
    { 0 },
};

/* "--name", "--name=value", "-x" or "-xvalue"; `inside` is the value in the same word. */
static const struct argument *find(const char *word, const char **inside)
{
    const struct argument *row = arguments_table;

    *inside = NULL;
    if (word[0] == '-' && word[1] != '-' && word[1] != '\0') {
        for (; row->name != NULL; row++)
            if (row->letter == word[1]) {
                *inside = word[2] != '\0' ? word + 2 : NULL;
                return row;
            }
        return NULL;
    }
    for (; strncmp(word, "--", 2) == 0 && row->name != NULL; row++) {
        size_t length = strlen(row->name);
        if (strncmp(word + 2, row->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            *inside = word + 3 + length;
        if (word[2 + length] == '\0' || word[2 + length] == '=')
            return row;
    }
    return NULL;
}

/* One argument at argv[*at], and its value behind it. */
static enum rollcall_status take_one(int argc, char **argv, int *at,
                                     struct arguments *arguments, struct reason *why)
{
    const char *inside;
    const struct argument *row = find(argv[*at], &inside);

    if (row == NULL) {
        reason_set(why, "%s: there is no such argument; try rollcalld --help", argv[*at]);
        return ROLLCALL_E_INVALID;
    }
    if (row->value == NULL && inside != NULL) {
        reason_set(why, "%s: --%s takes no value", argv[*at], row->name);
        return ROLLCALL_E_INVALID;
    }
    if (row->value != NULL && inside == NULL) {
        if (*at + 1 >= argc) {
            reason_set(why, "--%s needs %s behind it", row->name, row->value);
            return ROLLCALL_E_INVALID;
        }
        inside = argv[++*at];
    }
    if (row->take != NULL)
        row->take(arguments, inside);
    else
        arguments->action = row->action;
    return ROLLCALL_OK;
}

enum rollcall_status arguments_parse(int argc, char **argv, struct arguments *out,
                                     struct reason *why)
{
    struct arguments arguments = { .action = ACTION_RUN };
    enum rollcall_status status = ROLLCALL_OK;

    arguments.overrides = calloc((size_t)argc + 1, sizeof *arguments.overrides);
    if (arguments.overrides == NULL)
        return ROLLCALL_E_NOMEM;
    for (int at = 1; at < argc && status == ROLLCALL_OK; at++)
        status = take_one(argc, argv, &at, &arguments, why);
    if (status != ROLLCALL_OK) {
        arguments_deinit(&arguments);
        return status;
    }
    *out = arguments;
    return ROLLCALL_OK;
}

void arguments_deinit(struct arguments *arguments)
{
    free(arguments->overrides);
    arguments->overrides = NULL;
}

void arguments_help(FILE *out)
{
    char name[32];

    fputs("rollcalld " ROLLCALL_VERSION ", service discovery that is just DNS\n\n"
          "usage: rollcalld [-c FILE] [--set KEY=VALUE]... [--check]\n\n",
          out);
    for (const struct argument *row = arguments_table; row->name != NULL; row++) {
        snprintf(name, sizeof name, "--%s%s%s", row->name, row->value ? " " : "",
                 row->value ? row->value : "");
        fprintf(out, "  %c%c%c %-19s %s\n", row->letter ? '-' : ' ',
                row->letter ? row->letter : ' ', row->letter ? ',' : ' ', name,
                row->help);
    }
    fputs("\nexample: rollcalld -c /etc/rollcall/rollcall.yaml --set dns.workers=2\n"
          "         dig @127.0.0.1 -p 8053 web.service.local\n\n"
          "Signals: SIGTERM and SIGINT stop it in order, SIGHUP reads the configuration\n"
          "again (rollcall reload). Exit codes: 0 stopped or good, 1 it could not run,\n"
          "2 the arguments or the configuration are not valid.\n"
          "Every key of the configuration: rollcall config reference\n",
          out);
}

/* A hyphen that is typed must not become a dash of the typesetter. */
static void put_roff(const char *text, FILE *out)
{
    for (; *text != '\0'; text++)
        fprintf(out, "%s%c", *text == '-' || *text == '\\' ? "\\" : "", *text);
}

void arguments_manual(FILE *out)
{
    fputs(
        ".TH ROLLCALLD 8 \"\" \"rollcall " ROLLCALL_VERSION "\"\n"
        ".SH NAME\nrollcalld \\- service discovery that is just DNS\n"
        ".SH SYNOPSIS\n.B rollcalld\n[\\-c FILE] [\\-\\-set KEY=VALUE]... "
        "[\\-\\-check]\n"
        ".SH DESCRIPTION\n"
        "Services register on a Unix socket or over HTTP, are kept in SQLite, are "
        "checked,\n"
        "and are answered by DNS: healthy ones only. What was acknowledged is on disk "
        "and\n"
        "seen by every DNS worker.\n"
        ".PP\n"
        "By default DNS is on 127.0.0.1:8053 (dns.listen) and HTTP on 127.0.0.1:8500\n"
        "(api.listen): Consul's API, an API of its own, metrics, and a page at /ui/. "
        "Where\n"
        "that port is taken, by a Consul agent for one, HTTP stays off until api.listen\n"
        "names another; \\fBrollcall status\\fR says where all of it is.\n"
        ".SH OPTIONS\n",
        out);
    for (const struct argument *row = arguments_table; row->name != NULL; row++) {
        fputs(".TP\n.B ", out);
        if (row->letter != 0)
            fprintf(out, "\\-%c, ", row->letter);
        fputs("\\-\\-", out);
        put_roff(row->name, out);
        fprintf(out, " %s\n", row->value != NULL ? row->value : "");
        put_roff(row->help, out);
        fputc('\n', out);
    }
    fputs(
        ".SH SIGNALS\n"
        "SIGTERM and SIGINT stop it in order: no request more, pending replies sent,\n"
        "everything saved. SIGHUP reads the configuration again, as\n"
        "\\fBrollcall reload\\fR does: tokens, who needs none, certificate, key and\n"
        "authorities of the HTTP API and the log level are taken; other keys that\n"
        "differ are named in the log, and take a restart, which loses nothing that was\n"
        "acknowledged. A configuration that is not good changes nothing.\n"
        ".SH ENVIRONMENT\n"
        "NOTIFY_SOCKET: told READY=1 and STOPPING=1 (sd_notify). RUNTIME_DIRECTORY,\n"
        "STATE_DIRECTORY, XDG_RUNTIME_DIR, XDG_STATE_HOME: where the socket and the\n"
        "database are by default.\n"
        ".SH EXIT STATUS\n"
        "0: stopped by a signal, or the check found nothing. 1: it could not run.\n"
        "2: the arguments, the configuration or a zone file are not valid.\n"
        ".SH SEE ALSO\nrollcall(1), rollcalld.conf(5)\n",
        out);
}
