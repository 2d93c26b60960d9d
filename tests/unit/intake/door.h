/* unit/intake/door.h - a registration socket in a folder of its own, with a store that
 * saves when the test says so. Clients are plain descriptors; nothing sleeps: door_turn()
 * turns the loop without waiting, and what a turn brings is there after a few.
 * Threads  one.
 */
#ifndef UNIT_INTAKE_DOOR_H
#define UNIT_INTAKE_DOOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "intake/intake.h"
#include "proto/proto.h"
#include "support/scratch.h"
#include "support/test_store.h"

enum { DOOR_TURNS = 50, DOOR_LINE = 256 * 1024 };

struct door {
    uv_loop_t loop;
    struct scratch scratch;
    char socket[128];
    char mode[8];
    char apex[32];
    char node[8];
    struct config_zone zone;
    struct config config;
    struct test_store store;
    struct registry *registry;
    struct intake *intake;
    const struct counter_group *counters[2];
};

static const struct check_schema door_ttl = { .kind = "ttl",
                                              .default_failure_threshold = 1 };
static const struct check_schema *const door_schemas[] = { &door_ttl, NULL };

static inline void door_fill_config(struct door *door)
{
    strcpy(door->mode, "0600");
    strcpy(door->apex, "service.test.");
    strcpy(door->node, "n1");
    scratch_path(&door->scratch, "rollcall.sock", door->socket, sizeof door->socket);
    door->zone.apex = door->apex;
    door->config.node = door->node;
    door->config.datacenter = door->node;
    door->config.zones = &door->zone;
    door->config.zone_count = 1;
    door->config.registry.socket = door->socket;
    door->config.registry.socket_mode = door->mode;
    door->config.registry.max_clients = 8;
    door->config.registry.max_pending = 4;
    door->config.registry.watch_history = 4;
}

static inline void door_start(struct door *door)
{
    const struct registry_settings registry = { .node = "n1",
                                                .datacenter = "dc1",
                                                .max_instances = 1000 };
    const struct intake_settings intake = { .config = &door->config,
                                            .schemas = door_schemas,
                                            .counters = door->counters,
                                            .started_wall = 1 };
    struct reason why = REASON_NONE;

    door->registry = registry_create(&registry, &door->store.base);
    assert_non_null(door->registry);
    if (intake_create(&door->loop, door->registry, &intake, &door->intake, &why) !=
        ROLLCALL_OK)
        fail_msg("%s", why.text);
    door->counters[0] = intake_counters(door->intake);
    assert_int_equal(registry_load(door->registry, 1, 1, NULL, NULL, &why), ROLLCALL_OK);
    assert_int_equal(intake_start(door->intake, &why), ROLLCALL_OK);
}

static inline void door_turn(struct door *door)
{
    intake_flush(door->intake);
    uv_run(&door->loop, UV_RUN_NOWAIT);
    intake_flush(door->intake);
}

static inline void door_stop(struct door *door)
{
    test_store_save_all(&door->store);
    intake_destroy(door->intake);
    uv_run(&door->loop, UV_RUN_DEFAULT);
    test_store_save_all(&door->store);
    registry_destroy(door->registry);
}

static inline int door_open(void **state)
{
    struct door *door = calloc(1, sizeof *door);

    assert_non_null(door);
    uv_loop_init(&door->loop);
    scratch_make(&door->scratch);
    test_store_init(&door->store);
    door_fill_config(door);
    door_start(door);
    *state = door;
    return 0;
}

static inline int door_close(void **state)
{
    struct door *door = *state;

    door_stop(door);
    assert_int_equal(uv_loop_close(&door->loop), 0); /* no handle was left open */
    test_store_deinit(&door->store);
    scratch_remove(&door->scratch);
    free(door);
    return 0;
}

static inline void door_turns(struct door *door)
{
    for (int i = 0; i < DOOR_TURNS; i++)
        door_turn(door);
}

/* Let the store save all that waits, and the answers out. */
static inline void door_save(struct door *door)
{
    door_turns(door);
    test_store_save_all(&door->store);
    door_turns(door);
}

static inline int door_connect(struct door *door)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    strcpy(address.sun_path, door->socket);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    door_turns(door);
    return fd;
}

static inline void door_send(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that has arrived, NUL-terminated; valid until the next call. "" when nothing has,
 * "(end)" when the daemon closed and nothing was left. */
static inline const char *door_take(struct door *door, int fd)
{
    static char text[4 * DOOR_LINE];
    size_t used = 0;

    for (int i = 0; i < DOOR_TURNS; i++) {
        door_turn(door);
        ssize_t got = recv(fd, text + used, sizeof text - 1 - used, MSG_DONTWAIT);
        if (got == 0 && used == 0)
            return "(end)";
        if (got > 0)
            used += (size_t)got;
    }
    text[used] = '\0';
    return text;
}

static inline void door_expect(struct door *door, int fd, const char *wanted)
{
    assert_string_equal(door_take(door, fd), wanted);
}

/* Does `text` hold all of these, in this order? */
static inline void assert_in_order(const char *text, const char *const *parts)
{
    const char *at = text;

    for (; *parts != NULL; parts++) {
        const char *found = strstr(at, *parts);
        if (found == NULL)
            fail_msg("%s is not where it should be in %s", *parts, text);
        at = found + strlen(*parts);
    }
}
#define ASSERT_IN_ORDER(text, ...)                                                       \
    assert_in_order(text, (const char *const[]){ __VA_ARGS__, NULL })

#define REGISTER(service, address, more)                                                 \
    "{\"op\":\"register\",\"service\":\"" service "\",\"address\":\"" address            \
    "\",\"id\":\"" service "-" address "\"" more "}\n"

#endif
