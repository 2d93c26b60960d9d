#include "answer/reader.h"

#include <semaphore.h>

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

struct last_one {
    struct rcu_head retired;
    sem_t reclaimed;
};

static void last_one_reclaimed(struct rcu_head *head)
{
    struct last_one *last = caa_container_of(head, struct last_one, retired);

    token_acquire();
    sem_post(&last->reclaimed);
}

/* There is one reclaimer and it keeps the order. (urcu_qsbr_barrier() does the same with
 * memory of its own, which the thread sanitizer cannot follow.) */
void answer_reader_barrier(void)
{
    struct last_one last;

    sem_init(&last.reclaimed, 0, 0);
    answer_retire(&last.retired, last_one_reclaimed);
    while (sem_wait(&last.reclaimed) != 0)
        continue;
    sem_destroy(&last.reclaimed);
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
