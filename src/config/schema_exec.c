/* The keys of commands: checks of kind exec, and those of alerts. */
#include "config/config.h"
#include "config/schema.h"

#define FIELD(name) .offset = offsetof(struct config_exec, name)

const struct option config_exec_options[] = {
    { .key = "enabled",
      .type = &option_bool,
      FIELD(enabled),
      .fallback = "false",
      .help = "May services register checks of kind exec? They come by the Unix socket "
              "only, and their command runs as the user who registered it." },
    { .key = "root_commands",
      .shape = OPTION_LIST,
      .type = &option_path,
      FIELD(root_commands),
      .count_offset = offsetof(struct config_exec, root_command_count),
      .max = 1024,
      .fallback = "[]",
      .help = "The commands that may run as root when root registers them; only root "
              "may be able to write to them and to the folders on their paths." },
    { .key = "max_running",
      .type = &option_count,
      FIELD(max_running),
      .min = 1,
      .max = 1024,
      .fallback = "64",
      .help =
          "Commands at once; a check that is due beyond that is left out this time." },
    { .key = "processes",
      .type = &option_count,
      FIELD(processes),
      .min = 1,
      .max = 100000,
      .fallback = "64",
      .help = "Processes and threads of one command, beside those that its user has "
              "already (RLIMIT_NPROC)." },
    { .key = "memory_mib",
      .type = &option_count,
      FIELD(memory_mib),
      .min = 1,
      .max = 1048576,
      .fallback = "512",
      .help = "Data of each process of a command, in MiB (RLIMIT_DATA)." },
    { .key = "grace",
      .type = &option_duration,
      FIELD(grace_ms),
      .max = MINUTE,
      .fallback = "1s",
      .help = "Time from SIGTERM to SIGKILL for a command that is not done in time." },
    { 0 },
};
