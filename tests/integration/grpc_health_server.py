"""A gRPC server with grpc.health.v1.Health on loopback, by the reference library (python3-grpcio).

    /usr/bin/python3 grpc_health_server.py [CERT KEY [CLIENT_CA]]

The port stands in its first line. Then each line of its input sets what it says:
    SERVICE=SERVING     or NOT_SERVING, UNKNOWN, SERVICE_UNKNOWN; "=SERVING" is the server itself
    SERVICE!UNAVAILABLE a call about it ends with that code
    SERVICE~            a call about it is never answered
and is answered with "ok". A service that it was not told of is NOT_FOUND, as health.proto
has it. The two messages are built here from their definition in health.proto.
"""
import sys
import threading
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def messages():
    proto = descriptor_pb2.FileDescriptorProto(name="health.proto", package="grpc.health.v1", syntax="proto3")
    request = proto.message_type.add(name="HealthCheckRequest")
    request.field.add(name="service", number=1, type=9, label=1)
    response = proto.message_type.add(name="HealthCheckResponse")
    words = response.enum_type.add(name="ServingStatus")
    for number, word in enumerate(("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")):
        words.value.add(name=word, number=number)
    response.field.add(name="status", number=1, type=14, label=1,
                       type_name=".grpc.health.v1.HealthCheckResponse.ServingStatus")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto)
    make = message_factory.MessageFactory(pool).GetPrototype
    return [make(pool.FindMessageTypeByName("grpc.health.v1." + name))
            for name in ("HealthCheckRequest", "HealthCheckResponse")]


def main():
    request_type, response_type = messages()
    says = {"": ("=", "SERVING")}
    ended = threading.Event()

    def check(request, context):
        how, word = says.get(request.service, ("!", "NOT_FOUND"))
        while how == "~" and context.is_active() and not ended.wait(0.02):
            pass
        if how == "!":
            context.abort(getattr(grpc.StatusCode, word), "asked about \"%s\"" % request.service)
        return response_type(status=word)

    server = grpc.server(futures.ThreadPoolExecutor(8))
    handler = grpc.unary_unary_rpc_method_handler(check, request_type.FromString, response_type.SerializeToString)
    if "--without-health" not in sys.argv:
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": handler}),))
    files = [open(path, "rb").read() for path in sys.argv[1:] if not path.startswith("--")]
    if files:
        credentials = grpc.ssl_server_credentials([(files[1], files[0])], files[2] if len(files) > 2 else None,
                                                  len(files) > 2)
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    for line in sys.stdin:
        at = min(line.index(mark) for mark in "=!~" if mark in line)
        says[line[:at]] = (line[at], line[at + 1:].strip())
        print("ok", flush=True)
    ended.set()
    server.stop(0)


main()
