/* config/checks.h - what one row of a table cannot say: rules between keys.
 * Threads  control.
 */
#ifndef CONFIG_CHECKS_H
#define CONFIG_CHECKS_H

#include "config/config.h"
#include "config/fault.h"
#include "config/yaml_reader.h"

/* Note every rule that `config`, read from `root`, breaks. Values that could not be read
 * are NULL and pass. */
void config_check(const struct config *config, const struct yaml *root,
                  struct faults *faults);

/* The maps of one zone (rules.c); where they stand is for the messages. */
void config_check_rules(const struct config_zone *zone, uint32_t index,
                        const struct place *ttls, const struct place *answers,
                        struct faults *faults);

#endif
