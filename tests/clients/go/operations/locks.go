package main

import (
	"strings"
	"time"

	"github.com/hashicorp/consul/api"
)

var lockOperations = []operation{
	{"lock: Lock, Unlock, Destroy", func(w *world) error {
		lock, err := w.client.LockKey("go/lock")
		must(err)
		lost, err := lock.Lock(nil)
		must(err)
		want(lost != nil, "not held")
		_, err = lock.Lock(nil)
		want(err == api.ErrLockHeld, "twice: %v", err)
		must(lock.Unlock())
		must(lock.Destroy())
		want(w.get("go/lock") == nil, "the key is still there")
		return nil
	}},
	{"lock: a second one waits for the first", func(w *world) error {
		first, err := w.client.LockKey("go/lock2")
		must(err)
		second, err := w.client.LockOpts(&api.LockOptions{Key: "go/lock2", Value: []byte("second")})
		must(err)
		_, err = first.Lock(nil)
		must(err)
		held := make(chan error, 1)
		go func() {
			_, err := second.Lock(nil)
			held <- err
		}()
		select {
		case err := <-held:
			want(false, "it was not kept out: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
		must(first.Unlock())
		must(<-held)
		want(string(w.get("go/lock2").Value) == "second", "%+v", w.get("go/lock2"))
		must(second.Unlock())
		return second.Destroy()
	}},
	{"lock: one that tries once", func(w *world) error {
		first, err := w.client.LockKey("go/lock3")
		must(err)
		_, err = first.Lock(nil)
		must(err)
		second, err := w.client.LockOpts(&api.LockOptions{Key: "go/lock3", LockTryOnce: true, LockWaitTime: 300 * time.Millisecond})
		must(err)
		lost, err := second.Lock(nil)
		must(err)
		want(lost == nil, "it got it")
		must(first.Unlock())
		return first.Destroy()
	}},
	{"lock: is lost with its session", func(w *world) error {
		session, _, err := w.client.Session().Create(&api.SessionEntry{LockDelay: time.Nanosecond}, nil)
		must(err)
		lock, err := w.client.LockOpts(&api.LockOptions{Key: "go/lock4", Session: session})
		must(err)
		lost, err := lock.Lock(nil)
		must(err)
		_, err = w.client.Session().Destroy(session, nil)
		must(err)
		select {
		case <-lost:
		case <-time.After(10 * time.Second):
			want(false, "nobody was told")
		}
		w.clean("go/lock4")
		return nil
	}},
	{"lock: Semaphore", func(w *world) error {
		var held []*api.Semaphore
		for range 2 {
			semaphore, err := w.client.SemaphorePrefix("go/semaphore", 2)
			must(err)
			lost, err := semaphore.Acquire(nil)
			must(err)
			want(lost != nil, "not held")
			held = append(held, semaphore)
		}
		third, err := w.client.SemaphoreOpts(&api.SemaphoreOptions{Prefix: "go/semaphore", Limit: 2,
			SemaphoreTryOnce: true, SemaphoreWaitTime: 300 * time.Millisecond})
		must(err)
		lost, err := third.Acquire(nil)
		must(err)
		want(lost == nil, "three hold what two may")
		for _, semaphore := range held {
			must(semaphore.Release())
		}
		must(held[0].Destroy())
		w.clean("go/semaphore")
		return nil
	}},
}

var sessionOperations = []operation{
	{"session: Create, Info, List, Node, Destroy", func(w *world) error {
		id, _, err := w.client.Session().Create(&api.SessionEntry{Name: "go", TTL: "10s", LockDelay: 3 * time.Second,
			Behavior: api.SessionBehaviorDelete}, nil)
		must(err)
		entry, meta, err := w.client.Session().Info(id, nil)
		must(err)
		indexed(meta)
		want(entry.Name == "go" && entry.TTL == "10s" && entry.LockDelay == 3*time.Second &&
			entry.Behavior == "delete" && entry.Node == w.self(), "%+v", entry)
		for _, ask := range []func() ([]*api.SessionEntry, *api.QueryMeta, error){
			func() ([]*api.SessionEntry, *api.QueryMeta, error) { return w.client.Session().List(nil) },
			func() ([]*api.SessionEntry, *api.QueryMeta, error) { return w.client.Session().Node(w.self(), nil) },
		} {
			entries, _, err := ask()
			must(err)
			want(len(entries) == 1 && entries[0].ID == id, "%v", entries)
		}
		entries, _, err := w.client.Session().Node("nobody", nil)
		must(err)
		want(len(entries) == 0, "of nobody: %v", entries)
		_, err = w.client.Session().Destroy(id, nil)
		must(err)
		entry, _, err = w.client.Session().Info(id, nil)
		must(err)
		want(entry == nil, "still there: %+v", entry)
		return nil
	}},
	{"session: CreateNoChecks", func(w *world) error {
		id, _, err := w.client.Session().CreateNoChecks(&api.SessionEntry{Name: "go-none"}, nil)
		must(err)
		entry, _, err := w.client.Session().Info(id, nil)
		must(err)
		want(len(entry.NodeChecks) == 0, "%+v", entry)
		_, err = w.client.Session().Destroy(id, nil)
		return err
	}},
	{"session: Renew, RenewPeriodic", func(w *world) error {
		id, _, err := w.client.Session().Create(&api.SessionEntry{TTL: "10s"}, nil)
		must(err)
		entry, _, err := w.client.Session().Renew(id, nil)
		must(err)
		want(entry.ID == id, "%+v", entry)
		done := make(chan struct{})
		ended := make(chan error, 1)
		go func() { ended <- w.client.Session().RenewPeriodic("10s", id, nil, done) }()
		close(done) // which destroys it, too
		must(<-ended)
		entry, _, err = w.client.Session().Renew(id, nil)
		must(err)
		want(entry == nil, "still there: %+v", entry)
		return nil
	}},
	{"session: bound to the check of a service", func(w *world) error {
		defer w.ttl("go-bound")()
		_, _, err := w.client.Session().Create(&api.SessionEntry{ServiceChecks: []api.ServiceCheck{{ID: "service:go-bound"}}}, nil)
		want(err != nil && strings.Contains(err.Error(), "critical"), "with a critical check: %v", err)
		must(w.client.Agent().PassTTL("service:go-bound", ""))
		id, _, err := w.client.Session().Create(&api.SessionEntry{ServiceChecks: []api.ServiceCheck{{ID: "service:go-bound"}}}, nil)
		must(err)
		must(w.client.Agent().FailTTL("service:go-bound", ""))
		eventually(func() {
			entry, _, err := w.client.Session().Info(id, nil)
			must(err)
			want(entry == nil, "it outlives its check")
		})
		return nil
	}},
	{"session: what is wrong is said", func(w *world) error {
		for _, wrong := range []*api.SessionEntry{{TTL: "1s"}, {Behavior: "no"}, {Node: "nobody"}, {Checks: []string{"none"}}} {
			_, _, err := w.client.Session().Create(wrong, nil)
			want(err != nil, "%+v is taken", wrong)
		}
		return nil
	}},
}
