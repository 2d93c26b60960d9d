package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/consul/api"
)

// self is the node that answers.
func (w *world) self() string {
	name, err := w.client.Agent().NodeName()
	must(err)
	return name
}

// tagged registers two of one service, "ID-1" with tags v1 and blue, "ID-2" with v1.
func (w *world) tagged(name string) func() {
	first := w.register(&api.AgentServiceRegistration{ID: name + "-1", Name: name, Port: 1, Address: "10.0.0.1",
		Tags: []string{"v1", "blue"}, Meta: map[string]string{"version": "4"}})
	second := w.register(&api.AgentServiceRegistration{ID: name + "-2", Name: name, Port: 2, Address: "10.0.0.2",
		Tags: []string{"v1"}, Check: &api.AgentServiceCheck{TTL: "1h"}})
	return func() { first(); second() }
}

func indexed(meta *api.QueryMeta) {
	want(meta.LastIndex > 0, "index %d", meta.LastIndex)
	want(meta.KnownLeader, "no known leader")
}

var healthOperations = []operation{
	{"health: Service", func(w *world) error {
		defer w.tagged("go-hs")()
		entries, meta, err := w.client.Health().Service("go-hs", "", false, nil)
		must(err)
		indexed(meta)
		want(len(entries) == 2 && entries[0].Service.ID == "go-hs-1", "%v", entries)
		entry := entries[0]
		want(entry.Node.Node == w.self() && entry.Node.ID != "" && entry.Node.Datacenter != "", "node %+v", entry.Node)
		want(entry.Checks[0].CheckID == "serfHealth", "checks %v", entry.Checks)
		want(entry.Service.Meta["version"] == "4" && entry.Service.Weights.Passing == 1, "%+v", entry.Service)
		want(entries[1].Checks[1].CheckID == "service:go-hs-2", "checks %v", entries[1].Checks)
		entries, meta, err = w.client.Health().Service("go-none", "", false, nil)
		must(err)
		indexed(meta)
		want(entries != nil && len(entries) == 0, "of none: %v", entries)
		return nil
	}},
	{"health: Service, passing and by tag", func(w *world) error {
		defer w.tagged("go-hp")()
		entries, _, err := w.client.Health().Service("go-hp", "v1", true, nil)
		must(err)
		want(len(entries) == 1 && entries[0].Service.ID == "go-hp-1", "%v", entries)
		return nil
	}},
	{"health: ServiceMultipleTags", func(w *world) error {
		defer w.tagged("go-hm")()
		entries, _, err := w.client.Health().ServiceMultipleTags("go-hm", []string{"V1", "blue"}, false, nil)
		must(err)
		want(len(entries) == 1 && entries[0].Service.ID == "go-hm-1", "%v", entries)
		return nil
	}},
	{"health: Checks", func(w *world) error {
		defer w.tagged("go-hc")()
		checks, meta, err := w.client.Health().Checks("go-hc", nil)
		must(err)
		indexed(meta)
		want(len(checks) == 1 && checks[0].ServiceName == "go-hc" && checks[0].ServiceTags != nil, "%+v", checks)
		return nil
	}},
	{"health: Node", func(w *world) error {
		defer w.tagged("go-hn")()
		checks, meta, err := w.client.Health().Node(w.self(), nil)
		must(err)
		indexed(meta)
		want(slices.ContainsFunc(checks, func(c *api.HealthCheck) bool { return c.CheckID == "serfHealth" }), "%v", checks)
		checks, _, err = w.client.Health().Node("nobody", nil)
		must(err)
		want(len(checks) == 0, "of none: %v", checks)
		return nil
	}},
	{"health: State", func(w *world) error {
		defer w.tagged("go-hst")()
		for state, least := range map[string]int{"any": 2, "passing": 1, "critical": 1, "warning": 0} {
			checks, meta, err := w.client.Health().State(state, nil)
			must(err)
			indexed(meta)
			want(len(checks) >= least, "%s: %d", state, len(checks))
		}
		return nil
	}},
	{"health: Connect, Ingress are empty", func(w *world) error {
		entries, meta, err := w.client.Health().Connect("go-none", "", false, nil)
		must(err)
		indexed(meta)
		want(len(entries) == 0, "%v", entries)
		entries, _, err = w.client.Health().Ingress("go-none", false, nil)
		must(err)
		want(len(entries) == 0, "%v", entries)
		return nil
	}},
}

