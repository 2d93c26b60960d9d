/* cli/command_status.c - how the daemon is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/session.h"

static void print_counters(const struct rollcall_client *client)
{
    const char *const titles[] = { "COUNTER", "VALUE" };
    const char *area;
    const char *name;
    char text[160];
    uint64_t value;
    size_t at = 0;
    struct columns columns;

    columns_init(&columns, titles, 2);
    while (rollcall_counter(client, &at, &area, &name, &value)) {
        snprintf(text, sizeof text, "%s.%s", area, name);
        columns_cell(&columns, text);
        columns_number(&columns, value);
    }
    columns_end(&columns, stdout);
}

static void print_hello(const struct rollcall_client *client,
                        const struct rollcall_hello *hello)
{
    const char *zone;
    const char *place;

    printf("rollcalld %s on %s", hello->version, rollcall_socket(client));
    printf(", node %s, datacenter %s\nzones:", hello->node, hello->datacenter);
    for (size_t i = 0; (zone = rollcall_zone(client, i)) != NULL; i++)
        printf(" %s", zone);
    fputs("\nDNS:", stdout);
    for (size_t i = 0; (place = rollcall_dns(client, i)) != NULL; i++)
        printf(" %s", place);
    putchar('\n');
    session_print_http(client);
}

static void print_stats(const struct rollcall_stats *stats)
{
    char uptime[32];

    units_print_duration(stats->uptime / 1000 * 1000, uptime, sizeof uptime);
    output_count(stdout, stats->instances, "instance", "instances");
    printf(", revision %" PRIu64 ", running for %s\n\n", stats->revision,
           stats->uptime < 1000 ? "less than 1s" : uptime);
}

static int show_status(const struct invocation *invocation,
                       struct rollcall_client *client)
{
    struct rollcall_hello hello;
    struct rollcall_stats stats;
    struct rollcall_error error;

    if (rollcall_hello(client, &hello, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json)
        printf("{\"hello\":%s", rollcall_last_line(client));
    else
        print_hello(client, &hello);
    if (rollcall_stats(client, &stats, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    if (invocation->json) {
        printf(",\"stats\":%s}\n", rollcall_last_line(client));
        return EXIT_OK;
    }
    print_stats(&stats);
    print_counters(client);
    return EXIT_OK;
}

static int run_status(const struct invocation *invocation)
{
    struct rollcall_client *client = session_open(invocation);

    if (client == NULL)
        return EXIT_UNREACHABLE;
    int code = show_status(invocation, client);
    rollcall_close(client);
    return code;
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "How rollcalld is: version, zones, instances and counters.",
    .details = "Ends with 3 when it does not answer.",
    .example = "rollcall status --json",
    .run = run_status,
};
