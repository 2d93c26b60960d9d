// Discovery is how Prometheus finds targets in Consul, by itself: Prometheus' own manager and
// its consul_sd, unmodified, for one block of consul_sd_configs; what it finds is kept in a
// file as file_sd_configs reads it. For a Prometheus that was built without consul_sd, as
// Debian's is.
//
//	discovery -config consul.yaml -out targets.json
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"log/slog"
	"os"
	"sort"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	_ "github.com/prometheus/prometheus/discovery/consul"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"gopkg.in/yaml.v2"
)

type scrape struct {
	Configs discovery.Configs `yaml:",inline"`
}

// UnmarshalYAML reads the block as a scrape configuration of Prometheus does.
func (s *scrape) UnmarshalYAML(unmarshal func(any) error) error {
	return discovery.UnmarshalYAMLWithInlineConfigs(s, unmarshal)
}

type group struct {
	Targets []string       `json:"targets"`
	Labels  model.LabelSet `json:"labels"`
}

// write replaces the file as a whole, so that a reader never sees half of it.
func write(path string, groups []*targetgroup.Group) error {
	all := []group{}
	for _, each := range groups {
		for _, target := range each.Targets {
			labels := each.Labels.Clone()
			for name, value := range target {
				labels[name] = value
			}
			delete(labels, model.AddressLabel)
			all = append(all, group{[]string{string(target[model.AddressLabel])}, labels})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Labels.Before(all[j].Labels) })
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func main() {
	config := flag.String("config", "consul.yaml", "a block with consul_sd_configs")
	out := flag.String("out", "targets.json", "for file_sd_configs")
	flag.Parse()
	text, err := os.ReadFile(*config)
	if err != nil {
		log.Fatal(err)
	}
	var block scrape
	if err := yaml.UnmarshalStrict(text, &block); err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	metrics, err := discovery.CreateAndRegisterSDMetrics(registry)
	if err != nil {
		log.Fatal(err)
	}
	manager := discovery.NewManager(context.Background(), slog.New(slog.NewTextHandler(os.Stderr, nil)), registry, metrics,
		discovery.Updatert(100*time.Millisecond))
	if manager == nil {
		log.Fatal("no manager")
	}
	if err := manager.ApplyConfig(map[string]discovery.Configs{"consul": block.Configs}); err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(manager.Run()) }()
	for groups := range manager.SyncCh() {
		if err := write(*out, groups["consul"]); err != nil {
			log.Fatal(err)
		}
	}
}
