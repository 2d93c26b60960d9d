/* intake/command_register.c - register, deregister, renew. */
#include "base/clock.h"
#include "intake/commands.h"
#include "intake/peer.h"
#include "model/check_schema.h"
#include "proto/encode.h"

static void write_registered(struct buffer *out, const struct proto_seq *seq,
                             const struct registry_reply *reply)
{
    reply_begin(out, seq);
    member_text(out, PROTO_ID, reply->id);
    member_number(out, PROTO_REVISION, reply->revision);
    member_bool(out, PROTO_CREATED, reply->created);
    if (reply->warning != NULL && reply->warning[0] != '\0')
        member_text(out, PROTO_WARNING, reply->warning);
    reply_end(out);
}

static void on_registered(void *context, enum rollcall_status status,
                          const struct registry_reply *reply, const struct reason *why)
{
    struct pending *pending = context;

    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return;
    }
    struct buffer *out = pending_reply(pending);
    if (out != NULL)
        write_registered(out, &pending->seq, reply);
    pending_done(pending);
}

static void on_deregistered(void *context, enum rollcall_status status,
                            const struct registry_reply *reply, const struct reason *why)
{
    struct pending *pending = context;

    if (status != ROLLCALL_OK) {
        pending_fail(pending, status, why);
        return;
    }
    struct buffer *out = pending_reply(pending);
    if (out != NULL) {
        reply_begin(out, &pending->seq);
        member_number(out, PROTO_REVISION, reply->revision);
        reply_end(out);
    }
    pending_done(pending);
}

enum rollcall_status session_admit_checks(const struct session *session,
                                          const struct rollcall_instance *instance,
                                          struct reason *why)
{
    const struct check_schema *const *schemas = session->intake->settings.schemas;
    const struct config_exec *exec = &session->intake->settings.config->health.exec;
    const struct check_asker asker = { .uid = session->uid,
                                       .local = session->guest == NULL &&
                                                session->remote == NULL,
                                       .commands = exec->enabled,
                                       .as_root = exec->root_commands,
                                       .as_root_count = exec->root_command_count };

    return checks_admit(instance, schemas, &asker, why);
}

/* The decoded values with what only this door knows: when the process of a pid lease
 * started, as far as the peer may name it. */
static enum rollcall_status make_instance(const struct session *session,
                                          const struct rollcall_instance *decoded,
                                          struct instance **out, struct reason *why)
{
    struct rollcall_instance values = *decoded;

    if (session->guest != NULL && (values.lease.kind == ROLLCALL_LEASE_PID ||
                                   values.lease.kind == ROLLCALL_LEASE_CONNECTION)) {
        reason_field(why, PROTO_LEASE,
                     "lease: over HTTP there is no connection and no process to hang it "
                     "on; allowed: {\"ttl\": \"10s\"}, and renew it, or none");
        return ROLLCALL_E_INVALID;
    }
    if (values.lease.kind == ROLLCALL_LEASE_PID && session->remote != NULL) {
        reason_field(why, PROTO_LEASE ".pid",
                     "lease.pid: over TCP there is no process to hang it on; allowed: "
                     "{\"connection\": true}, {\"ttl\": \"10s\"} or none");
        return ROLLCALL_E_INVALID;
    }
    if (values.lease.kind == ROLLCALL_LEASE_PID) {
        enum rollcall_status status = peer_check_process(session->uid, values.lease.pid,
                                                         &values.lease.pid_start, why);
        if (status != ROLLCALL_OK)
            return status;
    }
    struct instance *instance = instance_copy(&values);
    if (instance == NULL)
        return ROLLCALL_E_NOMEM;
    *out = instance;
    return ROLLCALL_OK;
}

enum rollcall_status command_register(struct session *session,
                                      const struct request *request, struct reason *why)
{
    const struct requester who = session_requester(session);
    struct register_request asked = {
        .has_if_revision = request->reg.has_if_revision,
        .if_revision = request->reg.if_revision,
    };
    enum rollcall_status status =
        session_admit_checks(session, &request->reg.instance, why);
    if (status == ROLLCALL_OK)
        status = make_instance(session, &request->reg.instance, &asked.instance, why);
    if (status != ROLLCALL_OK)
        return status;
    struct pending *pending = session_defer(session, &request->seq);
    if (pending == NULL) {
        instance_unref(asked.instance);
        return ROLLCALL_E_NOMEM;
    }
    status =
        registry_register(session->intake->registry, &asked, &who, clock_monotonic_ms(),
                          clock_wall_ms(), on_registered, pending, why);
    instance_unref(asked.instance);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_deregister(struct session *session,
                                        const struct request *request, struct reason *why)
{
    const struct requester who = session_requester(session);
    struct pending *pending = session_defer(session, &request->seq);

    if (pending == NULL)
        return ROLLCALL_E_NOMEM;
    enum rollcall_status status = registry_deregister(
        session->intake->registry, request->id, &who, clock_monotonic_ms(),
        clock_wall_ms(), on_deregistered, pending, why);
    if (status != ROLLCALL_OK)
        pending_fail(pending, status, why);
    return ROLLCALL_OK;
}

enum rollcall_status command_renew(struct session *session, const struct request *request,
                                   struct reason *why)
{
    const struct requester who = session_requester(session);
    const struct renew_request asked = {
        .id = request->renew.id,
        .has_status = request->renew.has_status,
        .status = request->renew.status,
        .output = request->renew.output,
        .check = request->renew.check,
    };
    int64_t expires_in = -1;
    uint64_t revision = 0;
    enum rollcall_status status =
        registry_renew(session->intake->registry, &asked, &who, clock_monotonic_ms(),
                       clock_wall_ms(), &expires_in, &revision, why);
    if (status != ROLLCALL_OK)
        return status;
    struct buffer *out = session_reply(session);
    if (out != NULL) {
        reply_begin(out, &request->seq);
        member_number(out, PROTO_REVISION, revision);
        if (expires_in >= 0)
            member_duration(out, PROTO_EXPIRES_IN, (uint64_t)expires_in);
        reply_end(out);
    }
    session_replied(session);
    return ROLLCALL_OK;
}
