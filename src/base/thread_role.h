/* base/thread_role.h - which thread am I, and the assertion that says so.
 *
 * docs/threads.md lists who owns what. In release builds the assertion is compiled out.
 * Threads: any; a role is set once, at the start of the thread.
 */
#ifndef BASE_THREAD_ROLE_H
#define BASE_THREAD_ROLE_H

#include <assert.h>

enum thread_role { ROLE_NONE, ROLE_CONTROL, ROLE_WRITER, ROLE_WORKER };

void thread_role_set(enum thread_role role);
enum thread_role thread_role_get(void);

/* Also true while no role was set (unit tests, programs with one thread). */
#define thread_role_assert(role)                                                         \
    assert(thread_role_get() == (role) || thread_role_get() == ROLE_NONE)

#endif
