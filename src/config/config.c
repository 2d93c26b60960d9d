#include "config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/checks.h"
#include "config/option.h"
#include "config/override.h"
#include "config/presets.h"
#include "config/schema.h"
#include "config/yaml_reader.h"

/* What one reading needs and frees at its end. */
struct reading {
    struct faults faults;
    const char *label; /* borrowed */
    struct yaml *root;
    char **sources; /* owned: how faults name the overrides */
    size_t source_count;
    char *file_folder;
    char *working_folder;
};

static void reading_deinit(struct reading *reading)
{
    yaml_destroy(reading->root);
    for (size_t i = 0; i < reading->source_count; i++)
        free(reading->sources[i]);
    free(reading->sources);
    free(reading->file_folder);
    free(reading->working_folder);
}

/* The absolute folder of the file, so that what is shown reads the same elsewhere. */
static char *folder_of(const char *label, const char *working_folder)
{
    const char *slash = strrchr(label, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - label);
    char *folder = NULL;
    int printed;

    if (slash == label)
        return strdup("/");
    if (slash == NULL)
        return strdup(working_folder);
    if (label[0] == '/')
        return strndup(label, length);
    printed = asprintf(&folder, "%s/%.*s", working_folder, (int)length, label);
    return printed < 0 ? NULL : folder;
}

static void find_folders(struct reading *reading)
{
    reading->working_folder = getcwd(NULL, 0);
    if (reading->working_folder == NULL)
        reading->working_folder = strdup("/");
    if (reading->working_folder != NULL)
        reading->file_folder = folder_of(reading->label, reading->working_folder);
    if (reading->file_folder == NULL)
        reading->faults.out_of_memory = true;
}

static void apply_overrides(struct reading *reading,
                            const struct config_override *overrides, size_t count)
{
    reading->sources = calloc(count + 1, sizeof *reading->sources);
    for (size_t i = 0; reading->sources != NULL && i < count; i++) {
        if (asprintf(&reading->sources[i], "--set %s", overrides[i].text) < 0) {
            reading->sources[i] = NULL;
            break;
        }
        reading->source_count++;
        override_prepare(reading->root, config_options, overrides[i].text,
                         &reading->faults);
        override_apply(reading->root, overrides[i].text, reading->sources[i],
                       &reading->faults);
    }
    if (reading->source_count < count)
        reading->faults.out_of_memory = true;
}

/* A file with only comments is an empty map; one with only a word is a fault. */
static void require_map(struct reading *reading)
{
    struct yaml *root = reading->root;

    if (root == NULL || root->kind == YAML_MAP)
        return;
    if (!yaml_is_null(root))
        fault_add(&reading->faults, &root->place, "",
                  "the file must be keys with values, like \"node: n1\"");
    reading->root = yaml_create(YAML_MAP, &root->place);
    yaml_destroy(root);
    if (reading->root == NULL)
        reading->faults.out_of_memory = true;
}

/* The default address of HTTP may be left out; one that is asked for may not. */
static bool names_listen(const struct yaml *root)
{
    const struct yaml *api = root->kind == YAML_MAP ? yaml_find(root, "api") : NULL;

    return api != NULL && api->kind == YAML_MAP && yaml_find(api, "listen") != NULL;
}

static struct config *fill(struct reading *reading)
{
    struct config *config = calloc(1, sizeof *config);

    if (config == NULL) {
        reading->faults.out_of_memory = true;
        return NULL;
    }
    const struct option_reader reader = { .faults = &reading->faults,
                                          .file_folder = reading->file_folder,
                                          .working_folder = reading->working_folder };
    options_read(config_options, reading->root, &reader, "", config);
    config->api.listen_named = names_listen(reading->root);
    config_check(config, reading->root, &reading->faults);
    return config;
}

enum rollcall_status config_parse(const char *text, size_t length, const char *label,
                                  const struct config_override *overrides,
                                  size_t override_count, FILE *errors,
                                  struct config **out, struct reason *why)
{
    struct reading reading = { .label = label, .faults = { .out = errors, .why = why } };
    struct config *config = NULL;

    find_folders(&reading);
    reading.root = yaml_read(text, length, label, &reading.faults);
    require_map(&reading);
    if (reading.root != NULL)
        apply_overrides(&reading, overrides, override_count);
    if (reading.root != NULL)
        presets_apply(reading.root, &reading.faults);
    if (reading.root != NULL && !reading.faults.out_of_memory)
        config = fill(&reading);

    enum rollcall_status status = faults_status(&reading.faults);
    if (status == ROLLCALL_E_NOMEM)
        reason_set(why, "%s: out of memory", label);
    reading_deinit(&reading);
    if (status != ROLLCALL_OK) {
        config_destroy(config);
        return status;
    }
    *out = config;
    return ROLLCALL_OK;
}

/* The whole file, or one byte more than is allowed. errno says why not. */
static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : malloc(YAML_BYTES_MAX + 1);
    size_t used = text == NULL ? 0 : fread(text, 1, YAML_BYTES_MAX + 1, file);
    int error = file == NULL || text == NULL || ferror(file) ? errno : 0;

    if (file != NULL)
        fclose(file);
    if (error == 0) {
        *length = used;
        return text;
    }
    free(text);
    errno = error;
    return NULL;
}

enum rollcall_status config_read(const char *path,
                                 const struct config_override *overrides,
                                 size_t override_count, FILE *errors, struct config **out,
                                 struct reason *why)
{
    size_t length;

    if (path == NULL)
        return config_parse("", 0, "default", overrides, override_count, errors, out,
                            why);
    char *text = read_file(path, &length);
    if (text == NULL) {
        struct faults faults = { .out = errors, .why = why };
        const struct place place = { .source = path };
        fault_add(&faults, &place, "", "cannot read the configuration: %s",
                  errno == ENOENT ? "there is no such file" : strerror(errno));
        return faults_status(&faults);
    }
    enum rollcall_status status =
        config_parse(text, length, path, overrides, override_count, errors, out, why);
    free(text);
    return status;
}

void config_destroy(struct config *config)
{
    if (config == NULL)
        return;
    options_release(config_options, config);
    free(config);
}
