/* cli/command_list.c - list and show. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/standing.h"
#include "model/instance.h"

struct list_options {
    const char *namespace_name;
};

static const struct argument list_arguments[] = {
    { "namespace", "NAME", ARGUMENT_TEXT, offsetof(struct list_options, namespace_name),
      0, "Only services of this namespace." },
    { 0 },
};

static void print_services(const struct rollcall_client *client, size_t count)
{
    const char *const titles[] = { "SERVICE", "INSTANCES", "HEALTHY", "NAMESPACE",
                                   "STANDING" };
    struct rollcall_counted service;
    struct columns columns;

    columns_init(&columns, titles, 5);
    for (size_t i = 0; i < count && rollcall_service(client, i, &service); i++) {
        columns_cell(&columns, service.name);
        columns_number(&columns, service.instances);
        columns_number(&columns, service.healthy);
        columns_cell(&columns, service.namespace_name);
        columns_cell(&columns, service.standing);
    }
    columns_end(&columns, stdout);
}

static int run_list(const struct invocation *invocation)
{
    const struct list_options *options = invocation->options;
    const char *prefix = invocation->word_count > 0 ? invocation->words[0] : NULL;
    struct rollcall_error error;
    struct rollcall_client *client = session_open(invocation);
    size_t count = 0;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_list(client, options->namespace_name, prefix, &count, NULL, &error) !=
        ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (invocation->json)
        session_print_reply(client);
    else if (count == 0)
        puts("no service is registered; rollcall help register shows how");
    else
        print_services(client, count);
    rollcall_close(client);
    return code;
}

const struct command command_list = {
    .name = "list",
    .arguments = "[PREFIX] [--namespace NAME]",
    .summary = "Every service, its instances and how many are healthy.",
    .details = "",
    .example = "rollcall list we",
    .tables = (const struct argument *const[]){ list_arguments, NULL },
    .options_size = sizeof(struct list_options),
    .max_words = 1,
    .run = run_list,
};

struct show_options {
    const char *namespace_name;
    const char *tag;
    bool healthy;
};

#define FIELD(name) offsetof(struct show_options, name)
static const struct argument show_arguments[] = {
    { "namespace", "NAME", ARGUMENT_TEXT, FIELD(namespace_name), 0,
      "Its namespace; default: default." },
    { "tag", "TAG", ARGUMENT_TEXT, FIELD(tag), 0, "Only instances with this tag." },
    { "healthy", NULL, ARGUMENT_FLAG, FIELD(healthy), 0,
      "Only instances that DNS answers with." },
    { 0 },
};
#undef FIELD

/* "10.0.0.1 fd00::1" or the host name. */
static void cell_addresses(struct columns *columns, const struct rollcall_instance *is)
{
    struct buffer text;
    char one[ADDRESS_TEXT];

    buffer_init(&text, 4096);
    if (is->host != NULL)
        buffer_text(&text, is->host);
    for (unsigned i = 0; i < is->address_count; i++) {
        address_print_ip(&is->addresses[i], one, sizeof one);
        buffer_format(&text, "%s%s", text.length > 0 ? " " : "", one);
    }
    columns_cell(columns, text.data);
    buffer_deinit(&text);
}

/* "8080 metrics=9100". */
static void cell_ports(struct columns *columns, const struct rollcall_instance *is)
{
    struct buffer text;

    buffer_init(&text, 8192);
    if (is->port != 0)
        buffer_format(&text, "%u", (unsigned)is->port);
    for (unsigned i = 0; i < is->port_count; i++) {
        buffer_format(&text, "%s%s=%u", text.length > 0 ? " " : "", is->ports[i].name,
                      (unsigned)is->ports[i].number);
        if (is->ports[i].protocol != ROLLCALL_TCP)
            buffer_format(&text, "/%s", protocol_word(is->ports[i].protocol));
    }
    columns_cell(columns, text.data);
    buffer_deinit(&text);
}

static void cell_lease(struct columns *columns, const struct rollcall_lease *lease)
{
    char text[64] = "";
    char time[32];

    units_print_duration(lease->ms, time, sizeof time);
    if (lease->kind == ROLLCALL_LEASE_TTL)
        snprintf(text, sizeof text, "ttl %s", time);
    else if (lease->kind == ROLLCALL_LEASE_CONNECTION)
        snprintf(text, sizeof text, "connection, grace %s", time);
    else if (lease->kind == ROLLCALL_LEASE_PID)
        snprintf(text, sizeof text, "pid %" PRId32, lease->pid);
    columns_cell(columns, text);
}

