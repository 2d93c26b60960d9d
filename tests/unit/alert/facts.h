/* unit/alert/facts.h - facts and rules as the tests of this room write them. */
#ifndef UNIT_ALERT_FACTS_H
#define UNIT_ALERT_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/fact.h"
#include "config/alerts.h"

static const int64_t WALL = 1772601967089; /* 2026-03-04T05:26:07.089Z */

static inline struct fact seen(enum alert_state state, const char *service,
                               const char *id)
{
    return (struct fact){ .state = state,
                          .starts = WALL,
                          .rule = "down",
                          .namespace_name = "default",
                          .service = service,
                          .id = id,
                          .address = "10.0.0.1:80",
                          .tags = "blue\nv2\n",
                          .cause = "check",
                          .output = "connection refused" };
}

static inline struct fact *made(enum alert_state state, const char *service,
                                const char *id)
{
    const struct fact values = seen(state, service, id);
    struct fact *fact = fact_create(&values);

    assert_non_null(fact);
    return fact;
}

#endif
