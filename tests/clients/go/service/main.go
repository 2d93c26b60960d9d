// Service is a program as its user would write it: an HTTP server that registers itself
// with the agent, is checked every 10 s, and asks in a loop who else is there. While the
// agent cannot be reached it works with what it knew last, and tries again.
//
//	service -id web-1 -port 8080
//
// It prints a line of JSON each time its view of the others was looked up:
// {"fresh":true,"instances":["web-1=127.0.0.1:8080"]}.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/consul/api"
)

type service struct {
	client *api.Client
	name   string
	id     string
	port   int

	known      []string // the local copy
	registered bool
}

func (s *service) register() error {
	return s.client.Agent().ServiceRegister(&api.AgentServiceRegistration{
		ID: s.id, Name: s.name, Address: "127.0.0.1", Port: s.port,
		Check: &api.AgentServiceCheck{
			HTTP:     fmt.Sprintf("http://127.0.0.1:%d/health", s.port),
			Interval: "10s",
		},
	})
}

// look asks for the passing instances. What it learns replaces the local copy; what goes
// wrong leaves it as it is.
func (s *service) look() error {
	if !s.registered {
		if err := s.register(); err != nil {
			return err
		}
		s.registered = true
	}
	entries, _, err := s.client.Health().Service(s.name, "", true, nil)
	if err != nil {
		return err
	}
	found := []string{}
	for _, entry := range entries {
		address := entry.Service.Address
		if address == "" {
			address = entry.Node.Address
		}
		found = append(found, fmt.Sprintf("%s=%s:%d", entry.Service.ID, address, entry.Service.Port))
	}
	s.known = found
	return nil
}

func (s *service) loop(every time.Duration, stop <-chan os.Signal) {
	lines := json.NewEncoder(os.Stdout)
	for {
		err := s.look()
		if err != nil {
			log.Printf("working with what was known: %v", err)
		}
		lines.Encode(map[string]any{"fresh": err == nil, "instances": s.known})
		select {
		case <-stop:
			return
		case <-time.After(every):
		}
	}
}

func main() {
	name := flag.String("name", "web", "the service")
	id := flag.String("id", "web-1", "this instance")
	port := flag.Int("port", 8080, "where it listens, on 127.0.0.1")
	every := flag.Duration("every", time.Second, "time between two looks")
	flag.Parse()

	client, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/health", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, "ok") })
	go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil)) }()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	s := &service{client: client, name: *name, id: *id, port: *port}
	s.loop(*every, stop)
	if err := client.Agent().ServiceDeregister(*id); err != nil {
		log.Fatal(err)
	}
}
