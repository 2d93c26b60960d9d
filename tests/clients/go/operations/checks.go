package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/consul/api"
)

func (w *world) check(id string) *api.AgentCheck {
	checks, err := w.client.Agent().Checks()
	must(err)
	want(checks[id] != nil, "there is no check %s", id)
	return checks[id]
}

// becomes waits for a status of a check.
func (w *world) becomes(id, status string) *api.AgentCheck {
	var check *api.AgentCheck
	eventually(func() {
		check = w.check(id)
		want(check.Status == status, "%s is %s: %s", id, check.Status, check.Output)
	})
	return check
}

func (w *world) ttl(id string) func() {
	return w.register(&api.AgentServiceRegistration{Name: id, Check: &api.AgentServiceCheck{TTL: "1h"}})
}

var checkOperations = []operation{
	{"check: HTTP, passing, warning, critical", func(w *world) error {
		host, port := w.webAddress()
		defer w.register(&api.AgentServiceRegistration{Name: "go-http", Address: host, Port: port,
			Check: &api.AgentServiceCheck{HTTP: w.web.URL + "/health", Interval: "1s", Timeout: "1s"}})()
		check := w.becomes("service:go-http", "passing")
		want(check.Type == "http" && check.Name == "Service 'go-http' check", "%+v", check)
		want(strings.HasPrefix(check.Output, "HTTP GET "+w.web.URL+"/health: 200 OK Output: so it is"), "output %q", check.Output)
		w.status.Store(429)
		w.becomes("service:go-http", "warning")
		want(len(w.passing("go-http")) == 0, "a warning passes")
		w.status.Store(500)
		w.becomes("service:go-http", "critical")
		return nil
	}},
	{"check: TCP", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-tcp",
			Check: &api.AgentServiceCheck{TCP: w.tcp.Addr().String(), Interval: "1s", Timeout: "1s"}})()
		check := w.becomes("service:go-tcp", "passing")
		want(check.Output == fmt.Sprintf("TCP connect %s: Success", w.tcp.Addr()), "output %q", check.Output)
		return nil
	}},
	{"check: two of one service, their ids", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-two", Checks: api.AgentServiceChecks{
			{TTL: "1h", Status: "passing"}, {TTL: "1h", Notes: "the second"}}})()
		want(w.check("service:go-two:1").Status == "passing", "the first is not passing")
		want(w.check("service:go-two:2").Notes == "the second", "notes are lost")
		want(w.check("service:go-two:2").Status == "critical", "the second is not critical")
		return nil
	}},
	{"check: PassTTL, WarnTTL, FailTTL", func(w *world) error {
		defer w.ttl("go-ttl")()
		must(w.client.Agent().PassTTL("service:go-ttl", "out & x"))
		want(w.check("service:go-ttl").Status == "passing", "passing")
		want(w.check("service:go-ttl").Output == "out & x", "output %q", w.check("service:go-ttl").Output)
		must(w.client.Agent().WarnTTL("service:go-ttl", "hm"))
		want(w.check("service:go-ttl").Status == "warning", "warning")
		must(w.client.Agent().FailTTL("service:go-ttl", "no"))
		want(w.check("service:go-ttl").Status == "critical", "critical")
		err := w.client.Agent().PassTTL("service:go-none", "")
		want(err != nil && strings.Contains(err.Error(), "404"), "of none it said %v", err)
		return nil
	}},
	{"check: UpdateTTL", func(w *world) error {
		defer w.ttl("go-update")()
		must(w.client.Agent().UpdateTTL("service:go-update", "out <&> x", "pass"))
		want(w.check("service:go-update").Status == "passing", "passing")
		want(w.check("service:go-update").Output == "out <&> x", "output %q", w.check("service:go-update").Output)
		must(w.client.Agent().UpdateTTL("service:go-update", strings.Repeat("x", 9000), api.HealthWarning))
		output := w.check("service:go-update").Output
		want(strings.Contains(output, "captured 4096 of 9000 bytes"), "output of %d octets", len(output))
		return nil
	}},
	{"check: a TTL that runs out", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-late",
			Check: &api.AgentServiceCheck{TTL: "1s", Status: "passing"}})()
		check := w.becomes("service:go-late", "critical")
		want(strings.HasPrefix(check.Output, "TTL expired"), "output %q", check.Output)
		return nil
	}},
	{"check: CheckRegister of a service, CheckDeregister", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-extra"})()
		must(w.client.Agent().CheckRegister(&api.AgentCheckRegistration{ID: "go-extra-1", Name: "extra",
			ServiceID: "go-extra", AgentServiceCheck: api.AgentServiceCheck{TTL: "1h"}}))
		want(len(w.passing("go-extra")) == 0, "a critical check passes")
		must(w.client.Agent().PassTTL("go-extra-1", ""))
		want(len(w.passing("go-extra")) == 1, "it does not pass")
		must(w.client.Agent().CheckDeregister("go-extra-1"))
		checks, err := w.client.Agent().Checks()
		must(err)
		want(checks["go-extra-1"] == nil, "the check is still there")
		err = w.client.Agent().CheckDeregister("go-extra-1")
		want(err != nil && strings.Contains(err.Error(), "404"), "of none it said %v", err)
		return nil
	}},
	{"check: CheckRegister of the node", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-under"})()
		must(w.client.Agent().CheckRegister(&api.AgentCheckRegistration{Name: "go-disk",
			AgentServiceCheck: api.AgentServiceCheck{TTL: "1h", Status: "passing"}}))
		defer func() { must(w.client.Agent().CheckDeregister("go-disk")) }()
		want(len(w.passing("go-under")) == 1, "a passing node takes it out")
		must(w.client.Agent().FailTTL("go-disk", "full"))
		want(len(w.passing("go-under")) == 0, "it passes on a critical node")
		return nil
	}},
	{"check: Alias", func(w *world) error {
		defer w.ttl("go-target")()
		defer w.register(&api.AgentServiceRegistration{Name: "go-alias",
			Check: &api.AgentServiceCheck{AliasService: "go-target"}})()
		must(w.client.Agent().PassTTL("service:go-target", ""))
		w.becomes("service:go-alias", "passing")
		must(w.client.Agent().FailTTL("service:go-target", "no"))
		w.becomes("service:go-alias", "critical")
		return nil
	}},
	{"check: DeregisterCriticalServiceAfter is taken", func(w *world) error {
		defer w.register(&api.AgentServiceRegistration{Name: "go-reaped",
			Check: &api.AgentServiceCheck{TTL: "1h", DeregisterCriticalServiceAfter: "90m"}})()
		w.check("service:go-reaped")
		return nil
	}},
	{"check: scripts are refused", func(w *world) error {
		err := w.client.Agent().ServiceRegister(&api.AgentServiceRegistration{Name: "go-script",
			Check: &api.AgentServiceCheck{Args: []string{"true"}, Interval: "1s"}})
		want(err != nil && strings.Contains(err.Error(), "Scripts are disabled"), "said %v", err)
		want(w.services()["go-script"] == nil, "it is registered nonetheless")
		return nil
	}},
	{"check: what is wrong is said", func(w *world) error {
		for _, wrong := range []api.AgentServiceCheck{{TTL: "10s", Interval: "1s", HTTP: "http://x/"},
			{HTTP: "http://x/"}, {}, {TCP: "x:1", Interval: "1"}} {
			err := w.client.Agent().CheckRegister(&api.AgentCheckRegistration{Name: "go-wrong", AgentServiceCheck: wrong})
			want(err != nil && strings.Contains(err.Error(), "400"), "%+v: said %v", wrong, err)
		}
		return nil
	}},
}
