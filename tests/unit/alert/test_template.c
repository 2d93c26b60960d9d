/* What messages say, against what they must say to the letter. */
#include "facts.h"

#include "alert/template.h"

static char *written(enum config_template form, struct fact **facts, uint32_t count,
                     size_t most)
{
    struct config_receiver receiver = { .name = (char *)"ops" };
    struct fact **copy = calloc(count, sizeof *copy);
    struct buffer out;

    for (uint32_t i = 0; i < count; i++)
        copy[i] = fact_ref(facts[i]);
    struct message *message = message_create(&receiver, copy, count, WALL);
    const struct template_view view = {
        .node = "n1", .message = message, .wall = WALL, .repeat_ms = 3600000, .most = most
    };
    buffer_init(&out, 1 << 22);
    template_write(form, &view, &out);
    assert_false(out.failed);
    char *text = strndup(out.data, out.length);
    buffer_deinit(&out);
    message_destroy(message);
    return text;
}

/* One that fires and one that has ended. */
static char *two(enum config_template form)
{
    struct fact values = seen(ALERT_CRITICAL, "web", "w<1>");
    values.output = "said \"no\" & left";
    struct fact *first = fact_create(&values);
    struct fact *second = made(ALERT_WARNING, "db", "d1");
    struct fact *end = fact_end(second, "check", WALL + 60000);
    char *text = written(form, (struct fact *[]){ first, end }, 2, 1 << 20);

    fact_unref(first);
    fact_unref(second);
    fact_unref(end);
    return text;
}

static void says(enum config_template form, const char *expected)
{
    char *text = two(form);

    assert_string_equal(text, expected);
    free(text);
}

static void json_says_everything(void **state)
{
    (void)state;
    says(CONFIG_TEMPLATE_JSON,
         "{\"node\":\"n1\",\"receiver\":\"ops\",\"sent\":\"2026-03-04T05:26:07.089Z\","
         "\"test\":false,\"total\":2,\"alerts\":["
         "{\"status\":\"firing\",\"rule\":\"down\",\"state\":\"critical\","
         "\"summary\":\"w<1> (web) is critical\",\"namespace\":\"default\","
         "\"service\":\"web\",\"id\":\"w<1>\",\"address\":\"10.0.0.1:80\","
         "\"tags\":[\"blue\",\"v2\"],\"cause\":\"check\","
         "\"output\":\"said \\\"no\\\" & left\",\"since\":\"2026-03-04T05:26:07.089Z\"},"
         "{\"status\":\"resolved\",\"rule\":\"down\",\"state\":\"warning\","
         "\"summary\":\"d1 (db) is not in warning any more\",\"namespace\":\"default\","
         "\"service\":\"db\",\"id\":\"d1\",\"address\":\"10.0.0.1:80\","
         "\"tags\":[\"blue\",\"v2\"],\"cause\":\"check\",\"output\":\"connection "
         "refused\",\"since\":\"2026-03-04T05:26:07.089Z\","
         "\"until\":\"2026-03-04T05:27:07.089Z\"}],\"omitted\":0}");
}

static void slack_gets_lines_for_people(void **state)
{
    (void)state;
    says(CONFIG_TEMPLATE_SLACK,
         "{\"text\":\"*1 alert*, 1 resolved on n1\\n"
         ":red_circle: w&lt;1&gt; (web) is critical: said \\\"no\\\" &amp; left\\n"
         ":white_check_mark: d1 (db) is not in warning any more\"}");
}

static void alertmanager_gets_labels_that_do_not_change(void **state)
{
    (void)state;
    says(CONFIG_TEMPLATE_ALERTMANAGER,
         "[{\"labels\":{\"alertname\":\"down\",\"state\":\"critical\","
         "\"namespace\":\"default\",\"service\":\"web\",\"instance\":\"w<1>\","
         "\"node\":\"n1\"},\"annotations\":{\"summary\":\"w<1> (web) is critical\","
         "\"address\":\"10.0.0.1:80\",\"cause\":\"check\","
         "\"output\":\"said \\\"no\\\" & left\"},"
         "\"startsAt\":\"2026-03-04T05:26:07.089Z\","
         "\"endsAt\":\"2026-03-04T07:26:07.089Z\"},"
         "{\"labels\":{\"alertname\":\"down\",\"state\":\"warning\","
         "\"namespace\":\"default\",\"service\":\"db\",\"instance\":\"d1\","
         "\"node\":\"n1\"},\"annotations\":{\"summary\":\"d1 (db) is not in warning any "
         "more\",\"address\":\"10.0.0.1:80\",\"cause\":\"check\",\"output\":\"connection "
         "refused\"},\"startsAt\":\"2026-03-04T05:26:07.089Z\","
         "\"endsAt\":\"2026-03-04T05:27:07.089Z\"}]");
}

