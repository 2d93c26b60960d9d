#include "answer/layout.h"

const struct layout *const layouts[CONFIG_LAYOUTS] = {
    [CONFIG_LAYOUT_FLAT] = &layout_flat,             /* NAME.Z */
    [CONFIG_LAYOUT_CONSUL] = &layout_consul,         /* NAME.service.Z */
    [CONFIG_LAYOUT_KUBERNETES] = &layout_kubernetes, /* NAME.NAMESPACE.svc.Z */
    [CONFIG_LAYOUT_REVERSE] = &layout_reverse,       /* octets of an address */
};
