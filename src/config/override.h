/* config/override.h - what --set says, put into the tree before the tables read it.
 * Threads  control.
 */
#ifndef CONFIG_OVERRIDE_H
#define CONFIG_OVERRIDE_H

#include "config/fault.h"
#include "config/yaml_reader.h"

/* Put "section.key=value" into the map `root`. `source` is how faults name it and must
 * outlive the tree. Nodes that come from here have line 0. */
void override_apply(struct yaml *root, const char *text, const char *source,
                    struct faults *faults);

#endif
