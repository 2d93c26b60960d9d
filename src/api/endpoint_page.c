/* api/endpoint_page.c - the web page: its files, as they were built in.
 *
 * The page is made by no other server and asks no other server: the policy below says so
 * to browsers (CSP level 3), and forbids frames, inline scripts and forms that leave.
 */
#include <string.h>

#include "api/routes.h"
#include "http/exchange.h"

struct page_file {
    const char *name;
    const char *tag; /* changes with the content: an ETag (RFC 9110 §8.8.3), quoted */
    const unsigned char *bytes;
    size_t length;
};

#include "api/page.inc"

#define POLICY                                                                           \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "          \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "  \
    "require-trusted-types-for 'script'"

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".svg", "image/svg+xml" },
};

static const char *type_of(const char *name)
{
    const char *ending = strrchr(name, '.');

    for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].ending, ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

static const struct page_file *find(const char *name)
{
    for (const struct page_file *file = page_files; file->name != NULL; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

static void set_headers(struct exchange *exchange, const struct page_file *file)
{
    exchange_set_header(exchange, "Content-Security-Policy", POLICY);
    exchange_set_header(exchange, "X-Content-Type-Options", "nosniff");
    exchange_set_header(exchange, "X-Frame-Options", "DENY");
    exchange_set_header(exchange, "Referrer-Policy", "no-referrer");
    exchange_set_header(exchange, "Cross-Origin-Opener-Policy", "same-origin");
    exchange_set_header(exchange, "Cache-Control", "no-cache");
    exchange_set_header(exchange, "ETag", file->tag);
}

static void page_run(struct exchange *exchange)
{
    size_t length;
    const char *name = exchange_path(exchange, "file", &length);
    const struct page_file *file = find(length == 0 ? "index.html" : name);

    if (file == NULL) {
        exchange_text(exchange, 404, "the page has no file %s; it begins at /ui/", name);
        return;
    }
    set_headers(exchange, file);
    const char *has = exchange_header(exchange, "If-None-Match");
    if (has != NULL && strstr(has, file->tag) != NULL)
        exchange_reply(exchange, 304, NULL);
    else
        exchange_constant(exchange, 200, type_of(file->name), file->bytes, file->length);
}

static void begin_run(struct exchange *exchange)
{
    exchange_set_header(exchange, "Location", "/ui/");
    exchange_reply(exchange, 301, NULL);
}

const struct route api_page_routes[] = {
    { .method = HTTP_GET, .path = "/", .run = begin_run, .help = "To the web page." },
    { .method = HTTP_GET, .path = "/ui", .run = begin_run, .help = "To the web page." },
    { .method = HTTP_GET,
      .path = "/ui/{file...}",
      .run = page_run,
      .help = "The web page: services, instances, checks, history, explanations, live." },
    { 0 },
};
