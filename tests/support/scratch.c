#include "support/scratch.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

void scratch_make(struct scratch *scratch)
{
    strcpy(scratch->folder, "/tmp/rollcall-test-XXXXXX");
    assert_non_null(mkdtemp(scratch->folder));
}

void scratch_path(const struct scratch *scratch, const char *name, char *out, size_t size)
{
    int length = snprintf(out, size, "%s/%s", scratch->folder, name);
    assert_in_range(length, 1, size - 1);
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
    nftw(scratch->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
