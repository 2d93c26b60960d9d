#include "alert/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/template.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "loop/curl_bridge.h"
#include "loop/ticker.h"

enum {
    KEY_MAX = 24,
    RECORD_MAX = 8 * 1024 * 1024,
    /* Beyond the group's wait: the record of an alarm comes after that of its message. */
    LINGER_MS = 1000,
    /* A clock that was set may make silences end sooner than the timer knows. */
    SILENCE_LOOK_MS = 60 * 1000
};

#define ROW(member, ...) COUNTER(struct alert_counts, member, __VA_ARGS__)
#define OUT(member, text, ...)                                                           \
    {                                                                                    \
        .name = #member, .help = text,                                                   \
        .offset = offsetof(struct alert_counts, outbox.member), __VA_ARGS__              \
    }

static const struct counter_row rows[] = {
    ROW(pending, "Alerts that wait for their time (for) now.", IS_GAUGE),
    ROW(firing, "Alerts that fire now, silenced ones included.", IS_GAUGE),
    ROW(silenced, "Alerts that were not told because of a silence."),
    ROW(overflowed, "Alerts beyond alerts.max_alarms."),
    OUT(grouped, "Alerts that replaced one about the same thing in their message."),
    OUT(messages, "Messages made."),
    OUT(delivered, "Messages delivered."),
    OUT(retries, "Attempts that failed and are made again."),
    OUT(refused, "Messages that their receiver will never take."),
    OUT(given_up, "Messages that nobody took for alerts.retry_for."),
    OUT(dropped, "Alerts dropped because too many waited (alerts.queue)."),
    OUT(queued, "Alerts in messages that are not delivered now.", IS_GAUGE),
    COUNTER_END,
};
#undef ROW
#undef OUT

const struct counter_group alert_counter_group = { .area = "alert", .rows = rows };

/* ---- what the parts ask for ------------------------------------------------------ */

static bool on_tell(void *owner, const struct rule *rule, struct fact *fact, int64_t now)
{
    struct alert *alert = owner;
    int64_t wall = clock_wall_ms();
    struct silence *silence =
        fact->resolved ? NULL : silences_cover(&alert->silences, fact, wall);

    if (silence != NULL) {
        silence->silenced++;
        counter_add(&alert->counts.silenced, 1);
        return false;
    }
    outbox_add(&alert->outbox, rule->receivers, fact, now, wall);
    return true;
}

static void on_save_alarm(void *owner, const char *key, const struct fact *fact)
{
    struct alert *alert = owner;
    struct buffer bytes;

    buffer_init(&bytes, RECORD_MAX);
    if (fact != NULL)
        fact_pack(fact, &bytes);
    keeper_save(alert->settings.store, KEEPER_AREA_ALARM, key,
                fact == NULL ? NULL : &bytes, NULL, NULL);
    buffer_deinit(&bytes);
}

static void message_key(uint64_t number, char out[KEY_MAX])
{
    snprintf(out, KEY_MAX, "%016" PRIx64, number);
}

static void on_save_message(void *owner, const struct message *message)
{
    struct alert *alert = owner;
    struct buffer bytes;
    char key[KEY_MAX];

    message_key(message->number, key);
    buffer_init(&bytes, RECORD_MAX);
    message_pack(message, &bytes);
    keeper_save(alert->settings.store, KEEPER_AREA_MESSAGE, key, &bytes, NULL, NULL);
    buffer_deinit(&bytes);
}

static void on_forget_message(void *owner, uint64_t number)
{
    struct alert *alert = owner;
    char key[KEY_MAX];

    message_key(number, key);
    keeper_save(alert->settings.store, KEEPER_AREA_MESSAGE, key, NULL, NULL, NULL);
}

static void on_sent(void *owner, const struct post_result *result)
{
    struct sending *sending = owner;

    sending->post = NULL;
    outbox_ended(sending->lane, result, clock_monotonic_ms(), clock_wall_ms());
    alert_rearm(sending->alert);
}

