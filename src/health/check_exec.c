/* A check of kind "exec": a command, run by the helper (exec/exec.h) as the user who
 * registered it. It exits with 0: passing, 1: warning, anything else: critical. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "exec/exec.h"
#include "health/check.h"
#include "health/check_rows.h"
#include "health/command_text.h"
#include "model/instance.h"

enum {
    ARGUMENTS_MAX = 64,
    ARGUMENT_MAX = 4096,
    OUTPUT_MAX = 1024, /* more than is kept of it (CHECK_OUTPUT_SHORT) */
    PHRASE_MAX = 64,   /* of an outcome, which comes before it */
    VARIABLE_MAX = 320,
    /* The command's time is over a little before the check's, so that what it had to say
     * arrives before the engine gives up. */
    MARGIN_MS = 250,
    MARGIN_PART = 10
};

/* ROLLCALL_SERVICE and the others: what a command may want to know. */
struct variables {
    char text[4][VARIABLE_MAX];
    const char *list[5];
};

static void make_variables(const struct check *check, struct variables *out)
{
    const struct rollcall_instance *is = &check->entry->instance->is;
    char address[ADDRESS_TEXT] = "";
    uint16_t port = 0;
    uint8_t protocol;

    if (is->address_count > 0)
        address_print_ip(&is->addresses[0], address, sizeof address);
    (void)instance_default_port(is, &port, &protocol);
    snprintf(out->text[0], VARIABLE_MAX, "ROLLCALL_SERVICE=%s", is->service);
    snprintf(out->text[1], VARIABLE_MAX, "ROLLCALL_ID=%s", check->entry->id);
    snprintf(out->text[2], VARIABLE_MAX, "ROLLCALL_ADDRESS=%s",
             is->address_count > 0 ? address : is->host);
    snprintf(out->text[3], VARIABLE_MAX, "ROLLCALL_PORT=%u", (unsigned)port);
    for (int i = 0; i < 4; i++)
        out->list[i] = out->text[i];
    out->list[4] = NULL;
}

/* What the end of the process means for the instance. */
static enum check_outcome outcome_of(const struct exec_result *result)
{
    switch (result->end) {
    case EXEC_EXITED:
        return result->code == 0   ? OUTCOME_PASSED
               : result->code == 1 ? OUTCOME_EXIT_WARNING
                                   : OUTCOME_EXIT_CRITICAL;
    case EXEC_SIGNALLED:
        return OUTCOME_KILLED;
    case EXEC_TIMED_OUT:
        return OUTCOME_TIMED_OUT;
    case EXEC_NOT_FOUND:
        return OUTCOME_NO_COMMAND;
    case EXEC_NOT_EXECUTABLE:
        return OUTCOME_NOT_EXECUTABLE;
    case EXEC_NOT_STARTED:
        return exec_is_shortage(result->code) ? OUTCOME_NO_RESOURCES : OUTCOME_CANNOT_ASK;
    case EXEC_ROOT:
    case EXEC_WRITABLE:
        return OUTCOME_CANNOT_ASK;
    case EXEC_LOST:
    case EXEC_END_COUNT:
        break;
    }
    return OUTCOME_NO_RESOURCES;
}

static void on_done(void *owner, const struct exec_result *result)
{
    struct check *check = owner;
    enum check_outcome outcome = outcome_of(result);
    char ending[160] = "";
    char detail[CHECK_OUTPUT_SHORT - PHRASE_MAX];

    check->run = NULL;
    if (outcome != OUTCOME_PASSED)
        exec_print(result, ending, sizeof ending);
    command_text(ending, result->output_length > 0 ? result->output : "",
                 result->output_length, result->cut, detail, sizeof detail);
    check_finish(check, outcome, detail[0] != '\0' ? detail : NULL);
}

static void collect_arguments(const struct rollcall_check *spec,
                              const char *out[ARGUMENTS_MAX + 1])
{
    unsigned count = 0;

    while (count < ARGUMENTS_MAX &&
           (out[count] = check_option(spec, "command", count)) != NULL)
        count++;
    out[count] = NULL;
}

static uint32_t patience(uint32_t timeout_ms)
{
    uint32_t margin = timeout_ms / MARGIN_PART;

    margin = margin < MARGIN_MS ? margin : MARGIN_MS;
    return timeout_ms > margin + 1 ? timeout_ms - margin : 1;
}

