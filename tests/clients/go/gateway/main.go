// Gateway hands requests for /users and /orders to the healthy back ends of that service,
// in turn. It learns of them by blocking queries, one for each service, and goes on with
// what it knew while the agent cannot be reached. A back end that does not answer is left
// out for this request, and the next one is asked.
//
//	gateway -port 8081
//
// GET /known shows which back ends it knows of.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/consul/api"
)

// route is one service behind the gateway.
type route struct {
	name  string
	known atomic.Pointer[[]string] // addresses
	turn  atomic.Uint32
}

// follow keeps the list of a service up to date for ever.
func (r *route) follow(client *api.Client) {
	var index uint64
	for {
		entries, meta, err := client.Health().Service(r.name, "", true,
			&api.QueryOptions{WaitIndex: index, WaitTime: time.Minute})
		if err != nil {
			log.Printf("%s: working with what was known: %v", r.name, err)
			index = 0
			time.Sleep(200 * time.Millisecond)
			continue
		}
		if meta.LastIndex < index {
			index = 0 // state was lost: start again
		} else {
			index = meta.LastIndex
		}
		found := []string{}
		for _, entry := range entries {
			found = append(found, fmt.Sprintf("%s:%d", entry.Service.Address, entry.Service.Port))
		}
		r.known.Store(&found)
	}
}

func (r *route) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	known := *r.known.Load()
	first := int(r.turn.Add(1))
	for i := range known {
		address := known[(first+i)%len(known)]
		answer, err := backends.Get("http://" + address + in.URL.Path)
		if err != nil {
			log.Printf("%s: %v", r.name, err)
			continue
		}
		defer answer.Body.Close()
		out.WriteHeader(answer.StatusCode)
		io.Copy(out, answer.Body)
		return
	}
	http.Error(out, "no back end of "+r.name, http.StatusBadGateway)
}

var backends = &http.Client{Timeout: 3 * time.Second}

func register(client *api.Client, port int) {
	for {
		err := client.Agent().ServiceRegister(&api.AgentServiceRegistration{
			ID: "gateway-1", Name: "gateway", Address: "127.0.0.1", Port: port,
			Check: &api.AgentServiceCheck{HTTP: fmt.Sprintf("http://127.0.0.1:%d/health", port),
				Interval: "10s", Timeout: "3s"},
		})
		if err == nil {
			return
		}
		log.Printf("not registered yet: %v", err)
		time.Sleep(500 * time.Millisecond)
	}
}

func main() {
	port := flag.Int("port", 8081, "where it listens, on 127.0.0.1")
	services := flag.String("services", "users,orders", "what is behind it")
	flag.Parse()

	client, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		log.Fatal(err)
	}
	known := map[string]*route{}
	for _, name := range strings.Split(*services, ",") {
		r := &route{name: name}
		r.known.Store(&[]string{})
		known[name] = r
		http.Handle("/"+name, r)
		go r.follow(client)
	}
	http.HandleFunc("/health", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, "ok") })
	http.HandleFunc("/known", func(out http.ResponseWriter, _ *http.Request) {
		lists := map[string][]string{}
		for name, r := range known {
			lists[name] = *r.known.Load()
		}
		json.NewEncoder(out).Encode(lists)
	})
	go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), nil)) }()
	go register(client, *port)

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	<-stop
	if err := client.Agent().ServiceDeregister("gateway-1"); err != nil {
		log.Print(err)
	}
}
