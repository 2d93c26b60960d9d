/* config/alerts.h - who is told when a service is unwell, and of what.
 *
 * Owned    by the struct config that holds them.
 * Threads  as config.h.
 */
#ifndef CONFIG_ALERTS_H
#define CONFIG_ALERTS_H

#include <stdint.h>

#include "rollcall/service.h"

enum config_receiver_kind { CONFIG_RECEIVER_WEBHOOK, CONFIG_RECEIVER_EXEC };
enum config_template {
    CONFIG_TEMPLATE_JSON,
    CONFIG_TEMPLATE_SLACK,
    CONFIG_TEMPLATE_ALERTMANAGER
};

struct config_receiver {
    char *name;
    enum config_receiver_kind kind;
    char *url; /* webhook; a secret: it may hold a key */
    char *method;
    struct rollcall_pair *headers; /* secrets too */
    uint32_t header_count;
    enum config_template body;
    uint64_t timeout_ms;
    char *token_file; /* NULL: none; read for each message */
    char *ca_file;    /* NULL: the authorities of the system */
    char **command;   /* exec */
    uint32_t command_count;
    unsigned line;
};

struct config_alert_rule {
    char *name;
    char *service;        /* exact, or its beginning and a star */
    char *namespace_name; /* the same */
    char *tag;            /* exact; "" any */
    char **states;        /* words of alert/state.h */
    uint32_t state_count;
    uint64_t for_ms;
    uint64_t repeat_ms; /* 0: told once */
    char **receivers;   /* names */
    uint32_t receiver_count;
    unsigned line;
};

struct config_alerts {
    struct config_receiver *receivers;
    uint32_t receiver_count;
    struct config_alert_rule *rules;
    uint32_t rule_count;
    uint64_t group_wait_ms;
    uint32_t queue;        /* alerts that wait for their receivers */
    uint64_t retry_for_ms; /* then a message is given up */
    uint32_t max_alarms;   /* kept at once */
};

#endif
