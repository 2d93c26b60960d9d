#include "config/presets.h"

#include <stdio.h>
#include <string.h>

#include "config/override.h"

/* docs/dns.md §1.7, §1.8. */
struct preset {
    const char *layout;
    const char *key;
    const char *value;
};

static const struct preset presets[] = {
    { "consul", "ttl", "0" },
    { "consul", "instance_ttl", "0" },
    { "consul", "negative_ttl", "0" },
    { "kubernetes", "ttl", "5" },
    { "kubernetes", "instance_ttl", "5" },
    { "kubernetes", "ns", "[ns.dns]" },
};

static void apply(struct yaml *root, uint32_t index, const char *layout,
                  struct faults *faults)
{
    const struct yaml *zone = yaml_find(root, "zones")->children[index];
    char text[96];

    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        const struct preset *preset = &presets[i];
        if (strcmp(preset->layout, layout) != 0 || yaml_find(zone, preset->key) != NULL)
            continue;
        snprintf(text, sizeof text, "zones.%u.%s=%s", index, preset->key, preset->value);
        override_apply(root, text, "layout", faults);
    }
}

void presets_apply(struct yaml *root, struct faults *faults)
{
    const struct yaml *zones = root->kind == YAML_MAP ? yaml_find(root, "zones") : NULL;

    for (uint32_t i = 0; zones != NULL && zones->kind == YAML_LIST && i < zones->count;
         i++) {
        const struct yaml *zone = zones->children[i];
        const struct yaml *layout =
            zone->kind == YAML_MAP ? yaml_find(zone, "layout") : NULL;
        if (layout != NULL && layout->kind == YAML_SCALAR)
            apply(root, i, layout->text, faults);
    }
}
