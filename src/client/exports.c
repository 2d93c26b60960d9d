/* client/exports.c - librollcall has no file of its own: this one only says what it is.
 */
#include "rollcall/client.h"
#include "rollcall/version.h"

/* For `strings librollcall.so | grep rollcall`. */
ROLLCALL_API extern const char rollcall_version[];
const char rollcall_version[] = "librollcall " ROLLCALL_VERSION;
