#include "daemon/limits.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"

void limits_raise_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max)
        return;
    rlim_t before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0)
        log_warning("daemon", "open files stay limited to %llu: %s",
                    (unsigned long long)before, strerror(errno));
}
