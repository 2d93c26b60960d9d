/* cli/own_address.h - the address under which others reach this machine.
 * Threads  any.
 */
#ifndef CLI_OWN_ADDRESS_H
#define CLI_OWN_ADDRESS_H

#include "rollcall/service.h"

/* The address of the interface that has the default route; 127.0.0.1 without one. */
void own_address(struct rollcall_address *out);

#endif
