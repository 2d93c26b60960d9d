/* store/memory_store.h - a store that keeps nothing, for tests and trials.
 *
 * Every change is "saved" in the next turn of the loop; a restart starts empty.
 * Threads  control.
 */
#ifndef STORE_MEMORY_STORE_H
#define STORE_MEMORY_STORE_H

#include "store/stores.h"

extern const struct store_kind memory_store_kind;

#endif
