#include "base/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void reason_set(struct reason *why, const char *format, ...)
{
    va_list arguments;

    if (why == NULL)
        return;
    why->field[0] = '\0';
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
}

void reason_field(struct reason *why, const char *field, const char *format, ...)
{
    va_list arguments;

    if (why == NULL)
        return;
    snprintf(why->field, sizeof why->field, "%s", field);
    va_start(arguments, format);
    vsnprintf(why->text, sizeof why->text, format, arguments);
    va_end(arguments);
}

void reason_prefix(struct reason *why, const char *prefix)
{
    char old[sizeof why->field];

    if (why == NULL)
        return;
    memcpy(old, why->field, sizeof old);
    const char *dot = old[0] == '\0' || old[0] == '[' ? "" : ".";
    /* Two steps, each cut on its own: the prefix says more than the tail. */
    snprintf(why->field, sizeof why->field, "%s%s", prefix, dot);
    size_t length = strlen(why->field);
    snprintf(why->field + length, sizeof why->field - length, "%s", old);
}

const char *reason_text(const struct reason *why, const char *otherwise)
{
    return why != NULL && why->text[0] != '\0' ? why->text : otherwise;
}
