/* config/override.h - what --set says, put into the tree before the tables read it.
 * Threads  control.
 */
#ifndef CONFIG_OVERRIDE_H
#define CONFIG_OVERRIDE_H

#include "config/fault.h"
#include "config/option.h"
#include "config/yaml_reader.h"

/* Where `text` means an entry of a list of `rows` that `root` does not have: put the
 * list's default there, so that "zones.0.ttl=9s" is said of the default zone. */
void override_prepare(struct yaml *root, const struct option *rows, const char *text,
                      struct faults *faults);

/* Put "section.key=value" into the map `root`. `source` is how faults name it and must
 * outlive the tree. Nodes that come from here have line 0. */
void override_apply(struct yaml *root, const char *text, const char *source,
                    struct faults *faults);

#endif