enum rollcall_status alert_post(struct alert *alert, const struct message *message,
                                bool is_test,
                                void (*on_end)(void *owner,
                                               const struct post_result *result),
                                void *owner, struct post **out, struct reason *why)
{
    const struct config_receiver *receiver = message->receiver;
    const struct template_view view = {
        .node = alert->settings.config->node,
        .message = message,
        .wall = clock_wall_ms(),
        .repeat_ms = alert->repeat_ms,
        .is_test = is_test,
        .most = post_kind_of(receiver)->most,
    };
    struct buffer body;
    enum rollcall_status status = ROLLCALL_OK;

    if (alert->bridge == NULL)
        status = curl_bridge_open(alert->loop, &alert->bridge);
    if (status != ROLLCALL_OK)
        return status;
    alert->poster = (struct poster){ alert->bridge, alert->settings.exec };
    buffer_init(&body, view.most + RECORD_MAX / 8);
    template_write(receiver->kind == CONFIG_RECEIVER_EXEC ? CONFIG_TEMPLATE_JSON
                                                          : receiver->body,
                   &view, &body);
    status = body.failed ? ROLLCALL_E_NOMEM
                         : post_start(&alert->poster, receiver, body.data, body.length,
                                      on_end, owner, out, why);
    buffer_deinit(&body);
    return status;
}

static enum rollcall_status on_send(void *owner, struct lane *lane,
                                    const struct message *message, struct reason *why)
{
    struct alert *alert = owner;
    struct sending *sending = &alert->sendings[lane - alert->outbox.lanes];

    return alert_post(alert, message, false, on_sent, sending, &sending->post, why);
}

/* ---- time ------------------------------------------------------------------------ */

static void count_alarms(struct alert *alert)
{
    counter_set(&alert->counts.pending, alert->alarms.in_phase[ALARM_PENDING]);
    counter_set(&alert->counts.firing, alert->alarms.in_phase[ALARM_FIRING]);
    if (alert->alarms.refused > counter_read(&alert->counts.overflowed))
        log_limited(&alert->full, clock_monotonic_ms(), LOG_LEVEL_ERROR, "alert",
                    "more than %" PRIu32
                    " alerts at once (alerts.max_alarms): what comes "
                    "on top is not told",
                    alert->settings.config->alerts.max_alarms);
    counter_set(&alert->counts.overflowed, alert->alarms.refused);
}

static void on_due(void *owner, int64_t now)
{
    struct alert *alert = owner;
    int64_t wall = clock_wall_ms();

    alert_end_silences(alert, now, wall);
    alarms_run_due(&alert->alarms, now);
    outbox_run_due(&alert->outbox, now, wall);
    alert_rearm(alert);
}

/* The earliest of what waits. What a lane has to send is found by running it. */
static int64_t next_due(const struct alert *alert, int64_t now, int64_t wall)
{
    int64_t next = alarms_next_due(&alert->alarms);
    int64_t end = silences_next_end(&alert->silences);
    int64_t out = outbox_next_due(&alert->outbox);

    if (end != INT64_MAX) {
        int64_t wait = end - wall < SILENCE_LOOK_MS ? end - wall : SILENCE_LOOK_MS;
        next = now + wait < next ? now + wait : next;
    }
    return out < next ? out : next;
}

void alert_rearm(struct alert *alert)
{
    count_alarms(alert);
    if (!alert->started || alert->stopped)
        return;
    ticker_set(alert->ticker, next_due(alert, clock_monotonic_ms(), clock_wall_ms()));
}

/* ---- records --------------------------------------------------------------------- */

static void take_alarm(void *owner, const char *key, const uint8_t *bytes,
                       uint32_t length)
{
    struct alert *alert = owner;
    struct byte_reader in = { bytes, bytes + length, false };
    struct fact *fact = fact_unpack(&in);

    if (fact == NULL || !alarms_load(&alert->alarms, fact, clock_monotonic_ms()))
        on_save_alarm(alert, key, NULL);
    fact_unref(fact);
}