static void exec_check_start(struct check *check)
{
    const char *arguments[ARGUMENTS_MAX + 1];
    struct variables variables;
    struct reason why = REASON_NONE;
    struct exec_job *job = NULL;

    if (check_commands(check) == NULL) {
        check_finish(check, OUTCOME_CANNOT_ASK,
                     "commands are off (health.exec.enabled says false)");
        return;
    }
    make_variables(check, &variables);
    collect_arguments(check->spec, arguments);
    const struct exec_request request = { .arguments = arguments,
                                          .environment = variables.list,
                                          .uid = check->entry->owner,
                                          .timeout_ms = patience(check->spec->timeout_ms),
                                          .output_max = OUTPUT_MAX };
    enum rollcall_status status =
        exec_start(check_commands(check), &request, on_done, check, &job, &why);
    check->run = job;
    if (status != ROLLCALL_OK)
        check_finish(check,
                     status == ROLLCALL_E_INVALID ? OUTCOME_CANNOT_ASK
                                                  : OUTCOME_NO_RESOURCES,
                     reason_text(&why, "out of memory"));
}

static void exec_check_cancel(struct check *check)
{
    assert(check->run != NULL);
    exec_cancel(check->run);
    check->run = NULL;
}

static enum rollcall_status exec_validate(const struct rollcall_check *check,
                                          const struct rollcall_instance *instance,
                                          struct reason *why)
{
    const char *path = check_option(check, "command", 0);

    (void)instance;
    if (path == NULL) {
        reason_field(why, "command",
                     "command is missing; give the program and its arguments as a list, "
                     "like [\"/usr/lib/checks/disk\", \"--free\", \"10%%\"]");
        return ROLLCALL_E_MISSING_FIELD;
    }
    if (path[0] != '/') {
        reason_field(why, "command",
                     "\"%.200s\" is not an absolute path; there is no shell that would "
                     "look for it, so give the whole path of the program",
                     path);
        return ROLLCALL_E_INVALID;
    }
    if (check_option(check, "command", ARGUMENTS_MAX) != NULL) {
        reason_field(why, "command", "command has more than %d arguments", ARGUMENTS_MAX);
        return ROLLCALL_E_INVALID;
    }
    return ROLLCALL_OK;
}

static bool root_may_have(const struct check_asker *asker, const char *path)
{
    for (uint32_t i = 0; i < asker->as_root_count; i++)
        if (strcmp(asker->as_root[i], path) == 0)
            return true;
    return false;
}

static enum rollcall_status exec_admit(const struct rollcall_check *check,
                                       const struct check_asker *asker,
                                       struct reason *why)
{
    const char *path = check_option(check, "command", 0);
    struct reason inner = REASON_NONE;

    if (!asker->commands)
        reason_field(why, "kind",
                     "checks of kind exec are off here; the configuration turns them on: "
                     "health: {exec: {enabled: true}}");
    else if (!asker->local)
        reason_field(why, "kind",
                     "checks of kind exec can be registered by the Unix socket only");
    else if (asker->uid == 0 && !root_may_have(asker, path != NULL ? path : ""))
        reason_field(why, "command",
                     "it would run as root, and health.exec.root_commands does not name "
                     "\"%.200s\"; name it there, or register as another user",
                     path != NULL ? path : "");
    else if (exec_may_run_as(asker->uid, &inner) != ROLLCALL_OK)
        reason_field(why, "kind", "%s", inner.text);
    else
        return ROLLCALL_OK;
    return ROLLCALL_E_UNAUTHORIZED;
}

static const struct check_field exec_fields[] = {
    { "command", CHECK_FIELD_LIST, 0, ARGUMENT_MAX, NULL,
      "Program (its whole path) and arguments; no shell is involved. It exits with 0 for "
      "passing, 1 for warning, anything else for critical." },
    { 0 },
};

const struct check_kind check_exec = {
    .schema = { .kind = "exec",
                .summary =
                    "a command exits with 0 (1: warning), run as who registered it",
                .fields = exec_fields,
                .default_failure_threshold = 3,
                .validate = exec_validate,
                .admit = exec_admit },
    .start = exec_check_start,
    .cancel = exec_check_cancel,
};
