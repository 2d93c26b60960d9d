/* Bodies of catalog/register and catalog/deregister. What is taken becomes the record of
 * a node, and the same body again changes nothing of it; its checks go into an instance
 * that holds by the rules. */
#include <string.h>

#include "consul/catalog_body.h"
#include "consul/external_service.h"
#include "fuzz/fuzz_consul.h"

static const struct rollcall_address address = { .family = 4, .bytes = { 10, 1, 2, 3 } };
static const struct rollcall_instance base = { .id = "n/web",
                                               .service = "web",
                                               .namespace_name = "default",
                                               .version = "",
                                               .zone = "",
                                               .datacenter = "",
                                               .host = "",
                                               .annex = "{\"address\":\"\"}",
                                               .addresses = &address,
                                               .address_count = 1,
                                               .port = 80,
                                               .weight = 1,
                                               .priority = 1,
                                               .ttl = ROLLCALL_TTL_UNSET,
                                               .status = ROLLCALL_PASSING };

static void make_service(const struct catalog_registration *body)
{
    struct annex_check checks[CATALOG_CHECKS_MAX];
    const struct external node = { .node = { .name = body->node,
                                             .id = body->id,
                                             .address = body->address,
                                             .tagged = body->tagged,
                                             .meta = body->meta } };
    const struct external_change change = { .is = &base,
                                            .checks = checks,
                                            .check_count = body->check_count,
                                            .node = &node,
                                            .schemas = check_schemas() };
    struct instance *made = NULL;
    struct reason why = REASON_NONE;

    for (unsigned i = 0; i < body->check_count; i++)
        checks[i] = body->checks[i].is;
    if (external_service_make(&change, &made, &why) != ROLLCALL_OK) {
        FUZZ_REQUIRE(made == NULL && why.text[0] != '\0');
        return;
    }
    FUZZ_REQUIRE(instance_validate(&made->is, check_schemas(), NULL) == ROLLCALL_OK);
    FUZZ_REQUIRE(external_service_is_on(&made->is, body->node));
    for (unsigned i = 0; i < body->check_count; i++)
        FUZZ_REQUIRE(external_service_has_check(&made->is, &checks[i].id, 1));
    instance_unref(made);
}

static void make_node(struct catalog_registration *body)
{
    struct external node = { .check_count = 0 };
    struct reason why = REASON_NONE;

    node.root = catalog_body_node(body, NULL, &why);
    if (node.root == NULL) {
        FUZZ_REQUIRE(why.text[0] != '\0');
        return;
    }
    json_t *again = catalog_body_node(body, &node, &why);
    FUZZ_REQUIRE(again != NULL && json_equal(again, node.root));
    json_decref(again);
    for (unsigned i = 0; i < body->check_count; i++)
        body->drops[body->drop_count++] = body->checks[i].is.id;
    catalog_body_drop(node.root, body);
    FUZZ_REQUIRE(json_array_size(json_object_get(node.root, "checks")) == 0);
    json_decref(node.root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *body = fuzz_body(data, size);
    static struct catalog_registration registration;
    struct catalog_removal removal;
    struct reason why = REASON_NONE;

    if (body == NULL)
        return 0;
    if (catalog_body_register(body, &registration, &why)) {
        make_node(&registration);
        make_service(&registration);
    } else {
        FUZZ_REQUIRE(why.text[0] != '\0');
    }
    if (catalog_body_deregister(body, &removal, &why))
        FUZZ_REQUIRE(removal.node[0] != '\0');
    json_decref(body);
    return 0;
}
