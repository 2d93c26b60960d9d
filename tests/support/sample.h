/* support/sample.h - instances for tests, with what the test does not care about filled
 * in. Threads  any.
 */
#ifndef SUPPORT_SAMPLE_H
#define SUPPORT_SAMPLE_H

#include "model/instance.h"

/* An instance of which nothing is said but who it is. Borrowed from the arguments. */
struct rollcall_instance sample_bare(const char *id, const char *service);

/* Values of one instance with one address, "10.0.0.1", and one port, 8080; everything in
 * it is borrowed from the arguments or lives as long as the program. Change what the test
 * is about, then copy. */
struct rollcall_instance sample_values(const char *id, const char *service);

/* A copy of those, for instance_unref(). */
struct instance *sample_instance(const char *id, const char *service);

/* A TCP check of that name, with the usual numbers. */
struct rollcall_check sample_check(const char *name);

#endif
