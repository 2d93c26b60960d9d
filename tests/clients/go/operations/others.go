package main

import (
	"strings"
	"time"

	"github.com/hashicorp/consul/api"
	"github.com/hashicorp/consul/api/watch"
	"github.com/hashicorp/go-hclog"
)

var queryOperations = []operation{
	{"query: Create, Get, List, Update, Delete", func(w *world) error {
		queries := w.client.PreparedQuery()
		definition := &api.PreparedQueryDefinition{Name: "go-query", Service: api.ServiceQuery{Service: "go-q", OnlyPassing: true}}
		id, _, err := queries.Create(definition, nil)
		must(err)
		found, _, err := queries.Get(id, nil)
		must(err)
		want(len(found) == 1 && found[0].Name == "go-query" && found[0].Service.OnlyPassing, "%+v", found)
		definition.ID = id
		definition.Service.Service = "go-q2"
		_, err = queries.Update(definition, nil)
		must(err)
		found, _, err = queries.List(nil)
		must(err)
		want(len(found) == 1 && found[0].Service.Service == "go-q2", "%+v", found)
		_, err = queries.Delete(id, nil)
		must(err)
		_, _, err = queries.Get(id, nil)
		want(err != nil && strings.Contains(err.Error(), "404"), "of none it said %v", err)
		return nil
	}},
	{"query: Execute, by ID and by name", func(w *world) error {
		defer w.tagged("go-qe")()
		id, _, err := w.client.PreparedQuery().Create(&api.PreparedQueryDefinition{Name: "go-execute",
			Service: api.ServiceQuery{Service: "go-qe", OnlyPassing: true, Tags: []string{"v1", "!green"}},
			DNS:     api.QueryDNSOptions{TTL: "7s"}}, nil)
		must(err)
		for _, name := range []string{id, "go-execute"} {
			answer, _, err := w.client.PreparedQuery().Execute(name, nil)
			must(err)
			want(answer.Service == "go-qe" && len(answer.Nodes) == 1 && answer.Nodes[0].Service.ID == "go-qe-1" &&
				answer.DNS.TTL == "7s" && answer.Datacenter != "", "%+v", answer)
		}
		_, err = w.client.PreparedQuery().Delete(id, nil)
		return err
	}},
}

// seen runs a watch of the client's own package, changes something when it has fired once,
// and waits until it has fired again.
func (w *world) seen(parameters map[string]any, change func()) {
	plan, err := watch.Parse(parameters)
	must(err)
	fired := make(chan uint64, 16)
	plan.Handler = func(index uint64, _ any) { fired <- index }
	ended := make(chan error, 1)
	go func() { ended <- plan.RunWithClientAndHclog(w.client, hclog.NewNullLogger()) }()
	wait := func(what string) {
		select {
		case <-fired:
		case err := <-ended:
			want(false, "it ended: %v", err)
		case <-time.After(10 * time.Second):
			want(false, "%v did not fire %s", parameters["type"], what)
		}
	}
	wait("at first")
	change()
	wait("after the change")
	plan.Stop()
	must(<-ended)
}

var watchOperations = []operation{
	{"watch: key", func(w *world) error {
		defer w.clean("go/watch")
		w.put("go/watch", "1")
		w.seen(map[string]any{"type": "key", "key": "go/watch"}, func() { w.put("go/watch", "2") })
		return nil
	}},
	{"watch: keyprefix", func(w *world) error {
		defer w.clean("go/watch/")
		w.put("go/watch/a", "1")
		w.seen(map[string]any{"type": "keyprefix", "prefix": "go/watch/"}, func() { w.put("go/watch/b", "1") })
		return nil
	}},
	{"watch: services", func(w *world) error {
		var remove func()
		w.seen(map[string]any{"type": "services"}, func() { remove = w.register(&api.AgentServiceRegistration{Name: "go-ws"}) })
		remove()
		return nil
	}},
	{"watch: nodes", func(w *world) error {
		w.seen(map[string]any{"type": "nodes"}, func() {
			_, err := w.client.Catalog().Register(&api.CatalogRegistration{Node: "go-wn", Address: "192.0.2.9"}, nil)
			must(err)
		})
		_, err := w.client.Catalog().Deregister(&api.CatalogDeregistration{Node: "go-wn"}, nil)
		return err
	}},
	{"watch: service", func(w *world) error {
		defer w.ttl("go-wservice")()
		w.seen(map[string]any{"type": "service", "service": "go-wservice", "passingonly": true},
			func() { must(w.client.Agent().PassTTL("service:go-wservice", "")) })
		return nil
	}},
	{"watch: checks", func(w *world) error {
		defer w.ttl("go-wcheck")()
		w.seen(map[string]any{"type": "checks", "state": "critical"},
			func() { must(w.client.Agent().PassTTL("service:go-wcheck", "")) })
		w.seen(map[string]any{"type": "checks", "service": "go-wcheck"},
			func() { must(w.client.Agent().FailTTL("service:go-wcheck", "")) })
		return nil
	}},
	{"watch: event", func(w *world) error {
		fire := func() {
			_, _, err := w.client.Event().Fire(&api.UserEvent{Name: "go-watch"}, nil)
			must(err)
		}
		fire()
		w.seen(map[string]any{"type": "event", "name": "go-watch"}, fire)
		return nil
	}},
	{"watch: agent_service", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-wagent", Port: 1})()
		w.seen(map[string]any{"type": "agent_service", "service_id": "go-wagent"},
			func() { w.register(&api.AgentServiceRegistration{Name: "go-wagent", Port: 2}) })
		return nil
	}},
}

var otherOperations = []operation{
	{"status: Leader, Peers", func(w *world) error {
		leader, err := w.client.Status().Leader()
		must(err)
		peers, err := w.client.Status().Peers()
		must(err)
		want(leader != "" && len(peers) == 1 && peers[0] == leader, "%s %v", leader, peers)
		return nil
	}},
	{"event: Fire, List", func(w *world) error {
		id, _, err := w.client.Event().Fire(&api.UserEvent{Name: "go-event", Payload: []byte("123")}, nil)
		must(err)
		events, meta, err := w.client.Event().List("go-event", nil)
		must(err)
		want(len(events) == 1 && events[0].ID == id && string(events[0].Payload) == "123" && events[0].LTime > 0, "%+v", events)
		want(meta.LastIndex == w.client.Event().IDToIndex(id), "index %d", meta.LastIndex)
		return nil
	}},
	{"coordinate: Datacenters, Nodes", func(w *world) error {
		_, err := w.client.Coordinate().Datacenters()
		must(err)
		_, _, err = w.client.Coordinate().Nodes(nil)
		return err
	}},
	{"acl: says that there are none", func(w *world) error {
		_, _, err := w.client.ACL().TokenList(nil)
		want(err != nil && strings.Contains(err.Error(), "ACL support disabled"), "said %v", err)
		return nil
	}},
	{"raw: what is not there says so", func(w *world) error {
		_, err := w.client.Raw().Query("/v1/config/service-defaults", new(any), nil)
		want(err != nil && strings.Contains(err.Error(), "not a recognized HTTP API endpoint"), "said %v", err)
		return nil
	}},
}
