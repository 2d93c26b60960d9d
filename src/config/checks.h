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

/* The maps of zone `i` (rules.c). */
void config_check_rules(const struct config *config, const struct yaml *root, uint32_t i,
                        struct faults *faults);

/* The names of zone `i`, and those of the services in all zones (checks_names.c). */
void config_check_names(const struct config *config, const struct yaml *root, uint32_t i,
                        struct faults *faults);
void config_check_reserved(const struct config *config, const struct yaml *root,
                           struct faults *faults);

/* The rules and receivers of alerts (checks_alerts.c). */
void config_check_alerts(const struct config *config, const struct yaml *root,
                         struct faults *faults);
/* The same of section api. */
void config_check_api(const struct config *config, const struct yaml *root,
                      struct faults *faults);
/* What section registry needs of it. */
void config_check_registry(const struct config *config, const struct yaml *root,
                           struct faults *faults);

/* What stands at `key` of entry `i` of a list; NULL: it is a default. */
const struct yaml *config_node(const struct yaml *root, const char *list, uint32_t i,
                               const char *key);
/* Where it stands; the best known place otherwise. */
struct place config_place(const struct yaml *root, const char *list, uint32_t i,
                          const char *key);

#endif
