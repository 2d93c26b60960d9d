/* base/heap.h: the earliest due time is always first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/random.h"
#include <cmocka.h>

enum { MANY = 500 };

static void a_fresh_node_does_not_wait_and_may_be_removed(void **state)
{
    struct heap heap;
    struct heap_node node;

    (void)state;
    heap_init(&heap);
    heap_node_init(&node);
    assert_false(heap_node_waits(&node));
    heap_remove(&heap, &node);
    assert_null(heap_first(&heap));
    heap_deinit(&heap);
}

static void nodes_leave_in_the_order_of_their_due_times(void **state)
{
    struct heap heap;
    struct heap_node nodes[MANY];
    struct random_state random;
    int64_t last = INT64_MIN;

    (void)state;
    heap_init(&heap);
    random_init(&random, 1);
    for (int i = 0; i < MANY; i++) {
        heap_node_init(&nodes[i]);
        assert_int_equal(heap_set(&heap, &nodes[i], (int64_t)random_below(&random, 1000)),
                         ROLLCALL_OK);
    }
    for (int i = 0; i < MANY; i++) {
        struct heap_node *first = heap_first(&heap);
        assert_true(first->due >= last);
        last = first->due;
        heap_remove(&heap, first);
        assert_false(heap_node_waits(first));
    }
    assert_null(heap_first(&heap));
    heap_deinit(&heap);
}

static struct heap_node *smallest_waiting(struct heap_node *nodes)
{
    struct heap_node *least = NULL;

    for (int i = 0; i < MANY; i++)
        if (heap_node_waits(&nodes[i]) && (least == NULL || nodes[i].due < least->due))
            least = &nodes[i];
    return least;
}

static void moving_and_removing_in_the_middle_keeps_the_order(void **state)
{
    struct heap heap;
    struct heap_node nodes[MANY];
    struct random_state random;

    (void)state;
    heap_init(&heap);
    random_init(&random, 2);
    for (int i = 0; i < MANY; i++)
        heap_node_init(&nodes[i]);
    for (int i = 0; i < 4000; i++) {
        struct heap_node *node = &nodes[random_below(&random, MANY)];
        if (random_below(&random, 3) == 0)
            heap_remove(&heap, node);
        else
            heap_set(&heap, node, (int64_t)random_below(&random, 100));
        struct heap_node *least = smallest_waiting(nodes);
        if (least == NULL)
            assert_null(heap_first(&heap));
        else
            assert_int_equal(heap_first(&heap)->due, least->due);
    }
    heap_deinit(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_node_does_not_wait_and_may_be_removed),
        cmocka_unit_test(nodes_leave_in_the_order_of_their_due_times),
        cmocka_unit_test(moving_and_removing_in_the_middle_keeps_the_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
