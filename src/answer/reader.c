#include "answer/reader.h"

#include "answer/retire.h"

#if defined(__SANITIZE_THREAD__)
#define WITH_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITH_THREAD_SANITIZER 1
#endif
#endif

#ifdef WITH_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>

/* Only its address is used, as the name of the grace periods. */
static const char token;

static void token_release(void)
{
    __tsan_release((void *)(uintptr_t)&token);
}

static void token_acquire(void)
{
    __tsan_acquire((void *)(uintptr_t)&token);
}
#else
static inline void token_release(void)
{
}

static inline void token_acquire(void)
{
}
#endif

void answer_reader_register(void)
{
    urcu_qsbr_register_thread();
    urcu_qsbr_thread_offline();
}

void answer_reader_unregister(void)
{
    urcu_qsbr_unregister_thread();
}

void answer_reader_online(void)
{
    urcu_qsbr_thread_online();
}

void answer_reader_offline(void)
{
    token_release();
    urcu_qsbr_thread_offline();
}

void answer_reader_barrier(void)
{
    urcu_qsbr_barrier();
    token_acquire();
}

void answer_retire(struct rcu_head *head, void (*reclaim)(struct rcu_head *head))
{
    token_release();
    urcu_qsbr_call_rcu(head, reclaim);
}

void answer_reclaimed(void)
{
    token_acquire();
}
