/* proto/proto.h - names of operations, fields and events, once for both ends.
 * Threads  constants only.
 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

enum { PROTO_LINE_MAX = 64 * 1024 };

#endif
