// Operations runs every call of Consul's own Go client against one agent and prints a line
// for each: {"operation": "...", "error": ""}. The agent's address comes by the client's
// own environment variable, CONSUL_HTTP_ADDR.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/consul/api"
)

// world is what operations share: the client, and back ends of their own to be checked.
type world struct {
	client *api.Client
	web    *httptest.Server // answers with the status that `status` says
	status atomic.Int32
	tcp    net.Listener
}

type operation struct {
	name string
	run  func(w *world) error
}

// must ends the operation that runs; run() makes an error of it.
type failure struct{ error }

func must(err error) {
	if err != nil {
		panic(failure{err})
	}
}

func want(truth bool, format string, arguments ...any) {
	if !truth {
		panic(failure{fmt.Errorf(format, arguments...)})
	}
}

// eventually tries until it holds; what the last try said is the failure.
func eventually(try func()) {
	end := time.Now().Add(10 * time.Second)
	for {
		err := attempt(try)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			panic(failure{err})
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func attempt(try func()) (err error) {
	defer func() {
		if met := recover(); met != nil {
			failed, ours := met.(failure)
			if !ours {
				panic(met)
			}
			err = failed.error
		}
	}()
	try()
	return nil
}

func (w *world) webAddress() (string, int) {
	address := w.web.Listener.Addr().(*net.TCPAddr)
	return address.IP.String(), address.Port
}

func newWorld() *world {
	client, err := api.NewClient(api.DefaultConfig())
	must(err)
	w := &world{client: client}
	w.status.Store(200)
	w.web = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.WriteHeader(int(w.status.Load()))
		fmt.Fprint(out, "so it is")
	}))
	w.tcp, err = net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() {
		for {
			connection, err := w.tcp.Accept()
			if err != nil {
				return
			}
			connection.Close()
		}
	}()
	return w
}

func main() {
	var all []operation
	for _, some := range [][]operation{agentOperations, checkOperations, healthOperations,
		catalogOperations, blockingOperations, filterOperations, kvOperations, lockOperations,
		sessionOperations, queryOperations, watchOperations, otherOperations} {
		all = append(all, some...)
	}
	w := newWorld()
	lines := json.NewEncoder(os.Stdout)
	for _, each := range all {
		if len(os.Args) > 1 && !strings.Contains(each.name, os.Args[1]) {
			continue
		}
		w.status.Store(200)
		begin := time.Now()
		text := ""
		if err := attempt(func() { must(each.run(w)) }); err != nil {
			text = err.Error()
		}
		lines.Encode(map[string]any{"operation": each.name, "error": text,
			"ms": time.Since(begin).Milliseconds()})
	}
}
