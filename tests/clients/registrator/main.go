// Registrator makes the calls of gliderlabs/registrator's Consul and key back ends, by Go's
// client of its time (2019), in the order in which registrator makes them, and prints a line
// of JSON for each. Its own module is served by no Go module proxy any more.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/consul/api"
)

type adapter struct {
	client *api.Client
}

func (a *adapter) ping() error {
	leader, err := a.client.Status().Leader()
	if err == nil && leader == "" {
		err = fmt.Errorf("there is no leader")
	}
	return err
}

// service is what a container of that kind becomes.
func service(id string, check *api.AgentServiceCheck) *api.AgentServiceRegistration {
	return &api.AgentServiceRegistration{ID: id, Name: "old-web", Port: 32768, Tags: []string{"a", "b"},
		Address: "127.0.0.1", Meta: map[string]string{"container": "web"}, Check: check}
}

func (a *adapter) services() (map[string]*api.AgentService, error) {
	return a.client.Agent().Services()
}

func (a *adapter) registerAll() error {
	for id, check := range map[string]*api.AgentServiceCheck{
		"host:plain:80": nil,
		"host:http:80":  {HTTP: "http://127.0.0.1:1/health", Interval: "10s", Timeout: "1s", Status: "passing"},
		"host:tcp:80":   {TCP: "127.0.0.1:1", Interval: "10s", DeregisterCriticalServiceAfter: "10m"},
		"host:ttl:80":   {TTL: "30s"},
	} {
		if err := a.client.Agent().ServiceRegister(service(id, check)); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	found, err := a.services()
	if err == nil && len(found) != 4 {
		err = fmt.Errorf("%d are registered", len(found))
	}
	if err != nil {
		return err
	}
	plain := found["host:plain:80"]
	if plain == nil || plain.Service != "old-web" || plain.Port != 32768 || len(plain.Tags) != 2 || plain.Address != "127.0.0.1" {
		return fmt.Errorf("it is %+v", plain)
	}
	return nil
}

// refresh is what registrator does each -ttl-refresh: the same registration again.
func (a *adapter) refresh() error {
	_, before, err := a.client.Health().Service("old-web", "", false, nil)
	if err != nil {
		return err
	}
	for range 10 {
		if err := a.client.Agent().ServiceRegister(service("host:plain:80", nil)); err != nil {
			return err
		}
	}
	_, after, err := a.client.Health().Service("old-web", "", false, nil)
	if err == nil && before.LastIndex != after.LastIndex {
		err = fmt.Errorf("the same again moved the index from %d to %d", before.LastIndex, after.LastIndex)
	}
	return err
}

func (a *adapter) deregisterAll() error {
	found, err := a.services()
	if err != nil {
		return err
	}
	for id := range found {
		if err := a.client.Agent().ServiceDeregister(id); err != nil {
			return err
		}
	}
	found, err = a.services()
	if err == nil && len(found) != 0 {
		err = fmt.Errorf("%d are left", len(found))
	}
	return err
}

func (a *adapter) keys() error {
	key := "old/old-web/host:plain:80"
	if _, err := a.client.KV().Put(&api.KVPair{Key: key, Value: []byte("127.0.0.1:32768")}, nil); err != nil {
		return err
	}
	pair, _, err := a.client.KV().Get(key, nil)
	if err == nil && (pair == nil || string(pair.Value) != "127.0.0.1:32768") {
		err = fmt.Errorf("it is %+v", pair)
	}
	if err != nil {
		return err
	}
	_, err = a.client.KV().Delete(key, nil)
	return err
}

func main() {
	client, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		panic(err)
	}
	a := &adapter{client}
	lines := json.NewEncoder(os.Stdout)
	for _, each := range []struct {
		name string
		run  func() error
	}{
		{"consul: Ping", a.ping},
		{"consul: Register, without and with each kind of check, Services", a.registerAll},
		{"consul: Refresh, again and again", a.refresh},
		{"consul: Deregister, ids with colons", a.deregisterAll},
		{"consulkv: Register, Deregister", a.keys},
	} {
		begin := time.Now()
		text := ""
		if err := each.run(); err != nil {
			text = err.Error()
		}
		lines.Encode(map[string]any{"operation": each.name, "error": text, "ms": time.Since(begin).Milliseconds()})
	}
}
