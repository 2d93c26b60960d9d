#include "support/sample.h"

struct rollcall_instance sample_bare(const char *id, const char *service)
{
    return (struct rollcall_instance){
        .id = id,
        .service = service,
        .namespace_name = "default",
        .version = "",
        .zone = "",
        .host = "",
        .weight = 1,
        .priority = 1,
        .ttl = ROLLCALL_TTL_UNSET,
        .status = ROLLCALL_PASSING,
    };
}

struct rollcall_instance sample_values(const char *id, const char *service)
{
    static const struct rollcall_address address = { 4, { 10, 0, 0, 1 } };
    struct rollcall_instance is = sample_bare(id, service);

    is.addresses = &address;
    is.address_count = 1;
    is.port = 8080;
    return is;
}

struct instance *sample_instance(const char *id, const char *service)
{
    struct rollcall_instance values = sample_values(id, service);
    return instance_copy(&values);
}

struct rollcall_check sample_check(const char *name)
{
    return (struct rollcall_check){
        .name = name,
        .kind = "tcp",
        .notes = "",
        .interval_ms = 10000,
        .timeout_ms = 3000,
        .success_threshold = 1,
        .failure_threshold = 3,
    };
}