static void cell_tags(struct columns *columns, const struct rollcall_instance *is)
{
    struct buffer text;

    buffer_init(&text, 32768);
    for (unsigned i = 0; i < is->tag_count; i++)
        buffer_format(&text, "%s%s", i > 0 ? "," : "", is->tags[i]);
    columns_cell(columns, text.data);
    buffer_deinit(&text);
}

static enum rollcall_status print_instances(struct rollcall_client *client, size_t count,
                                            struct rollcall_error *error)
{
    const char *const titles[] = { "ID",    "ADDRESS", "PORT", "HEALTH",
                                   "STATE", "LEASE",   "TAGS" };
    struct columns columns;
    struct rollcall_shown shown;
    enum rollcall_status status = ROLLCALL_OK;

    columns_init(&columns, titles, 7);
    for (size_t i = 0; i < count && status == ROLLCALL_OK; i++) {
        status = rollcall_instance(client, i, &shown, error);
        if (status != ROLLCALL_OK)
            break;
        columns_cell(&columns, shown.is->id);
        cell_addresses(&columns, shown.is);
        cell_ports(&columns, shown.is);
        columns_cell(&columns, health_word(shown.health));
        columns_cell(&columns, shown.standing != NULL && shown.standing->word[0] != '\0'
                                   ? shown.standing->word
                                   : shown.state);
        cell_lease(&columns, &shown.is->lease);
        cell_tags(&columns, shown.is);
    }
    columns_end(&columns, stdout);
    return status;
}

static void print_age(int64_t since)
{
    char age[32];
    int64_t ms = clock_wall_ms() - since;

    if (since == 0 || ms < 0)
        return;
    units_print_duration((uint64_t)(ms / 1000) * 1000, age, sizeof age);
    printf(", for %s", ms < 1000 ? "less than 1s" : age);
}

/* The table says how an instance is; this says why. */
static void print_checks(const struct rollcall_shown *shown)
{
    struct rollcall_check_state state;

    for (unsigned i = 0; i < shown->is->check_count; i++) {
        const struct rollcall_check *check = &shown->is->checks[i];
        if (!rollcall_check_state(shown, i, &state))
            continue;
        output_plain(stdout, shown->is->id);
        fputs(check->shadow ? ": shadow check " : ": check ", stdout);
        output_plain(stdout, check->name);
        if (!state.known) {
            fputs(" has no result yet", stdout);
        } else {
            printf(" is %s", health_word(state.health));
            print_age(state.since);
        }
        if (state.output != NULL && state.output[0] != '\0') {
            fputs(": ", stdout);
            output_plain(stdout, state.output);
        }
        putchar('\n');
    }
}

static int print_shown(const struct invocation *invocation,
                       struct rollcall_client *client, size_t count)
{
    struct rollcall_error error;
    struct rollcall_shown shown;

    if (print_instances(client, count, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    for (size_t i = 0; i < count; i++) {
        if (rollcall_instance(client, i, &shown, &error) != ROLLCALL_OK)
            return session_failed(invocation, client, &error);
        if (shown.standing != NULL)
            standing_print(stdout, shown.is->id, shown.standing, clock_wall_ms());
        print_checks(&shown);
    }
    return EXIT_OK;
}

static int run_show(const struct invocation *invocation)
{
    const struct show_options *options = invocation->options;
    const struct rollcall_get query = { .service = invocation->words[0],
                                        .namespace_name = options->namespace_name,
                                        .tag = options->tag,
                                        .all = !options->healthy };
    struct rollcall_error error;
    struct rollcall_client *client = session_open(invocation);
    size_t count = 0;
    int code = EXIT_OK;

    if (client == NULL)
        return EXIT_UNREACHABLE;
    if (rollcall_get(client, &query, &count, NULL, &error) != ROLLCALL_OK)
        code = session_failed(invocation, client, &error);
    else if (invocation->json)
        session_print_reply(client);
    else if (count > 0)
        code = print_shown(invocation, client, count);
    else
        printf("no %sinstance of %s%s%s; rollcall list shows what there is\n",
               options->healthy ? "healthy " : "", query.service,
               options->tag != NULL ? " with the tag " : "",
               options->tag != NULL ? options->tag : "");
    rollcall_close(client);
    return code == EXIT_OK && count == 0 ? EXIT_NO : code;
}

const struct command command_show = {
    .name = "show",
    .arguments = "SERVICE [--namespace NAME] [--tag TAG] [--healthy]",
    .summary = "The instances of a service, how each one is, and why.",
    .details = "Ends with 1 when there is none.",
    .example = "rollcall show web",
    .tables = (const struct argument *const[]){ show_arguments, NULL },
    .options_size = sizeof(struct show_options),
    .min_words = 1,
    .max_words = 1,
    .run = run_show,
};
