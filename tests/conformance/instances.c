#include "conformance/instances.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/bytes.h"
#include "model/instance.h"

enum { LIST_MAX = 16, LINE_MAX_OCTETS = 1024 };

/* One line while it is read; texts lie in the line itself. */
struct draft {
    struct rollcall_instance is;
    struct rollcall_address addresses[LIST_MAX];
    struct rollcall_port ports[LIST_MAX];
    const char *tags[LIST_MAX];
    struct rollcall_pair meta[LIST_MAX];
    enum rollcall_health health;
};

static const struct rollcall_check check = {
    .name = "up",
    .kind = "tcp",
    .notes = "",
    .interval_ms = 10000,
    .timeout_ms = 3000,
    .success_threshold = 1,
    .failure_threshold = 3,
};

static void draft_init(struct draft *draft, const char *service, const char *id)
{
    *draft = (struct draft){ .health = ROLLCALL_PASSING };
    draft->is = (struct rollcall_instance){
        .id = id,
        .service = service,
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .datacenter = "",
        .host = "",
        .addresses = draft->addresses,
        .ports = draft->ports,
        .tags = draft->tags,
        .meta = draft->meta,
        .checks = &check,
        .check_count = 1,
        .weight = 1,
        .priority = 1,
        .ttl = ROLLCALL_TTL_UNSET,
        .status = ROLLCALL_CRITICAL,
    };
}

static bool add_address(struct draft *draft, char *text)
{
    return draft->is.address_count < LIST_MAX &&
           address_parse_ip(text, &draft->addresses[draft->is.address_count++]);
}

static bool add_port(struct draft *draft, char *text)
{
    char *rest = NULL;
    const char *name = strtok_r(text, "/", &rest);
    const char *protocol = strtok_r(NULL, "/", &rest);
    const char *number = strtok_r(NULL, "/", &rest);
    struct rollcall_port *port = &draft->ports[draft->is.port_count];

    if (number == NULL || draft->is.port_count == LIST_MAX ||
        !protocol_parse(protocol, &port->protocol))
        return false;
    port->name = name;
    port->number = (uint16_t)strtoul(number, NULL, 10);
    draft->is.port_count++;
    return true;
}

static bool add_tag(struct draft *draft, char *text)
{
    if (draft->is.tag_count == LIST_MAX)
        return false;
    draft->tags[draft->is.tag_count++] = text;
    return true;
}

static bool each(struct draft *draft, char *list,
                 bool (*add)(struct draft *draft, char *text))
{
    char *rest = NULL;

    for (char *text = strtok_r(list, ",", &rest); text != NULL;
         text = strtok_r(NULL, ",", &rest))
        if (!add(draft, text))
            return false;
    return true;
}

static bool add_meta(struct draft *draft, char *pair)
{
    char *equals = strchr(pair, '=');

    if (equals == NULL || draft->is.meta_count == LIST_MAX)
        return false;
    *equals = '\0';
    draft->meta[draft->is.meta_count++] = (struct rollcall_pair){ pair, equals + 1 };
    return true;
}

static bool take_word(struct draft *draft, char *word)
{
    char *value = strchr(word, '=');

    if (value == NULL)
        return false;
    *value++ = '\0';
    if (strcmp(word, "address") == 0)
        return each(draft, value, add_address);
    if (strcmp(word, "port") == 0)
        return each(draft, value, add_port);
    if (strcmp(word, "tag") == 0)
        return each(draft, value, add_tag);
    if (strcmp(word, "meta") == 0)
        return add_meta(draft, value);
    if (strcmp(word, "health") == 0)
        return health_parse(value, &draft->health);
    if (strcmp(word, "host") == 0)
        draft->is.host = value;
    else if (strcmp(word, "namespace") == 0)
        draft->is.namespace_name = value;
    else if (strcmp(word, "datacenter") == 0)
        draft->is.datacenter = value;
    else if (strcmp(word, "version") == 0)
        draft->is.version = value;
    else if (strcmp(word, "default") == 0)
        draft->is.port = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(word, "weight") == 0)
        draft->is.weight = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(word, "priority") == 0)
        draft->is.priority = (uint16_t)strtoul(value, NULL, 10);
    else if (strcmp(word, "ttl") == 0)
        draft->is.ttl = (uint32_t)strtoul(value, NULL, 10);
    else
        return false;
    return true;
}

struct reading {
    instances_add add;
    void *owner;
    struct reason *why;
};

static enum rollcall_status read_instance(const struct reading *reading, char *rest)
{
    struct draft draft;
    const char *service = strtok_r(NULL, " ", &rest);
    const char *id = strtok_r(NULL, " ", &rest);

    if (id == NULL) {
        reason_set(reading->why, "instance SERVICE ID ...");
        return ROLLCALL_E_INVALID;
    }
    draft_init(&draft, service, id);
    for (char *word = strtok_r(NULL, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (!take_word(&draft, word)) {
            reason_set(reading->why, "%s: not understood", word);
            return ROLLCALL_E_INVALID;
        }
    }
    return reading->add(reading->owner, &draft.is, draft.health, reading->why);
}

static enum rollcall_status read_fill(const struct reading *reading, char *rest)
{
    const char *service = strtok_r(NULL, " ", &rest);
    const char *count = strtok_r(NULL, " ", &rest);
    const char *address = strtok_r(NULL, " ", &rest);
    char *port = strtok_r(NULL, " ", &rest);
    struct draft draft;
    char id[80];

    if (port == NULL)
        goto wrong;
    draft_init(&draft, service, id);
    if (!add_port(&draft, port) || !address_parse_ip(address, &draft.addresses[0]))
        goto wrong;
    draft.is.address_count = 1;
    unsigned long total = strtoul(count, NULL, 10);
    for (unsigned long i = 1; i <= total; i++) {
        snprintf(id, sizeof id, "%s-%05lu", service, i);
        enum rollcall_status status =
            reading->add(reading->owner, &draft.is, draft.health, reading->why);
        if (status != ROLLCALL_OK)
            return status;
        bytes_put32(draft.addresses[0].bytes, bytes_get32(draft.addresses[0].bytes) + 1);
    }
    return ROLLCALL_OK;

wrong:
    reason_set(reading->why, "fill SERVICE COUNT ADDRESS NAME/PROTOCOL/NUMBER");
    return ROLLCALL_E_INVALID;
}

static enum rollcall_status read_line(const struct reading *reading, char *line)
{
    char *rest = NULL;

    line[strcspn(line, "#\n")] = '\0';
    const char *word = strtok_r(line, " ", &rest);
    if (word == NULL)
        return ROLLCALL_OK;
    if (strcmp(word, "instance") == 0)
        return read_instance(reading, rest);
    if (strcmp(word, "fill") == 0)
        return read_fill(reading, rest);
    reason_set(reading->why, "%s: not understood", word);
    return ROLLCALL_E_INVALID;
}

enum rollcall_status instances_read(const char *path, instances_add add, void *owner,
                                    struct reason *why)
{
    struct reason found = REASON_NONE;
    struct reading reading = { add, owner, &found };
    char line[LINE_MAX_OCTETS];
    enum rollcall_status status = ROLLCALL_OK;
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        reason_set(why, "%s: %s", path, strerror(errno));
        return ROLLCALL_E_IO;
    }
    for (unsigned number = 1; status == ROLLCALL_OK; number++) {
        if (fgets(line, sizeof line, file) == NULL)
            break;
        status = read_line(&reading, line);
        if (status != ROLLCALL_OK)
            reason_set(why, "%s:%u: %s", path, number,
                       reason_text(&found, rollcall_status_text(status)));
    }
    fclose(file);
    return status;
}
