#include "answer/layout.h"

const struct layout *const layouts[CONFIG_LAYOUTS] = {
    [CONFIG_LAYOUT_CONSUL] = &layout_flat,
    [CONFIG_LAYOUT_KUBERNETES] = &layout_flat,
    [CONFIG_LAYOUT_REVERSE] = &layout_flat,
    [CONFIG_LAYOUT_FLAT] = &layout_flat, /* NAME.Z */
};
