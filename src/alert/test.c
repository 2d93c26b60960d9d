/* alert/test.c - a message that says it is a test, sent now. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/internal.h"

static const struct config_receiver *find(const struct config_alerts *alerts,
                                          const char *name)
{
    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        if (strcmp(alerts->receivers[i].name, name) == 0)
            return &alerts->receivers[i];
    return NULL;
}

static void refuse_name(const struct config_alerts *alerts, const char *name,
                        struct reason *why)
{
    struct buffer known;

    buffer_init(&known, 200);
    for (uint32_t i = 0; i < alerts->receiver_count; i++)
        buffer_format(&known, "%s%s", i > 0 ? ", " : "", alerts->receivers[i].name);
    reason_field(why, PROTO_RECEIVER,
                 "receiver: there is no \"%.64s\" in alerts.receivers; there is: %s",
                 name, known.data == NULL ? "none" : known.data);
    buffer_deinit(&known);
}

static struct message *test_message(const struct config_receiver *receiver, int64_t wall)
{
    const struct fact fact = {
        .state = ALERT_CRITICAL,
        .starts = wall,
        .rule = "rollcall alert test",
        .namespace_name = "default",
        .service = "rollcall-test",
        .id = "rollcall-test",
        .cause = "test",
        .output = "this is a test, nothing is wrong",
    };
    struct fact **facts = calloc(1, sizeof *facts);

    if (facts == NULL || (facts[0] = fact_create(&fact)) == NULL) {
        free(facts);
        return NULL;
    }
    return message_create(receiver, facts, 1, wall);
}

static void drop(struct test *test)
{
    list_remove(&test->among);
    test->alert->test_count--;
    free(test);
}

static void on_end(void *owner, const struct post_result *result)
{
    struct test *test = owner;
    alert_tested done = test->done;
    void *context = test->context;

    drop(test);
    done(context, result->end == POST_DELIVERED, result->phrase);
}

static enum rollcall_status begin(struct alert *alert,
                                  const struct config_receiver *receiver, int64_t wall,
                                  alert_tested done, void *context, struct reason *why)
{
    struct test *test = calloc(1, sizeof *test);
    struct message *message = test_message(receiver, wall);
    enum rollcall_status status = ROLLCALL_E_NOMEM;

    if (test == NULL || message == NULL) {
        free(test);
        message_destroy(message);
        return status;
    }
    test->alert = alert;
    test->done = done;
    test->context = context;
    list_append(&alert->tests, &test->among);
    alert->test_count++;
    status = alert_post(alert, message, true, on_end, test, &test->post, why);
    if (status != ROLLCALL_OK)
        drop(test);
    message_destroy(message);
    return status;
}

enum rollcall_status alert_test(struct alert *alert, const char *receiver,
                                const struct requester *who, int64_t wall,
                                alert_tested done, void *context, struct reason *why)
{
    const struct config_alerts *alerts = &alert->settings.config->alerts;
    const struct config_receiver *found = find(alerts, receiver);

    if (!who->privileged) {
        reason_set(why, "only root and the user of rollcalld may send tests");
        return ROLLCALL_E_UNAUTHORIZED;
    }
    if (found == NULL) {
        refuse_name(alerts, receiver, why);
        return ROLLCALL_E_NOTFOUND;
    }
    if (alert->test_count >= TESTS_MAX) {
        reason_set(why, "%d tests are under way already", TESTS_MAX);
        return ROLLCALL_E_LIMIT;
    }
    return begin(alert, found, wall, done, context, why);
}

void alert_cancel_tests(struct alert *alert)
{
    list_for_each_safe (at, keep, &alert->tests) {
        struct test *test = list_entry(at, struct test, among);
        post_cancel(test->post);
        test->done(test->context, false, "was not waited for: rollcalld stops");
        drop(test);
    }
}
