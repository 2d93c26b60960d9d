/* config/presets.h - what a layout of a zone sets unless the file says otherwise.
 * Threads  control.
 */
#ifndef CONFIG_PRESETS_H
#define CONFIG_PRESETS_H

#include "config/fault.h"
#include "config/yaml_reader.h"

/* Put the keys of each zone's layout into `root` where they are not given. */
void presets_apply(struct yaml *root, struct faults *faults);

#endif