/* Alertmanager refuses a whole request for one alert that ends before it begins. */
static void an_end_before_the_begin_is_moved_to_it(void **state)
{
    struct fact *first = made(ALERT_CRITICAL, "web", "w1");
    struct fact *end = fact_end(first, "check", WALL - 60000);
    char *text = written(CONFIG_TEMPLATE_ALERTMANAGER, &end, 1, 1 << 20);

    (void)state;
    assert_non_null(strstr(text, "\"endsAt\":\"2026-03-04T05:26:07.089Z\""));
    free(text);
    fact_unref(first);
    fact_unref(end);
}

static void an_alert_from_before_the_clock_was_set_back_ends_after_it_began(void **state)
{
    struct fact values = seen(ALERT_CRITICAL, "web", "w1");
    values.starts = WALL + 86400000;
    struct fact *fact = fact_create(&values);
    char *text = written(CONFIG_TEMPLATE_ALERTMANAGER, &fact, 1, 1 << 20);

    (void)state;
    assert_non_null(strstr(text, "\"endsAt\":\"2026-03-05T07:26:07.089Z\""));
    free(text);
    fact_unref(fact);
}

static struct fact **many(uint32_t count)
{
    struct fact **facts = calloc(count, sizeof *facts);
    char id[16];

    for (uint32_t i = 0; i < count; i++) {
        snprintf(id, sizeof id, "w%u", i);
        facts[i] = made(ALERT_CRITICAL, "web", id);
    }
    return facts;
}

static void forget(struct fact **facts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fact_unref(facts[i]);
    free(facts);
}

static void what_does_not_fit_is_left_out_and_counted(void **state)
{
    (void)state;
    struct fact **facts = many(1000);
    char *text = written(CONFIG_TEMPLATE_JSON, facts, 1000, 10000);

    assert_true(strlen(text) <= 10000);
    assert_non_null(strstr(text, "\"total\":1000"));
    assert_null(strstr(text, "\"omitted\":0"));
    assert_string_equal(text + strlen(text) - 1, "}");
    free(text);
    text = written(CONFIG_TEMPLATE_ALERTMANAGER, facts, 1000, 10000);
    assert_true(strlen(text) <= 10000);
    assert_string_equal(text + strlen(text) - 2, "}]");
    free(text);
    text = written(CONFIG_TEMPLATE_SLACK, facts, 1000, 1 << 20);
    assert_non_null(strstr(text, "*1000 alerts*"));
    assert_non_null(strstr(text, "and 985 more\"}"));
    free(text);
    forget(facts, 1000);
}

static void a_whole_service_and_the_daemon_have_words_too(void **state)
{
    (void)state;
    struct fact panic = seen(ALERT_PANIC, "web", NULL);
    struct fact doubt = seen(ALERT_DOUBT, NULL, NULL);
    doubt.namespace_name = NULL;
    struct fact *facts[] = { fact_create(&panic), fact_create(&doubt) };
    char *text = written(CONFIG_TEMPLATE_SLACK, facts, 2, 1 << 20);

    assert_non_null(strstr(text, "web has too few healthy instances"));
    assert_non_null(strstr(text, "rollcalld doubts its own checks"));
    free(text);
    fact_unref(facts[0]);
    fact_unref(facts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_says_everything),
        cmocka_unit_test(slack_gets_lines_for_people),
        cmocka_unit_test(alertmanager_gets_labels_that_do_not_change),
        cmocka_unit_test(an_end_before_the_begin_is_moved_to_it),
        cmocka_unit_test(an_alert_from_before_the_clock_was_set_back_ends_after_it_began),
        cmocka_unit_test(what_does_not_fit_is_left_out_and_counted),
        cmocka_unit_test(a_whole_service_and_the_daemon_have_words_too),
    };
    return cmocka_run_group_tests_name("alert/template", tests, NULL, NULL);
}
