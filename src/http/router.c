#include "http/router.h"

#include <stdlib.h>
#include <string.h>

static const char *const method_words[HTTP_METHODS] = { "GET", "PUT", "POST", "DELETE" };

const char *http_method_word(enum http_method method)
{
    return method < HTTP_METHODS ? method_words[method] : "?";
}

/* The parameter at `*row` ("{name}" or "{name...}") takes from `*path` what it may. */
static bool take_parameter(const char **row, const char **path, const char *end,
                           struct path_match *match)
{
    const char *close = strchr(*row, '}');
    const char *name = *row + 1;
    size_t length = (size_t)(close - name);
    bool rest = length > 3 && memcmp(close - 3, "...", 3) == 0;
    const char *slash = rest ? NULL : memchr(*path, '/', (size_t)(end - *path));
    const char *stop = slash == NULL ? end : slash;

    if (match->count == ROUTE_PARAMETERS_MAX || (!rest && stop == *path))
        return false;
    match->parameters[match->count].name = name;
    match->parameters[match->count].name_length = rest ? length - 3 : length;
    match->parameters[match->count].text = *path;
    match->parameters[match->count].length = (size_t)(stop - *path);
    match->count++;
    *path = stop;
    *row = close + 1;
    return true;
}

/* Does the path fit the one of a row? */
static bool path_matches(const char *row, const char *path, size_t length,
                         struct path_match *match)
{
    const char *end = path + length;

    match->count = 0;
    while (*row != '\0') {
        if (*row == '{') {
            if (!take_parameter(&row, &path, end, match))
                return false;
        } else if (path < end && *row == *path) {
            row++;
            path++;
        } else {
            return false;
        }
    }
    return path == end;
}

static size_t literal_length(const char *path)
{
    return strcspn(path, "{");
}

/* Every brace is closed, what it holds fills a segment, and "..." ends the path. */
static bool is_sound(const char *path)
{
    unsigned count = 0;

    if (path[0] != '/')
        return false;
    for (const char *open = strchr(path, '{'); open != NULL; open = strchr(open, '{')) {
        const char *close = strchr(open, '}');
        if (close == NULL || close == open + 1 || open[-1] != '/')
            return false;
        bool rest = close - open > 4 && memcmp(close - 3, "...", 3) == 0;
        if (rest ? close[1] != '\0' : close[1] != '\0' && close[1] != '/')
            return false;
        count++;
        open = close;
    }
    return count <= ROUTE_PARAMETERS_MAX;
}

/* More is said by a longer beginning, by one segment than by the rest, and by more octets
 * altogether. */
static int compare_places(const void *a, const void *b)
{
    const char *left = ((const struct place *)a)->path;
    const char *right = ((const struct place *)b)->path;
    size_t left_literal = literal_length(left);
    size_t right_literal = literal_length(right);
    bool left_rest = strstr(left, "...}") != NULL;
    bool right_rest = strstr(right, "...}") != NULL;
    bool left_template = left[left_literal] != '\0';
    bool right_template = right[right_literal] != '\0';

    if (left_template != right_template)
        return left_template ? -1 : 1;
    if (left_literal != right_literal)
        return left_literal > right_literal ? -1 : 1;
    if (left_rest != right_rest)
        return right_rest ? -1 : 1;
    if (strlen(left) != strlen(right))
        return strlen(left) > strlen(right) ? -1 : 1;
    return strcmp(left, right);
}

static struct place *place_of(struct router *router, const char *path)
{
    for (size_t i = 0; i < router->place_count; i++)
        if (strcmp(router->places[i].path, path) == 0)
            return &router->places[i];
    struct place *place = &router->places[router->place_count++];
    *place = (struct place){ .path = path };
    return place;
}

static enum rollcall_status add_row(struct router *router, const struct route *route,
                                    const struct http_table *table,
                                    struct http_route_counts *counts, struct reason *why)
{
    if (!is_sound(route->path) || route->method >= HTTP_METHODS || route->run == NULL) {
        reason_set(why, "the route %s is not well formed", route->path);
        return ROLLCALL_E_INVALID;
    }
    struct routed *routed = &place_of(router, route->path)->by_method[route->method];
    if (routed->route != NULL) {
        reason_set(why, "the route %s %s is there twice", http_method_word(route->method),
                   route->path);
        return ROLLCALL_E_INVALID;
    }
    *routed = (struct routed){ .route = route, .table = table, .counts = counts };
    return ROLLCALL_OK;
}

static void write_allow(struct place *place)
{
    strcpy(place->allow, "OPTIONS");
    for (size_t i = 0; i < HTTP_METHODS; i++)
        if (place->by_method[i].route != NULL) {
            strcat(place->allow, ",");
            strcat(place->allow, method_words[i]);
        }
}

/* Places have settled: order them, and hash those without parameters. */
static enum rollcall_status finish(struct router *router)
{
    qsort(router->places, router->place_count, sizeof *router->places, compare_places);
    for (size_t i = 0; i < router->place_count; i++) {
        struct place *place = &router->places[i];
        write_allow(place);
        if (strchr(place->path, '{') != NULL) {
            router->template_count = i + 1;
            continue;
        }
        if (table_set(&router->literal, place->path, strlen(place->path), place) !=
            ROLLCALL_OK)
            return ROLLCALL_E_NOMEM;
    }
    return ROLLCALL_OK;
}

enum rollcall_status router_build(const struct http_table *tables, size_t table_count,
                                  struct http_route_counts *const *counts,
                                  struct router *out, struct reason *why)
{
    enum rollcall_status status = ROLLCALL_OK;
    size_t rows = 1;

    *out = (struct router){ 0 };
    table_init(&out->literal);
    for (size_t t = 0; t < table_count; t++)
        for (const struct route *route = tables[t].routes; route->path != NULL; route++)
            rows++;
    out->places = calloc(rows, sizeof *out->places);
    if (out->places == NULL)
        return ROLLCALL_E_NOMEM;
    for (size_t t = 0; t < table_count; t++)
        for (size_t i = 0; tables[t].routes[i].path != NULL; i++) {
            status = add_row(out, &tables[t].routes[i], &tables[t], &counts[t][i], why);
            if (status != ROLLCALL_OK)
                return status;
        }
    return finish(out);
}

void router_deinit(struct router *router)
{
    table_deinit(&router->literal);
    free(router->places);
    *router = (struct router){ 0 };
}

const struct place *router_find(const struct router *router, enum http_method method,
                                const char *path, size_t length, struct path_match *match)
{
    const struct place *place = table_get(&router->literal, path, length);
    const struct place *other = NULL; /* has the path, and not the method */
    struct path_match found;

    match->count = 0;
    if (place != NULL)
        return place;
    for (size_t i = 0; i < router->template_count; i++) {
        place = &router->places[i];
        if (!path_matches(place->path, path, length, &found))
            continue;
        if (method < HTTP_METHODS && place->by_method[method].route != NULL) {
            *match = found;
            return place;
        }
        other = other == NULL ? place : other;
    }
    return other;
}
