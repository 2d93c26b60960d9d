package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/consul/api"
)

// register registers a service without checks, and says how to get rid of it.
func (w *world) register(service *api.AgentServiceRegistration) func() {
	must(w.client.Agent().ServiceRegister(service))
	id := service.ID
	if id == "" {
		id = service.Name
	}
	return func() { must(w.client.Agent().ServiceDeregister(id)) }
}

func (w *world) services() map[string]*api.AgentService {
	services, err := w.client.Agent().Services()
	must(err)
	return services
}

func (w *world) passing(service string) []*api.ServiceEntry {
	entries, _, err := w.client.Health().Service(service, "", true, nil)
	must(err)
	return entries
}

var agentOperations = []operation{
	{"agent: ServiceRegister, only a name", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-bare"})()
		found := w.services()["go-bare"]
		want(found != nil, "it is not among the services")
		want(found.ID == "go-bare" && found.Service == "go-bare", "it is %+v", found)
		want(len(w.passing("go-bare")) == 1, "one without checks is not passing")
		return nil
	}},
	{"agent: ServiceRegister, every field", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{
			ID: "go full/1:80", Name: "go-full", Tags: []string{"v2", "v1", "v1"},
			Port: 8080, Address: "127.0.0.9", Meta: map[string]string{"Version": "4", "rack-id": "a b"},
			Weights:           &api.AgentWeights{Passing: 7, Warning: 3},
			EnableTagOverride: true,
			TaggedAddresses:   map[string]api.ServiceAddress{"lan": {Address: "10.9.8.7", Port: 1}},
		})()
		found := w.services()["go full/1:80"]
		want(found != nil, "it is not among the services")
		want(fmt.Sprint(found.Tags) == "[v2 v1 v1]", "tags %v", found.Tags)
		want(found.Port == 8080 && found.Address == "127.0.0.9", "%s:%d", found.Address, found.Port)
		want(found.Meta["Version"] == "4" && found.Meta["rack-id"] == "a b", "meta %v", found.Meta)
		want(found.Weights.Passing == 7 && found.Weights.Warning == 3, "weights %v", found.Weights)
		want(found.EnableTagOverride, "the override of tags is lost")
		want(found.TaggedAddresses["lan"].Port == 1, "addresses %v", found.TaggedAddresses)
		want(found.TaggedAddresses["lan_ipv4"].Port == 8080, "addresses %v", found.TaggedAddresses)
		return nil
	}},
	{"agent: ServiceRegister, refused without a name", func(w *world) error {
		err := w.client.Agent().ServiceRegister(&api.AgentServiceRegistration{Port: 1})
		want(err != nil && strings.Contains(err.Error(), "Missing service name"), "said %v", err)
		return nil
	}},
	{"agent: ServiceRegister again keeps the status", func(w *world) error {
		service := &api.AgentServiceRegistration{Name: "go-again", Port: 1, Check: &api.AgentServiceCheck{
			TTL: "1h", Status: "passing"}}
		defer w.register(service)()
		must(w.client.Agent().PassTTL("service:go-again", "well"))
		must(w.client.Agent().ServiceRegister(service))
		want(len(w.passing("go-again")) == 1, "it is not passing any more")
		checks, err := w.client.Agent().Checks()
		must(err)
		want(checks["service:go-again"].Output == "well", "output %q", checks["service:go-again"].Output)
		return nil
	}},
	{"agent: ServiceRegisterOpts, checks replaced", func(w *world) error {
		service := &api.AgentServiceRegistration{Name: "go-replace", Checks: api.AgentServiceChecks{
			{CheckID: "go-replace-1", TTL: "1h"}, {CheckID: "go-replace-2", TTL: "1h"}}}
		defer w.register(service)()
		service.Checks = service.Checks[:1]
		must(w.client.Agent().ServiceRegister(service))
		checks, err := w.client.Agent().Checks()
		must(err)
		want(checks["go-replace-2"] != nil, "the check that was not mentioned has gone")
		must(w.client.Agent().ServiceRegisterOpts(service, api.ServiceRegisterOpts{ReplaceExistingChecks: true}))
		checks, err = w.client.Agent().Checks()
		must(err)
		want(checks["go-replace-1"] != nil && checks["go-replace-2"] == nil, "checks %v", checks)
		return nil
	}},
	{"agent: ServiceDeregister", func(w *world) error {
		must(w.client.Agent().ServiceRegister(&api.AgentServiceRegistration{ID: "host:go/1:80", Name: "go-gone"}))
		must(w.client.Agent().ServiceDeregister("host:go/1:80"))
		want(w.services()["host:go/1:80"] == nil, "it is still there")
		err := w.client.Agent().ServiceDeregister("host:go/1:80")
		want(err != nil && strings.Contains(err.Error(), "404"), "the second time said %v", err)
		return nil
	}},
	{"agent: Service, and its hash", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-hash", Port: 1})()
		found, meta, err := w.client.Agent().Service("go-hash", nil)
		must(err)
		want(found.Service == "go-hash" && meta.LastContentHash != "", "%+v %+v", found, meta)
		changed := make(chan error, 1)
		go func() {
			again, _, err := w.client.Agent().Service("go-hash", &api.QueryOptions{WaitHash: meta.LastContentHash})
			if err == nil && again.Port != 2 {
				err = fmt.Errorf("woke up with port %d", again.Port)
			}
			changed <- err
		}()
		must(w.client.Agent().ServiceRegister(&api.AgentServiceRegistration{Name: "go-hash", Port: 2}))
		must(<-changed)
		_, _, err = w.client.Agent().Service("go-none", nil)
		want(err != nil && strings.Contains(err.Error(), "404"), "of none it said %v", err)
		return nil
	}},
	{"agent: EnableServiceMaintenance", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{ID: "go-main-1", Name: "go-main"})()
		must(w.client.Agent().EnableServiceMaintenance("go-main-1", "why not"))
		checks, err := w.client.Agent().Checks()
		must(err)
		check := checks["_service_maintenance:go-main-1"]
		want(check != nil && check.Notes == "why not" && check.Status == "critical", "check %+v", check)
		want(len(w.passing("go-main")) == 0, "it still passes")
		entries, _, err := w.client.Health().Service("go-main", "", false, nil)
		must(err)
		want(entries[0].Checks.AggregatedStatus() == api.HealthMaint, "%s", entries[0].Checks.AggregatedStatus())
		return nil
	}},
	{"agent: DisableServiceMaintenance", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{ID: "go-main-2", Name: "go-main2"})()
		must(w.client.Agent().EnableServiceMaintenance("go-main-2", ""))
		want(len(w.passing("go-main2")) == 0, "it still passes")
		must(w.client.Agent().DisableServiceMaintenance("go-main-2"))
		want(len(w.passing("go-main2")) == 1, "it does not pass again")
		err := w.client.Agent().EnableServiceMaintenance("go-none", "")
		want(err != nil && strings.Contains(err.Error(), "404"), "of none it said %v", err)
		return nil
	}},
	{"agent: EnableNodeMaintenance, DisableNodeMaintenance", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-node-main"})()
		must(w.client.Agent().EnableNodeMaintenance("a new disk"))
		checks, err := w.client.Agent().Checks()
		must(err)
		want(checks["_node_maintenance"] != nil && checks["_node_maintenance"].Notes == "a new disk", "checks %v", checks)
		want(len(w.passing("go-node-main")) == 0, "it still passes")
		must(w.client.Agent().DisableNodeMaintenance())
		want(len(w.passing("go-node-main")) == 1, "it does not pass again")
		return nil
	}},
	{"agent: AgentHealthServiceByID", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{ID: "go-h1", Name: "go-health",
			Check: &api.AgentServiceCheck{TTL: "1h", Status: "warning"}})()
		status, info, err := w.client.Agent().AgentHealthServiceByID("go-h1")
		must(err)
		want(status == "warning" && info.Service.ID == "go-h1" && len(info.Checks) == 1, "%s %+v", status, info)
		status, info, err = w.client.Agent().AgentHealthServiceByID("go-none")
		must(err)
		want(status == "critical" && info == nil, "of none: %s %+v", status, info)
		return nil
	}},
	{"agent: AgentHealthServiceByName", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{ID: "go-n1", Name: "go-named"})()
		defer w.register(&api.AgentServiceRegistration{ID: "go-n2", Name: "go-named",
			Check: &api.AgentServiceCheck{TTL: "1h"}})()
		status, infos, err := w.client.Agent().AgentHealthServiceByName("go-named")
		must(err)
		want(status == "critical" && len(infos) == 2, "%s %v", status, infos)
		return nil
	}},
	{"agent: Self, NodeName", func(w *world) error {
		self, err := w.client.Agent().Self()
		must(err)
		_, isText := self["Config"]["Datacenter"].(string)
		_, isBool := self["Config"]["Server"].(bool)
		want(isText && isBool && self["Member"]["Name"] != nil, "%v", self)
		name, err := w.client.Agent().NodeName()
		must(err)
		want(name == self["Config"]["NodeName"], "%s", name)
		return nil
	}},
	{"agent: Members, MembersOpts", func(w *world) error {
		for _, wan := range []bool{false, true} {
			members, err := w.client.Agent().Members(wan)
			must(err)
			want(len(members) == 1 && members[0].Status == 1 && members[0].Tags["role"] == "consul", "%+v", members)
		}
		members, err := w.client.Agent().MembersOpts(api.MembersOpts{Filter: "Status == 1"})
		must(err)
		want(len(members) == 1, "%+v", members)
		return nil
	}},
	{"agent: Version, Host, Metrics", func(w *world) error {
		version, err := w.client.Agent().Version()
		must(err)
		want(version["HumanVersion"] != "", "%v", version)
		host, err := w.client.Agent().Host()
		must(err)
		want(host["CollectionTime"] != nil, "%v", host)
		metrics, err := w.client.Agent().Metrics()
		must(err)
		want(len(metrics.Gauges) > 0 && metrics.Timestamp != "", "%+v", metrics)
		return nil
	}},
	{"agent: Reload, Join, ForceLeave, Leave are no-ops or say why not", func(w *world) error {
		for _, err := range []error{w.client.Agent().Reload(), w.client.Agent().Join("127.0.0.1", false),
			w.client.Agent().ForceLeave("nobody"), w.client.Agent().Leave()} {
			want(err == nil || strings.Contains(err.Error(), "501"), "said %v", err)
		}
		want(len(w.services()) >= 0, "it has left")
		return nil
	}},
	{"agent: what registrator does", func(w *world) error {
		// Ping until the leader answers, register, register again at each interval, clean
		// up by what agent/services says, deregister an ID with colons.
		leader, err := w.client.Status().Leader()
		must(err)
		want(leader != "", "no leader")
		service := &api.AgentServiceRegistration{ID: "host:go-registrator:80", Name: "go-registrator",
			Port: 80, Address: "127.0.0.1", Tags: []string{"a"}, Check: nil}
		must(w.client.Agent().ServiceRegister(service))
		_, before, err := w.client.Health().Service("go-registrator", "", false, nil)
		must(err)
		must(w.client.Agent().ServiceRegister(service))
		_, after, err := w.client.Health().Service("go-registrator", "", false, nil)
		must(err)
		want(before.LastIndex == after.LastIndex, "the same again moved the index: %d, %d", before.LastIndex, after.LastIndex)
		found := w.services()["host:go-registrator:80"]
		want(found != nil && found.Service == "go-registrator" && found.Port == 80, "%+v", found)
		return w.client.Agent().ServiceDeregister("host:go-registrator:80")
	}},
}
