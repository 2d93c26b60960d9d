#include "cli/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "rollcall/http.h"
#include "rollcall/remote.h"

enum { TOKEN_MAX = 4096 };

/* Troubles of the connection, not answers of the daemon. */
static bool is_ours(enum rollcall_status status)
{
    return status == ROLLCALL_E_IO || status == ROLLCALL_E_TIMEOUT ||
           status == ROLLCALL_E_NOMEM;
}

static const char scheme[] = "tcp://";

bool session_is_remote(const struct invocation *invocation)
{
    char place[256];

    if (invocation->socket != NULL)
        return strncmp(invocation->socket, scheme, sizeof scheme - 1) == 0;
    rollcall_default_socket(place, sizeof place);
    return strncmp(place, scheme, sizeof scheme - 1) == 0;
}

/* Its first line. */
static enum rollcall_status read_token(const char *path, char *out, size_t size,
                                       struct rollcall_error *error)
{
    FILE *file = fopen(path, "re");
    bool found = file != NULL && fgets(out, (int)size, file) != NULL;
    int trouble = errno;

    if (file != NULL)
        fclose(file);
    if (found)
        out[strcspn(out, " \t\r\n")] = '\0';
    if (found && out[0] != '\0')
        return ROLLCALL_OK;
    *error = (struct rollcall_error){ .status = ROLLCALL_E_INVALID };
    snprintf(error->message, sizeof error->message, "cannot read the token in %.200s: %s",
             path, file == NULL ? strerror(trouble) : "its first line is empty");
    return error->status;
}

enum rollcall_status session_connect(const struct invocation *invocation,
                                     struct rollcall_client **out,
                                     struct rollcall_error *error)
{
    struct rollcall_error own;
    char token[TOKEN_MAX];
    const char *given = NULL;

    if (invocation->token_file != NULL) {
        enum rollcall_status status =
            read_token(invocation->token_file, token, sizeof token, error ? error : &own);
        if (status != ROLLCALL_OK)
            return status;
        given = token;
    }
    return rollcall_connect_with(invocation->socket, given, out, error);
}

struct rollcall_client *session_open(const struct invocation *invocation)
{
    struct rollcall_client *client = NULL;
    struct rollcall_error error;

    if (session_connect(invocation, &client, &error) == ROLLCALL_OK)
        return client;
    if (!is_ours(error.status)) {
        fprintf(stderr, "rollcall: %s\n", error.message);
        return NULL;
    }
    if (session_is_remote(invocation)) {
        fprintf(stderr,
                "rollcall: %s; is it running, and does its configuration name that "
                "address (registry.listen)?\n",
                error.message);
        return NULL;
    }
    fprintf(stderr,
            "rollcall: %s; is it running? start it with rollcalld, or name its socket "
            "with --socket or ROLLCALL_SOCKET\n",
            error.message);
    return NULL;
}

int session_failed(const struct invocation *invocation,
                   const struct rollcall_client *client,
                   const struct rollcall_error *error)
{
    if (invocation->json && !is_ours(error->status))
        session_print_reply(client);
    fprintf(stderr, "rollcall: %s", error->message);
    if (strpbrk(error->field, ".[") != NULL) /* inside something: which one? */
        fprintf(stderr, " (%s)", error->field);
    fputc('\n', stderr);
    if (error->status == ROLLCALL_E_UNAUTHORIZED && session_is_remote(invocation) &&
        invocation->token_file == NULL && getenv("ROLLCALL_TOKEN") == NULL)
        fputs("rollcall: name the file of your token with --token-file, or set "
              "ROLLCALL_TOKEN\n",
              stderr);
    if (error->status == ROLLCALL_E_IO || error->status == ROLLCALL_E_TIMEOUT)
        fprintf(stderr, "rollcall: is rollcalld at %s well? its log says more\n",
                rollcall_socket(client));
    return is_ours(error->status) ? EXIT_UNREACHABLE : EXIT_NO;
}

int session_print_reply(const struct rollcall_client *client)
{
    puts(rollcall_last_line(client));
    return EXIT_OK;
}

void session_print_http(const struct rollcall_client *client)
{
    const char *off = rollcall_http_off(client);
    const char *place = rollcall_http(client, 0);

    if (place == NULL && off == NULL)
        return;
    printf("HTTP:%s", off != NULL ? " off: " : "");
    output_plain(stdout, off != NULL ? off : "");
    for (size_t i = 0; (place = rollcall_http(client, i)) != NULL; i++) {
        putchar(' ');
        output_plain(stdout, place);
    }
    putchar('\n');
}
