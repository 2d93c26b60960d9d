package main

import (
	"context"
	"time"

	"github.com/hashicorp/consul/api"
)

type answer struct {
	meta *api.QueryMeta
	err  error
	took time.Duration
}

// blocked asks with an index and hands over the answer when it comes.
func blocked(ask func(*api.QueryOptions) (*api.QueryMeta, error), index uint64, wait time.Duration) chan answer {
	come := make(chan answer, 1)
	begin := time.Now()
	go func() {
		meta, err := ask(&api.QueryOptions{WaitIndex: index, WaitTime: wait})
		come <- answer{meta, err, time.Since(begin)}
	}()
	return come
}

// wakes says that a change ends the wait, with a newer index.
func wakes(ask func(*api.QueryOptions) (*api.QueryMeta, error), change func()) {
	meta, err := ask(nil)
	must(err)
	come := blocked(ask, meta.LastIndex, time.Minute)
	time.Sleep(50 * time.Millisecond)
	change()
	got := <-come
	must(got.err)
	want(got.meta.LastIndex > meta.LastIndex, "index %d after %d", got.meta.LastIndex, meta.LastIndex)
	want(got.took < 20*time.Second, "took %s", got.took)
}

func (w *world) askHealth(service string) func(*api.QueryOptions) (*api.QueryMeta, error) {
	return func(q *api.QueryOptions) (*api.QueryMeta, error) {
		_, meta, err := w.client.Health().Service(service, "", true, q)
		return meta, err
	}
}

var blockingOperations = []operation{
	{"blocking: health of a service wakes when it moves", func(w *world) error {
		defer w.ttl("go-block")()
		wakes(w.askHealth("go-block"), func() { must(w.client.Agent().PassTTL("service:go-block", "")) })
		return nil
	}},
	{"blocking: health of an absent service", func(w *world) error {
		var remove func()
		wakes(w.askHealth("go-coming"), func() { remove = w.register(&api.AgentServiceRegistration{Name: "go-coming"}) })
		wakes(w.askHealth("go-coming"), remove)
		return nil
	}},
	{"blocking: another service wakes nobody, and the wait ends in time", func(w *world) error {
		defer w.ttl("go-still")()
		defer w.ttl("go-loud")()
		meta, err := w.askHealth("go-still")(nil)
		must(err)
		come := blocked(w.askHealth("go-still"), meta.LastIndex, time.Second)
		time.Sleep(50 * time.Millisecond)
		must(w.client.Agent().PassTTL("service:go-loud", ""))
		got := <-come
		must(got.err)
		want(got.meta.LastIndex == meta.LastIndex, "index %d after %d", got.meta.LastIndex, meta.LastIndex)
		want(got.took >= time.Second && got.took < 3*time.Second, "took %s", got.took)
		return nil
	}},
	{"blocking: catalog services, service, nodes, node", func(w *world) error {
		catalog := w.client.Catalog()
		for _, ask := range []func(*api.QueryOptions) (*api.QueryMeta, error){
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := catalog.Services(q)
				return meta, err
			},
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := catalog.Service("go-cat", "", q)
				return meta, err
			},
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := catalog.Node(w.self(), q)
				return meta, err
			},
		} {
			var remove func()
			wakes(ask, func() { remove = w.register(&api.AgentServiceRegistration{Name: "go-cat"}) })
			wakes(ask, remove)
		}
		wakes(func(q *api.QueryOptions) (*api.QueryMeta, error) { _, meta, err := catalog.Nodes(q); return meta, err },
			func() {
				_, err := catalog.Register(&api.CatalogRegistration{Node: "go-n", Address: "192.0.2.8"}, nil)
				must(err)
			})
		_, err := catalog.Deregister(&api.CatalogDeregistration{Node: "go-n"}, nil)
		return err
	}},
	{"blocking: health checks, state, node", func(w *world) error {
		health := w.client.Health()
		defer w.ttl("go-hblock")()
		for _, ask := range []func(*api.QueryOptions) (*api.QueryMeta, error){
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := health.Checks("go-hblock", q)
				return meta, err
			},
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := health.State("any", q)
				return meta, err
			},
			func(q *api.QueryOptions) (*api.QueryMeta, error) {
				_, meta, err := health.Node(w.self(), q)
				return meta, err
			},
		} {
			must(w.client.Agent().FailTTL("service:go-hblock", ""))
			wakes(ask, func() { must(w.client.Agent().PassTTL("service:go-hblock", "")) })
		}
		return nil
	}},
	{"blocking: a key, present and absent, and a prefix", func(w *world) error {
		kv := w.client.KV()
		put := func(key, value string) func() {
			return func() { _, err := kv.Put(&api.KVPair{Key: key, Value: []byte(value)}, nil); must(err) }
		}
		one := func(q *api.QueryOptions) (*api.QueryMeta, error) {
			_, meta, err := kv.Get("go/b/key", q)
			return meta, err
		}
		all := func(q *api.QueryOptions) (*api.QueryMeta, error) {
			_, meta, err := kv.List("go/b/", q)
			return meta, err
		}
		keys := func(q *api.QueryOptions) (*api.QueryMeta, error) {
			_, meta, err := kv.Keys("go/b/", "", q)
			return meta, err
		}
		wakes(one, put("go/b/key", "1"))
		wakes(one, put("go/b/key", "2"))
		wakes(all, put("go/b/key", "3"))
		wakes(keys, put("go/b/other", "1"))
		wakes(all, func() { _, err := kv.DeleteTree("go/b/", nil); must(err) })
		return nil
	}},
	{"blocking: sessions", func(w *world) error {
		ask := func(q *api.QueryOptions) (*api.QueryMeta, error) {
			_, meta, err := w.client.Session().List(q)
			return meta, err
		}
		var id string
		wakes(ask, func() {
			var err error
			id, _, err = w.client.Session().Create(nil, nil)
			must(err)
		})
		wakes(ask, func() { _, err := w.client.Session().Destroy(id, nil); must(err) })
		return nil
	}},
	{"blocking: a client that goes away", func(w *world) error {
		meta, err := w.askHealth("go-away")(nil)
		must(err)
		for range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			_, _, err := w.client.Health().Service("go-away", "", false,
				(&api.QueryOptions{WaitIndex: meta.LastIndex}).WithContext(ctx))
			cancel()
			want(err != nil, "it was answered")
		}
		return nil
	}},
	{"blocking: consistency modes and the agent's cache", func(w *world) error {
		defer w.ttl("go-modes")()
		for _, q := range []*api.QueryOptions{{AllowStale: true}, {RequireConsistent: true},
			{UseCache: true, MaxAge: time.Minute, StaleIfError: time.Hour}} {
			_, meta, err := w.client.Health().Service("go-modes", "", false, q)
			must(err)
			indexed(meta)
		}
		return nil
	}},
}
