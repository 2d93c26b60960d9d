#include "config/fault.h"

#include <stdarg.h>

/* A file in another language makes a fault a line; nobody reads past the first dozens. */
#define FAULTS_SHOWN 100

static void place_print(const struct place *place, char *out, size_t size)
{
    if (place->line > 0)
        snprintf(out, size, "%s:%u:%u", place->source, place->line, place->column);
    else
        snprintf(out, size, "%s", place->source);
}

void fault_add(struct faults *faults, const struct place *place, const char *key,
               const char *format, ...)
{
    char where[256];
    char what[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    place_print(place, where, sizeof where);

    const char *colon = key[0] == '\0' ? "" : ": ";
    faults->count++;
    if (faults->count == 1)
        reason_field(faults->why, key, "%s: %s%s%s", where, key, colon, what);
    if (faults->out == NULL || faults->count > FAULTS_SHOWN)
        return;
    fprintf(faults->out, "%s: %s%s%s\n", where, key, colon, what);
    if (faults->count == FAULTS_SHOWN)
        fprintf(faults->out, "%s: there are more faults than these %d\n", place->source,
                FAULTS_SHOWN);
}

enum rollcall_status faults_status(const struct faults *faults)
{
    if (faults->out_of_memory)
        return ROLLCALL_E_NOMEM;
    return faults->count > 0 ? ROLLCALL_E_CONFIG : ROLLCALL_OK;
}
