/* proto/scan.h - what only the decoders ask of the scan.
 * Threads  pure functions, any thread.
 */
#ifndef PROTO_SCAN_H
#define PROTO_SCAN_H

#include <stdbool.h>

#include "proto/values.h"

/* May the parser see it as it is? A number that no C type holds may not: it is echoed as
 * it was written and never calculated with, so it is hidden from the parser. */
bool seq_is_plain(const struct proto_seq *seq);

#endif