static void take_message(void *owner, const char *key, const uint8_t *bytes,
                         uint32_t length)
{
    struct alert *alert = owner;
    struct byte_reader in = { bytes, bytes + length, false };
    uint64_t number = strtoull(key, NULL, 16);
    struct message *message =
        message_unpack(&alert->settings.config->alerts, number, &in);

    if (message != NULL) {
        outbox_load(&alert->outbox, message);
        return;
    }
    log_warning("alert", "a message of before the restart is dropped: its receiver is "
                         "not in the configuration any more");
    keeper_save(alert->settings.store, KEEPER_AREA_MESSAGE, key, NULL, NULL, NULL);
}

static void take_silence(void *owner, const char *key, const uint8_t *bytes,
                         uint32_t length)
{
    struct alert *alert = owner;
    struct byte_reader in = { bytes, bytes + length, false };

    if (!alert_load_silence(alert, key, &in))
        log_warning("alert", "a silence in the database cannot be read and is dropped");
}

static enum rollcall_status load(struct alert *alert, struct reason *why)
{
    static const struct {
        const char *area;
        void (*take)(void *owner, const char *key, const uint8_t *bytes, uint32_t length);
    } areas[] = {
        { KEEPER_AREA_SILENCE, take_silence },
        { KEEPER_AREA_MESSAGE, take_message },
        { KEEPER_AREA_ALARM, take_alarm },
    };
    struct store *store = alert->settings.store;
    enum rollcall_status status = ROLLCALL_OK;

    if (store->load_records == NULL)
        return ROLLCALL_OK;
    for (size_t i = 0; i < sizeof areas / sizeof *areas && status == ROLLCALL_OK; i++)
        status = store->load_records(store, areas[i].area, areas[i].take, alert, why);
    return status;
}

/* ---- life ------------------------------------------------------------------------ */

/* The longest time after which a rule says a thing again; 0 where one never does. */
static int64_t longest_repeat(const struct config_alerts *alerts)
{
    uint64_t longest = 0;

    for (uint32_t i = 0; i < alerts->rule_count; i++) {
        if (alerts->rules[i].repeat_ms == 0)
            return 0;
        if (alerts->rules[i].repeat_ms > longest)
            longest = alerts->rules[i].repeat_ms;
    }
    return (int64_t)longest;
}

static enum rollcall_status make_rules(struct alert *alert)
{
    const struct config_alerts *alerts = &alert->settings.config->alerts;

    alert->rules = calloc(alerts->rule_count + 1, sizeof *alert->rules);
    alert->sendings = calloc(alerts->receiver_count + 1, sizeof *alert->sendings);
    if (alert->rules == NULL || alert->sendings == NULL)
        return ROLLCALL_E_NOMEM;
    for (uint32_t i = 0; i < alerts->rule_count; i++)
        alert->rules[i] = rule_of(alerts, &alerts->rules[i]);
    alert->repeat_ms = longest_repeat(alerts);
    return ROLLCALL_OK;
}

static enum rollcall_status make_parts(struct alert *alert)
{
    const struct config_alerts *alerts = &alert->settings.config->alerts;
    const struct outbox_settings outbox = { .alerts = alerts,
                                            .counts = &alert->counts.outbox,
                                            .send = on_send,
                                            .save = on_save_message,
                                            .forget = on_forget_message,
                                            .owner = alert,
                                            .seed = random_seed() };
    enum rollcall_status status = make_rules(alert);

    if (status != ROLLCALL_OK)
        return status;
    alert->alarms.settings = (struct alarms_settings){
        .rules = alert->rules,
        .rule_count = alerts->rule_count,
        .max = alerts->max_alarms,
        .linger_ms = (int64_t)alerts->group_wait_ms + LINGER_MS,
        .tell = on_tell,
        .save = on_save_alarm,
        .ready = alert_is_ready,
        .owner = alert,
    };
    status = outbox_init(&alert->outbox, &outbox);
    for (uint32_t i = 0; i < alert->outbox.lane_count; i++)
        alert->sendings[i] = (struct sending){ alert, &alert->outbox.lanes[i], NULL };
    return status;
}

