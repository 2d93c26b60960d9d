#include "cli/session.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "rollcall/http.h"

/* Troubles of the connection, not answers of the daemon. */
static bool is_ours(enum rollcall_status status)
{
    return status == ROLLCALL_E_IO || status == ROLLCALL_E_TIMEOUT ||
           status == ROLLCALL_E_NOMEM;
}

struct rollcall_client *session_open(const struct invocation *invocation)
{
    struct rollcall_client *client = NULL;
    struct rollcall_error error;

    if (rollcall_connect(invocation->socket, &client, &error) == ROLLCALL_OK)
        return client;
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
