#include "daemon/tidy.h"

void tidy_init(struct tidy *tidy, uint64_t revision)
{
    tidy->revision = revision;
    tidy->due = INT64_MAX;
}

bool tidy_step(struct tidy *tidy, uint64_t revision, int64_t now)
{
    if (tidy->due == INT64_MAX && revision - tidy->revision >= TIDY_CHANGES)
        tidy->due = now + TIDY_MS;
    if (tidy->due > now)
        return false;
    tidy_init(tidy, revision);
    return true;
}
