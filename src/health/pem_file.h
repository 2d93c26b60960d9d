/* health/pem_file.h - the files that a `tls` option names, read on behalf of whoever
 * registered the check.
 *
 * The daemon may read more than they may, so a file counts only if they could read it
 * themselves: it is theirs, or everybody's, and so is the way to it. Membership in groups
 * is not asked. root and the daemon's own user may name any file.
 * Threads  any; blocks as reading a small file does.
 */
#ifndef HEALTH_PEM_FILE_H
#define HEALTH_PEM_FILE_H

#include <sys/types.h>

#include "base/buffer.h"
#include "base/reason.h"
#include "rollcall/status.h"

enum { PEM_FILE_MAX = 1024 * 1024 };

/* What must stand in it for it to be that file. */
#define PEM_CERTIFICATE "CERTIFICATE-----"
#define PEM_KEY         "PRIVATE KEY-----"

/* Append the file to `out`. E_INVALID and the sentence when it is not there, not theirs
 * (which to them is the same: nobody learns here what there is), too long, encrypted, or
 * has no `label` in it. */
enum rollcall_status pem_file_read(const char *path, const char *label, uid_t for_uid,
                                   struct buffer *out, struct reason *why);

#endif
