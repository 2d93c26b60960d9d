/* Content negotiation between the two formats (RFC 9110 §12.5.1). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/metrics.h"

#define OPENMETRICS "application/openmetrics-text"

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static bool is_range(const char *at, size_t length, const char *range)
{
    return strlen(range) == length && strncasecmp(at, range, length) == 0;
}

/* What a parameter says: "q=0.5" of a range's ";...", up to `end`. */
static const char *parameter(const char *at, const char *end, const char *name)
{
    while (at < end && *at == ';') {
        at = skip_blanks(at + 1);
        size_t length = strcspn(at, "=;,");
        if (is_range(at, length, name) && at[length] == '=')
            return at + length + 1;
        at += strcspn(at, ";,");
    }
    return NULL;
}

static bool is_version_we_write(const char *version)
{
    if (version == NULL)
        return true;
    version += *version == '"';
    return strncmp(version, "1.0", 3) == 0;
}

bool metrics_accept(const char *accept)
{
    double open = 0, text = 0;

    for (const char *at = accept == NULL ? "" : accept;
         *(at = skip_blanks(at)) != '\0';) {
        const char *end = at + strcspn(at, ",");
        size_t length = strcspn(at, ";, \t");
        const char *rest = skip_blanks(at + length);
        const char *weight = parameter(rest, end, "q");
        double q = weight == NULL ? 1 : strtod(weight, NULL);
        if (is_range(at, length, OPENMETRICS) &&
            is_version_we_write(parameter(rest, end, "version")))
            open = q > open ? q : open;
        else if (is_range(at, length, "text/plain") || is_range(at, length, "text/*"))
            text = q > text ? q : text;
        at = *end == ',' ? end + 1 : end;
    }
    return open > 0 && open >= text;
}
