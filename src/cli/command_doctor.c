/* cli/command_doctor.c - does this host's resolver find the zones, and if not, why? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/session.h"
#include "rollcall/http.h"

enum { DNS_PORT = 53, SERVICES_MAX = 32 };

struct doctor_options {
    const char *server;
};

static const struct argument doctor_arguments[] = {
    { "server", "ADDRESS[:PORT]", ARGUMENT_TEXT, offsetof(struct doctor_options, server),
      0, "Where rollcalld answers DNS, unless it says it; without a port: 53." },
    { 0 },
};

/* What is looked for, and what was found. */
struct doctor {
    struct doctor_facts facts;
    struct doctor_verdict verdict;
    char names[SERVICES_MAX][64];
    const char *services[SERVICES_MAX];
    size_t service_count;
};

/* A wildcard is everywhere, and here too. */
static void use_loopback(struct address *address)
{
    uint16_t port = address_port(address);

    if (address_is_wildcard(address))
        address_parse(address->any.sa_family == AF_INET ? "127.0.0.1" : "::1", port,
                      address);
}

static int read_server(const struct invocation *invocation,
                       const struct rollcall_client *client, struct doctor_facts *facts)
{
    const struct doctor_options *options = invocation->options;
    const char *text =
        options->server != NULL ? options->server : rollcall_dns(client, 0);

    if (text == NULL)
        return command_usage(invocation, "rollcalld does not say where it answers DNS; "
                                         "name the address with --server");
    if (!address_parse(text, DNS_PORT, &facts->rollcalld))
        return command_usage(invocation, "--server needs an address, like 127.0.0.1:8053 "
                                         "or [::1]:53");
    use_loopback(&facts->rollcalld);
    address_print(&facts->rollcalld, facts->rollcalld_text, sizeof facts->rollcalld_text);
    return EXIT_OK;
}

static void read_http(const struct rollcall_client *client, struct doctor_facts *facts)
{
    const char *off = rollcall_http_off(client);
    const char *place;
    size_t at = 0;

    snprintf(facts->http_off, sizeof facts->http_off, "%s", off != NULL ? off : "");
    for (size_t i = 0; (place = rollcall_http(client, i)) != NULL; i++) {
        if (at + strlen(place) + 2 > sizeof facts->http)
            return;
        at += (size_t)snprintf(facts->http + at, sizeof facts->http - at, "%s%s",
                               i > 0 ? " " : "", place);
    }
}

static void read_zones(const struct rollcall_client *client, struct doctor_facts *facts)
{
    const char *zone;

    for (size_t i = 0; (zone = rollcall_zone(client, i)) != NULL; i++) {
        if (facts->zone_count == DOCTOR_ZONES) {
            facts->zones_left_out++;
            continue;
        }
        struct doctor_zone *to = &facts->zones[facts->zone_count++];
        snprintf(to->apex, sizeof to->apex, "%s", zone);
    }
}

/* Some that have a healthy instance. */
static void read_services(struct rollcall_client *client, struct doctor *doctor)
{
    struct rollcall_counted counted;
    size_t count = 0;

    if (rollcall_list(client, NULL, NULL, &count, NULL, NULL) != ROLLCALL_OK)
        return;
    for (size_t i = 0; i < count && doctor->service_count < SERVICES_MAX; i++) {
        if (!rollcall_service(client, i, &counted) || counted.healthy == 0)
            continue;
        char *name = doctor->names[doctor->service_count];
        snprintf(name, sizeof doctor->names[0], "%s", counted.name);
        doctor->services[doctor->service_count++] = name;
    }
}

static int examine(const struct invocation *invocation, struct rollcall_client *client,
                   struct doctor *doctor)
{
    struct rollcall_hello hello;
    struct rollcall_error error;

    if (rollcall_hello(client, &hello, &error) != ROLLCALL_OK)
        return session_failed(invocation, client, &error);
    int code = read_server(invocation, client, &doctor->facts);
    if (code != EXIT_OK)
        return code;
    read_http(client, &doctor->facts);
    read_zones(client, &doctor->facts);
    read_services(client, doctor);
    doctor_probe(&doctor->facts, doctor->services, doctor->service_count);
    doctor_judge(&doctor->facts, &doctor->verdict);
    if (invocation->json)
        doctor_print_json(&doctor->facts, &doctor->verdict);
    else
        doctor_print_text(&doctor->facts, &doctor->verdict);
    return doctor->verdict.works ? EXIT_OK : EXIT_NO;
}

static int run_doctor(const struct invocation *invocation)
{
    struct rollcall_client *client = session_open(invocation);

    if (client == NULL)
        return EXIT_UNREACHABLE;
    struct doctor *doctor = calloc(1, sizeof *doctor);
    int code = EXIT_NO;
    if (doctor != NULL)
        code = examine(invocation, client, doctor);
    else
        fputs("rollcall: out of memory\n", stderr);
    free(doctor);
    rollcall_close(client);
    return code;
}

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "[--server ADDRESS[:PORT]]",
    .summary = "Test whether this host's resolver finds the zones, and say what to do.",
    .details =
        "Reads /etc/resolv.conf and /etc/nsswitch.conf, asks rollcalld and every name "
        "server of this host for each zone, and looks an existing name up with "
        "getaddrinfo(). It says where HTTP is served, too. Where something is in the way "
        "it prints the lines to add, with "
        "the addresses filled in. Ends with 0 when every zone is found, with 1 when one "
        "is not, with 3 when rollcalld does not answer.",
    .example = "rollcall doctor",
    .tables = (const struct argument *const[]){ doctor_arguments, NULL },
    .options_size = sizeof(struct doctor_options),
    .run = run_doctor,
};
