// Backend is one of the servers behind the gateway: it registers itself with a TCP check
// (every 10 s, with 3 s of patience), answers, and goes in order on SIGTERM.
//
//	backend -name users -id users-1 -port 50051
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hashicorp/consul/api"
)

func register(client *api.Client, registration *api.AgentServiceRegistration) {
	for {
		err := client.Agent().ServiceRegister(registration)
		if err == nil {
			return
		}
		log.Printf("not registered yet: %v", err)
		time.Sleep(500 * time.Millisecond)
	}
}

func main() {
	name := flag.String("name", "users", "the service")
	id := flag.String("id", "users-1", "this instance")
	port := flag.Int("port", 50051, "where it listens, on 127.0.0.1")
	flag.Parse()

	client, err := api.NewClient(api.DefaultConfig())
	if err != nil {
		log.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", *port)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(out, *id)
	})}
	go server.Serve(listener)
	go register(client, &api.AgentServiceRegistration{
		ID: *id, Name: *name, Address: "127.0.0.1", Port: *port,
		Check: &api.AgentServiceCheck{TCP: address, Interval: "10s", Timeout: "3s"},
	})

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	<-stop
	if err := client.Agent().ServiceDeregister(*id); err != nil {
		log.Print(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server.Shutdown(ctx)
}
