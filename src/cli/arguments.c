#include "cli/arguments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/command.h"

enum { WORD_MAX = 32, NAMES_MAX = 64 };

/* Letters to change, add or leave out to get from `a` to `b`; WORD_MAX: too different. */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t length = strlen(b);

    if (strlen(a) > WORD_MAX || length > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[length];
}

const char *arguments_nearest(const char *typed, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t best_distance = 3; /* two slips at most, or another word was meant */

    for (size_t i = 0; i < count; i++) {
        size_t this_distance = distance(typed, words[i]);
        if (this_distance < best_distance) {
            best = words[i];
            best_distance = this_distance;
        }
    }
    return best;
}

/* The row called `name` in the tables of the command or the common ones; `*target` is
 * the struct that it fills. */
static const struct argument *find(const struct invocation *invocation, const char *name,
                                   size_t length, void **target)
{
    const struct argument *const *tables = invocation->command->tables;
    const struct argument *row;

    *target = invocation->options;
    for (size_t i = 0; tables != NULL && tables[i] != NULL; i++)
        for (row = tables[i]; row->name != NULL; row++)
            if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
                return row;
    *target = (void *)(uintptr_t)invocation;
    for (row = common_arguments; row->name != NULL; row++)
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
            return row;
    return NULL;
}

static bool refuse_unknown(const struct invocation *invocation, const char *typed,
                           size_t length, struct reason *why)
{
    const struct argument *const *tables = invocation->command->tables;
    const char *names[NAMES_MAX];
    char name[WORD_MAX + 1];
    size_t count = 0;

    snprintf(name, sizeof name, "%.*s", (int)length, typed);
    for (size_t i = 0; tables != NULL && tables[i] != NULL; i++)
        for (const struct argument *row = tables[i]; row->name != NULL; row++)
            if (count < NAMES_MAX)
                names[count++] = row->name;
    for (const struct argument *row = common_arguments; row->name != NULL; row++)
        if (count < NAMES_MAX)
            names[count++] = row->name;
    const char *nearest = arguments_nearest(name, names, count);
    reason_set(why, "there is no option --%s%s%s%s", name,
               nearest != NULL ? "; did you mean --" : "", nearest != NULL ? nearest : "",
               nearest != NULL ? "?" : "");
    return false;
}

static bool take_list(struct argument_list *list, const struct argument *row,
                      const char *value, struct reason *why)
{
    if (list->count == ARGUMENT_LIST_MAX) {
        reason_set(why, "--%s may be given %d times at most", row->name,
                   ARGUMENT_LIST_MAX);
        return false;
    }
    list->items[list->count++] = value;
    return true;
}

static bool take_value(const struct argument *row, char *field, const char *value,
                       struct reason *why)
{
    struct argument_number *number = (void *)field;

    switch (row->type) {
    case ARGUMENT_FLAG:
        *(bool *)field = true;
        return true;
    case ARGUMENT_TEXT:
        memcpy(field, &value, sizeof value);
        return true;
    case ARGUMENT_LIST:
        return take_list((void *)field, row, value, why);
    case ARGUMENT_NUMBER:
        number->given =
            units_parse_u64(value, row->max > 0 ? row->max : INT64_MAX, &number->value);
        if (!number->given)
            reason_set(why, "--%s \"%s\": a number from 0 to %" PRIu64 " is needed",
                       row->name, value, row->max > 0 ? row->max : INT64_MAX);
        return number->given;
    case ARGUMENT_DURATION:
        number->given = units_parse_duration(value, &number->value);
        if (!number->given)
            reason_set(why,
                       "--%s \"%s\": a duration with its unit is needed, like 250ms, "
                       "10s or 1h30m",
                       row->name, value);
        return number->given;
    }
    return false;
}

/* One option at argv[*at]; moves *at over a value of its own. */
static bool take_option(struct invocation *invocation, int argc, char **argv, int *at,
                        struct reason *why)
{
    const char *name = argv[*at] + 2;
    size_t length = strcspn(name, "=");
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    void *target;
    const struct argument *row = find(invocation, name, length, &target);

    if (row == NULL)
        return refuse_unknown(invocation, name, length, why);
    if (row->type == ARGUMENT_FLAG && value != NULL) {
        reason_set(why, "--%s takes no value", row->name);
        return false;
    }
    if (row->type != ARGUMENT_FLAG && value == NULL) {
        if (*at + 1 == argc) {
            reason_set(why, "--%s needs a value: --%s %s", row->name, row->name,
                       row->value);
            return false;
        }
        value = argv[++*at];
    }
    return take_value(row, (char *)target + row->offset, value, why);
}

static bool check_words(const struct invocation *invocation, struct reason *why)
{
    const struct command *command = invocation->command;

    if (invocation->help)
        return true;
    if (invocation->word_count < command->min_words)
        reason_set(why, "something is missing: rollcall %s %s", command->name,
                   command->arguments);
    else if (invocation->word_count > command->max_words)
        reason_set(why, "\"%s\" is too much: rollcall %s %s",
                   invocation->words[command->max_words], command->name,
                   command->arguments);
    else if (command->takes_rest &&
             (invocation->rest == NULL || invocation->rest[0] == NULL))
        reason_set(why, "the command is missing: rollcall %s %s", command->name,
                   command->arguments);
    else
        return true;
    return false;
}

bool arguments_parse(struct invocation *invocation, int argc, char **argv,
                     struct reason *why)
{
    invocation->words = argv; /* words move to the front, over the options */
    for (int at = 0; at < argc; at++) {
        const char *text = argv[at];
        if (strcmp(text, "--") == 0) {
            if (invocation->command->takes_rest) {
                invocation->rest = argv + at + 1;
                break;
            }
            while (++at < argc)
                invocation->words[invocation->word_count++] = argv[at];
            break;
        }
        if (strcmp(text, "-h") == 0) {
            invocation->help = true;
        } else if (text[0] == '-' && text[1] == '-') {
            if (!take_option(invocation, argc, argv, &at, why))
                return false;
        } else if (text[0] == '-' && text[1] != '\0') {
            reason_set(why, "there is no option %s; options begin with two dashes", text);
            return false;
        } else {
            invocation->words[invocation->word_count++] = argv[at];
        }
    }
    return check_words(invocation, why);
}
