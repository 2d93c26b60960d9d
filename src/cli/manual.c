#include "cli/manual.h"

#include <string.h>

#include "cli/commands.h"
#include "rollcall/version.h"

enum { TEXT_WIDTH = 78, OPTION_WIDTH = 28 };

static const char *const exit_codes[] = {
    "0  done, or yes",
    "1  the answer is no: refused, not found, not in time",
    "2  the command line is not understood",
    "3  nobody answers: rollcalld, or the DNS server of query",
};

enum { EXIT_CODES = sizeof exit_codes / sizeof exit_codes[0] };

/* Break at blanks; an empty line in the text stays one. */
static void print_wrapped(const char *text, int indent, FILE *out)
{
    int column = 0;

    while (*text != '\0') {
        if (*text == '\n') {
            fputs("\n\n", out);
            column = 0;
            text += strspn(text, "\n");
            continue;
        }
        int length = (int)strcspn(text, " \n");
        if (column > 0 && column + 1 + length > TEXT_WIDTH - indent) {
            fprintf(out, "\n%*s", indent, "");
            column = 0;
        }
        fprintf(out, "%s%.*s", column > 0 ? " " : "", length, text);
        column += length + (column > 0);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_table(const struct argument *table, FILE *out)
{
    for (const struct argument *row = table; row->name != NULL; row++) {
        int width = fprintf(out, "  --%s%s%s", row->name, row->value != NULL ? " " : "",
                            row->value != NULL ? row->value : "");
        if (width >= OPTION_WIDTH - 1) {
            fputc('\n', out);
            width = 0;
        }
        fprintf(out, "%*s", OPTION_WIDTH - width, "");
        print_wrapped(row->help, OPTION_WIDTH, out);
    }
}

static void print_indented(const char *text, FILE *out)
{
    for (const char *at = text; *at != '\0'; at += strspn(at, "\n")) {
        int length = (int)strcspn(at, "\n");
        fprintf(out, "  %.*s\n", length, at);
        at += length;
    }
}

void manual_overview(FILE *out)
{
    fputs(
        "rollcall: the command line of rollcalld, service discovery that is just DNS\n"
        "\nusage: rollcall [--socket PLACE] [--json] COMMAND [ARGUMENTS]\n\ncommands:\n",
        out);
    for (size_t i = 0; commands_all()[i] != NULL; i++)
        fprintf(out, "  %-12s%s\n", commands_all()[i]->name, commands_all()[i]->summary);
    fputs("\noptions of every command:\n", out);
    print_table(common_arguments, out);
    fputs("\nexit codes:\n", out);
    for (size_t i = 0; i < EXIT_CODES; i++)
        fprintf(out, "  %s\n", exit_codes[i]);
    fputs("\nrollcall help COMMAND says more. Example:\n"
          "  rollcall register --service web --address 10.0.0.1 --port 8080\n",
          out);
}

void manual_command(const struct command *command, FILE *out)
{
    fprintf(out, "usage: rollcall %s%s%s\n\n", command->name,
            command->arguments[0] != '\0' ? " " : "", command->arguments);
    print_wrapped(command->summary, 0, out);
    if (command->details[0] != '\0') {
        fputc('\n', out);
        print_wrapped(command->details, 0, out);
    }
    fputs("\noptions:\n", out);
    for (size_t i = 0; command->tables != NULL && command->tables[i] != NULL; i++)
        print_table(command->tables[i], out);
    print_table(common_arguments, out);
    if (command->notes != NULL)
        fprintf(out, "\n%s\n", command->notes);
    fputs("\nexample:\n", out);
    print_indented(command->example, out);
}

/* ---- roff ----------------------------------------------------------------------- */

/* Text as roff takes it: backslash, hyphen and a dot at the start of a line are special;
 * an empty line is a new paragraph. */
static void roff_words(const char *text, FILE *out)
{
    bool at_start = true;

    for (; *text != '\0'; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        at_start = *text == '\n';
        if (text[0] == '\n' && text[1] == '\n') {
            fputs("\n.PP", out);
            continue;
        }
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void roff_text(const char *text, FILE *out)
{
    roff_words(text, out);
    fputc('\n', out);
}

static void roff_table(const struct argument *table, FILE *out)
{
    for (const struct argument *row = table; row->name != NULL; row++) {
        fputs(".TP\n\\fB\\-\\-", out);
        roff_words(row->name, out);
        fputs("\\fR", out);
        if (row->value != NULL) {
            fputs(" \\fI", out);
            roff_words(row->value, out);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        roff_text(row->help, out);
    }
}

static void roff_verbatim(const char *text, FILE *out)
{
    fputs(".PP\n.nf\n.RS 4\n", out);
    roff_text(text, out);
    fputs(".RE\n.fi\n", out);
}

static void roff_command(const struct command *command, FILE *out)
{
    fprintf(out, ".SS %s\n.B rollcall %s\n", command->name, command->name);
    if (command->arguments[0] != '\0')
        roff_text(command->arguments, out);
    fputs(".PP\n", out);
    roff_text(command->summary, out);
    if (command->details[0] != '\0')
        roff_text(command->details, out);
    for (size_t i = 0; command->tables != NULL && command->tables[i] != NULL; i++)
        roff_table(command->tables[i], out);
    if (command->notes != NULL)
        roff_verbatim(command->notes, out);
    fputs(".PP\nExample:\n", out);
    roff_verbatim(command->example, out);
}

void manual_page(FILE *out)
{
    fputs(
        ".TH ROLLCALL 1 \"\" \"rollcall " ROLLCALL_VERSION "\"\n"
        ".SH NAME\nrollcall \\- the command line of rollcalld, service discovery that is "
        "just DNS\n.SH SYNOPSIS\n.B rollcall\n[\\-\\-socket PLACE] [\\-\\-json] COMMAND "
        "[ARGUMENTS]\n.SH COMMANDS\n",
        out);
    for (size_t i = 0; commands_all()[i] != NULL; i++)
        roff_command(commands_all()[i], out);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", out);
    roff_table(common_arguments, out);
    fputs(".SH EXIT STATUS\n.nf\n", out);
    for (size_t i = 0; i < EXIT_CODES; i++)
        roff_text(exit_codes[i], out);
    fputs(
        ".fi\n.SH ENVIRONMENT\n.TP\n.B ROLLCALL_SOCKET\nWhere rollcalld listens, unless "
        "\\-\\-socket says it.\n.TP\n.B ROLLCALL_TOKEN\nThe token for tcp://, unless "
        "\\-\\-token\\-file names a file with it.\n.SH SEE ALSO\n.BR rollcalld (8),\n"
        ".BR rollcalld.conf (5)\n",
        out);
}
