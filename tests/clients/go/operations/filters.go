package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/consul/api"
)

func filtered(expression string) *api.QueryOptions {
	return &api.QueryOptions{Filter: expression}
}

var filterOperations = []operation{
	{"filter: health service", func(w *world) error {
		defer w.tagged("go-fh")()
		for expression, ids := range map[string]string{
			`Service.Meta.version == "4" and "v1" in Service.Tags`: "[go-fh-1]",
			`Checks.Status != critical`:                            "[go-fh-1 go-fh-2]",
			`not (Checks.Status == critical)`:                      "[go-fh-1]",
			`Service.Port == 2 or Service.Tags contains "blue"`:    "[go-fh-1 go-fh-2]",
			`Service.ID matches "-2$"`:                             "[go-fh-2]",
			`Service.Meta is empty`:                                "[go-fh-2]",
			`Node.Node == ` + w.self():                             "[go-fh-1 go-fh-2]",
			`Service.TaggedAddresses.lan_ipv4.Address == 10.0.0.2`: "[go-fh-2]",
		} {
			entries, _, err := w.client.Health().Service("go-fh", "", false, filtered(expression))
			must(err)
			found := []string{}
			for _, entry := range entries {
				found = append(found, entry.Service.ID)
			}
			want(fmt.Sprint(found) == ids, "%s: %v", expression, found)
		}
		return nil
	}},
	{"filter: health checks, node, state", func(w *world) error {
		defer w.tagged("go-fc")()
		for _, ask := range []func(*api.QueryOptions) (api.HealthChecks, *api.QueryMeta, error){
			func(q *api.QueryOptions) (api.HealthChecks, *api.QueryMeta, error) {
				return w.client.Health().Checks("go-fc", q)
			},
			func(q *api.QueryOptions) (api.HealthChecks, *api.QueryMeta, error) {
				return w.client.Health().Node(w.self(), q)
			},
			func(q *api.QueryOptions) (api.HealthChecks, *api.QueryMeta, error) {
				return w.client.Health().State("any", q)
			},
		} {
			checks, _, err := ask(filtered(`ServiceName == "go-fc" and v1 in ServiceTags`))
			must(err)
			want(len(checks) == 1 && checks[0].ServiceID == "go-fc-2", "%v", checks)
		}
		return nil
	}},
	{"filter: catalog service, services, nodes, node", func(w *world) error {
		defer w.tagged("go-fs")()
		services, _, err := w.client.Catalog().Service("go-fs", "", filtered(`ServicePort == 1 and ServiceMeta contains version`))
		must(err)
		want(len(services) == 1, "%v", services)
		names, _, err := w.client.Catalog().Services(filtered(`ServiceName == "go-fs" and ServiceMeta.version == 4`))
		must(err)
		want(len(names) == 1 && len(names["go-fs"]) == 2, "%v", names)
		nodes, _, err := w.client.Catalog().Nodes(filtered(`Node == nobody`))
		must(err)
		want(len(nodes) == 0, "%v", nodes)
		node, _, err := w.client.Catalog().Node(w.self(), filtered(`Service == "go-fs" and Port == 2`))
		must(err)
		want(len(node.Services) == 1 && node.Services["go-fs-2"] != nil, "%v", node.Services)
		list, _, err := w.client.Catalog().NodeServiceList(w.self(), filtered(`Service == "go-fs"`))
		must(err)
		want(len(list.Services) == 2, "%v", list.Services)
		return nil
	}},
	{"filter: agent services, checks", func(w *world) error {
		defer w.tagged("go-fa")()
		services, err := w.client.Agent().ServicesWithFilter(`Service == "go-fa" and blue not in Tags`)
		must(err)
		want(len(services) == 1 && services["go-fa-2"] != nil, "%v", services)
		checks, err := w.client.Agent().ChecksWithFilter(`ServiceID == "go-fa-2" and Status == critical`)
		must(err)
		want(len(checks) == 1, "%v", checks)
		return nil
	}},
	{"filter: what is wrong is said", func(w *world) error {
		for _, expression := range []string{"Nope == 1", "Service.Port ==", `Service.ID matches "("`} {
			_, _, err := w.client.Health().Service("go-none", "", false, filtered(expression))
			want(err != nil && strings.Contains(err.Error(), "Failed to create boolean expression evaluator:"), "%s: %v", expression, err)
		}
		return nil
	}},
}
