#include "health/median.h"

enum { SHIFT_FIRST = 3, SHIFT_LEAST = 2, SHIFT_MOST = 6 };

static void step(struct median *median, uint32_t us)
{
    bool more = us > median->value;
    uint32_t step_us = (median->value >> median->shift) + 1;

    if (more == median->last_was_more && median->shift > SHIFT_LEAST)
        median->shift--;
    else if (more != median->last_was_more && median->shift < SHIFT_MOST)
        median->shift++;
    median->last_was_more = more;
    if (more)
        median->value = us - median->value < step_us ? us : median->value + step_us;
    else
        median->value = median->value - us < step_us ? us : median->value - step_us;
}

void median_add(struct median *median, int64_t us)
{
    uint32_t value = us < 0 ? 0 : us > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)us;

    if (median->seen == 0)
        *median = (struct median){ .value = value, .shift = SHIFT_FIRST };
    else if (value != median->value)
        step(median, value);
    if (median->seen < UINT8_MAX)
        median->seen++;
}

bool median_is_exceeded(const struct median *median, uint32_t factor, int64_t us)
{
    if (factor == 0 || median->seen < MEDIAN_NEEDED)
        return false;
    return us > (int64_t)median->value * factor / 1000 &&
           us - median->value > MEDIAN_NOISE_US;
}