/* Without rules there is nothing to hear, and nothing is paid for it. */
static void begin_to_listen(struct alert *alert)
{
    if (alert->settings.config->alerts.rule_count == 0)
        return;
    alert->listener = (struct listener){ .on_event = alert_on_event, .owner = alert };
    alert->notice_listener =
        (struct notice_listener){ .on_notice = alert_on_notice, .owner = alert };
    registry_listen(alert->registry, &alert->listener);
    registry_listen_notices(alert->registry, &alert->notice_listener);
}

enum rollcall_status alert_create(uv_loop_t *loop, struct registry *registry,
                                  const struct alert_settings *settings,
                                  struct alert **out, struct reason *why)
{
    struct alert *alert = calloc(1, sizeof *alert);

    if (alert == NULL)
        return ROLLCALL_E_NOMEM;
    alert->loop = loop;
    alert->registry = registry;
    alert->settings = *settings;
    list_init(&alert->tests);
    silences_init(&alert->silences);
    alarms_init(&alert->alarms, &(struct alarms_settings){ .max = 0 });
    alert->blocks[0] = &alert->counts;
    alert->group = alert_counter_group;
    alert->group.blocks = alert->blocks;
    alert->group.block_count = 1;
    enum rollcall_status status = make_parts(alert);
    if (status == ROLLCALL_OK)
        status = load(alert, why);
    if (status == ROLLCALL_OK)
        status = ticker_open(loop, on_due, alert, &alert->ticker);
    if (status != ROLLCALL_OK)
        goto fail;
    begin_to_listen(alert);
    *out = alert;
    return ROLLCALL_OK;

fail:
    alert_stop(alert);
    alert_destroy(alert);
    return status;
}

void alert_start(struct alert *alert)
{
    alert->started = true;
    alarms_settle(&alert->alarms, clock_monotonic_ms(), clock_wall_ms());
    ticker_set(alert->ticker, clock_monotonic_ms());
}

void alert_stop(struct alert *alert)
{
    if (alert == NULL || alert->stopped)
        return;
    alert->stopped = true;
    registry_unlisten(alert->registry, &alert->listener);
    registry_unlisten_notices(alert->registry, &alert->notice_listener);
    if (alert->started) {
        outbox_close(&alert->outbox, clock_monotonic_ms(), clock_wall_ms());
        alarms_save_all(&alert->alarms);
    }
    for (uint32_t i = 0; i < alert->outbox.lane_count; i++)
        post_cancel(alert->sendings[i].post);
    alert_cancel_tests(alert);
    curl_bridge_close(alert->bridge);
    ticker_close(alert->ticker);
}

void alert_destroy(struct alert *alert)
{
    if (alert == NULL)
        return;
    outbox_deinit(&alert->outbox);
    alarms_deinit(&alert->alarms);
    silences_deinit(&alert->silences);
    free(alert->sendings);
    free(alert->rules);
    free(alert);
}

const struct counter_group *alert_counters(const struct alert *alert)
{
    return &alert->group;
}

bool alert_next_view(const struct alert *alert, size_t *at, struct alert_view *out)
{
    const struct alarm *alarm;

    do
        alarm = alarms_next(&alert->alarms, at);
    while (alarm != NULL && alarm->phase == ALARM_ENDED);
    if (alarm == NULL)
        return false;
    const struct fact *fact = alarm->fact;
    *out = (struct alert_view){ .is = alarm->phase == ALARM_PENDING ? "pending"
                                      : alarm->told                 ? "firing"
                                                                    : "silenced",
                                .state = alert_state_word(fact->state),
                                .since = fact->starts,
                                .rule = fact->rule,
                                .namespace_name = fact->namespace_name,
                                .service = fact->service,
                                .id = fact->id,
                                .output = fact->output };
    return true;
}