var catalogOperations = []operation{
	{"catalog: Datacenters", func(w *world) error {
		names, err := w.client.Catalog().Datacenters()
		must(err)
		want(len(names) == 1, "%v", names)
		_, _, err = w.client.Catalog().Services(&api.QueryOptions{Datacenter: "nowhere"})
		want(err != nil && strings.Contains(err.Error(), "No path to datacenter"), "elsewhere: %v", err)
		return nil
	}},
	{"catalog: Nodes", func(w *world) error {
		nodes, meta, err := w.client.Catalog().Nodes(nil)
		must(err)
		indexed(meta)
		want(len(nodes) >= 1 && nodes[0].Node == w.self() && nodes[0].TaggedAddresses["lan"] != "", "%+v", nodes)
		nodes, _, err = w.client.Catalog().Nodes(&api.QueryOptions{NodeMeta: map[string]string{"no": "where"}, Near: "_agent"})
		must(err)
		want(len(nodes) == 0, "by meta: %+v", nodes)
		return nil
	}},
	{"catalog: Services", func(w *world) error {
		defer w.tagged("go-cs")()
		services, meta, err := w.client.Catalog().Services(nil)
		must(err)
		indexed(meta)
		tags := services["go-cs"]
		slices.Sort(tags)
		want(fmt.Sprint(tags) == "[blue v1]", "tags %v", tags)
		_, builtIn := services["consul"]
		want(builtIn, "consul itself is not there")
		return nil
	}},
	{"catalog: Service, ServiceMultipleTags", func(w *world) error {
		defer w.tagged("go-c")()
		services, meta, err := w.client.Catalog().Service("go-c", "", nil)
		must(err)
		indexed(meta)
		want(len(services) == 2 && services[0].ServicePort == 1 && services[0].Node == w.self(), "%+v", services)
		services, _, err = w.client.Catalog().ServiceMultipleTags("go-c", []string{"v1", "blue"}, nil)
		must(err)
		want(len(services) == 1 && services[0].ServiceID == "go-c-1", "%+v", services)
		return nil
	}},
	{"catalog: Connect is empty", func(w *world) error {
		services, _, err := w.client.Catalog().Connect("go-none", "", nil)
		must(err)
		want(len(services) == 0, "%v", services)
		return nil
	}},
	{"catalog: Node", func(w *world) error {
		defer w.tagged("go-cn")()
		node, meta, err := w.client.Catalog().Node(w.self(), nil)
		must(err)
		indexed(meta)
		want(node.Services["go-cn-1"].Service == "go-cn" && node.Services["consul"] != nil, "%+v", node)
		node, _, err = w.client.Catalog().Node("nobody", nil)
		must(err)
		want(node == nil, "of none: %+v", node)
		return nil
	}},
	{"catalog: NodeServiceList", func(w *world) error {
		defer w.tagged("go-cl")()
		list, _, err := w.client.Catalog().NodeServiceList(w.self(), nil)
		must(err)
		want(list.Node.Node == w.self() && len(list.Services) >= 3, "%+v", list)
		return nil
	}},
	{"catalog: Register, Deregister of another node", func(w *world) error {
		_, err := w.client.Catalog().Register(&api.CatalogRegistration{Node: "go-far", Address: "192.0.2.7",
			NodeMeta: map[string]string{"external-node": "true"},
			Service:  &api.AgentService{Service: "go-db", Port: 5432},
			Check:    &api.AgentCheck{CheckID: "go-db-up", Name: "up", Status: "passing", ServiceID: "go-db"}}, nil)
		must(err)
		entries := w.passing("go-db")
		want(len(entries) == 1 && entries[0].Node.Node == "go-far" && entries[0].Node.Address == "192.0.2.7", "%v", entries)
		nodes, _, err := w.client.Catalog().Nodes(&api.QueryOptions{NodeMeta: map[string]string{"external-node": "true"}})
		must(err)
		want(len(nodes) == 1 && nodes[0].Node == "go-far", "%v", nodes)
		_, err = w.client.Catalog().Deregister(&api.CatalogDeregistration{Node: "go-far", ServiceID: "go-db"}, nil)
		must(err)
		want(len(w.passing("go-db")) == 0, "the service is still there")
		_, err = w.client.Catalog().Deregister(&api.CatalogDeregistration{Node: "go-far"}, nil)
		must(err)
		node, _, err := w.client.Catalog().Node("go-far", nil)
		must(err)
		want(node == nil, "the node is still there")
		_, err = w.client.Catalog().Register(&api.CatalogRegistration{}, nil)
		want(err != nil && strings.Contains(err.Error(), "Must provide node"), "of nothing it said %v", err)
		return nil
	}},
}
