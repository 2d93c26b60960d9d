/* The HTTP API on paper, printed by the room that has it. */
#include "api/document.h"
#include "daemon/arguments.h"
#include "health/kinds.h"
#include "http/pretty.h"

void arguments_openapi(FILE *out)
{
    struct buffer text;
    struct buffer neat;

    buffer_init(&text, DOCUMENT_MAX);
    buffer_init(&neat, DOCUMENT_MAX);
    document_openapi(&text, check_schemas());
    pretty_print(text.data, text.length, &neat);
    fwrite(neat.data, 1, neat.length, out);
    buffer_deinit(&text);
    buffer_deinit(&neat);
}

void arguments_http(FILE *out)
{
    struct buffer text;

    buffer_init(&text, DOCUMENT_MAX);
    document_page(&text);
    fwrite(text.data, 1, text.length, out);
    buffer_deinit(&text);
}
