package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/hashicorp/consul/api"
)

func (w *world) put(key, value string) {
	_, err := w.client.KV().Put(&api.KVPair{Key: key, Value: []byte(value)}, nil)
	must(err)
}

func (w *world) get(key string) *api.KVPair {
	pair, _, err := w.client.KV().Get(key, nil)
	must(err)
	return pair
}

// clean takes away what an operation wrote.
func (w *world) clean(prefix string) {
	_, err := w.client.KV().DeleteTree(prefix, nil)
	must(err)
}

var kvOperations = []operation{
	{"kv: Put, Get", func(w *world) error {
		defer w.clean("go/kv/")
		key := "go/kv/a b/ü//c"
		_, err := w.client.KV().Put(&api.KVPair{Key: key, Value: []byte{0, 1, 255}, Flags: math.MaxUint64}, nil)
		must(err)
		pair, meta, err := w.client.KV().Get(key, nil)
		must(err)
		indexed(meta)
		want(pair.Key == key && bytes.Equal(pair.Value, []byte{0, 1, 255}) && pair.Flags == math.MaxUint64, "%+v", pair)
		want(pair.CreateIndex == pair.ModifyIndex && pair.LockIndex == 0, "%+v", pair)
		pair, meta, err = w.client.KV().Get("go/kv/none", nil)
		must(err)
		indexed(meta)
		want(pair == nil, "of none: %+v", pair)
		return nil
	}},
	{"kv: Put, an empty value and one that is too large", func(w *world) error {
		defer w.clean("go/size/")
		w.put("go/size/none", "")
		want(len(w.get("go/size/none").Value) == 0, "%+v", w.get("go/size/none"))
		w.put("go/size/all", strings.Repeat("x", 512*1024))
		want(len(w.get("go/size/all").Value) == 512*1024, "cut")
		_, err := w.client.KV().Put(&api.KVPair{Key: "go/size/more", Value: make([]byte, 512*1024+1)}, nil)
		want(err != nil && strings.Contains(err.Error(), "413"), "said %v", err)
		return nil
	}},
	{"kv: List", func(w *world) error {
		defer w.clean("go/list")
		for _, key := range []string{"go/list/b", "go/list/a", "go/list/a/c", "go/listing"} {
			w.put(key, key)
		}
		pairs, meta, err := w.client.KV().List("go/list/", nil)
		must(err)
		indexed(meta)
		want(len(pairs) == 3 && pairs[0].Key == "go/list/a" && pairs[2].Key == "go/list/b", "%v", pairs)
		pairs, _, err = w.client.KV().List("go/nowhere/", nil)
		must(err)
		want(pairs == nil, "of none: %v", pairs)
		return nil
	}},
	{"kv: Keys", func(w *world) error {
		defer w.clean("go/keys/")
		for _, key := range []string{"go/keys/a", "go/keys/d/1", "go/keys/d/2"} {
			w.put(key, "")
		}
		keys, _, err := w.client.KV().Keys("go/keys/", "/", nil)
		must(err)
		want(fmt.Sprint(keys) == "[go/keys/a go/keys/d/]", "%v", keys)
		keys, _, err = w.client.KV().Keys("go/keys/", "", nil)
		must(err)
		want(len(keys) == 3, "%v", keys)
		return nil
	}},
	{"kv: CAS", func(w *world) error {
		defer w.clean("go/cas")
		pair := &api.KVPair{Key: "go/cas", Value: []byte("1")}
		for _, expected := range []bool{true, false} {
			done, _, err := w.client.KV().CAS(pair, nil)
			must(err)
			want(done == expected, "with 0: %v", done)
		}
		pair.ModifyIndex = w.get("go/cas").ModifyIndex
		pair.Value = []byte("2")
		for _, expected := range []bool{true, false} {
			done, _, err := w.client.KV().CAS(pair, nil)
			must(err)
			want(done == expected, "with its index: %v", done)
		}
		return nil
	}},
	{"kv: Put of the same moves nothing", func(w *world) error {
		defer w.clean("go/same")
		w.put("go/same", "1")
		index := w.get("go/same").ModifyIndex
		w.put("go/same", "1")
		want(w.get("go/same").ModifyIndex == index, "%d", w.get("go/same").ModifyIndex)
		return nil
	}},
	{"kv: Acquire, Release", func(w *world) error {
		defer w.clean("go/acquire")
		first, _, err := w.client.Session().Create(&api.SessionEntry{LockDelay: 1}, nil)
		must(err)
		second, _, err := w.client.Session().Create(nil, nil)
		must(err)
		take := func(session string) bool {
			done, _, err := w.client.KV().Acquire(&api.KVPair{Key: "go/acquire", Session: session}, nil)
			must(err)
			return done
		}
		want(take(first) && !take(second) && take(first), "acquire")
		want(w.get("go/acquire").Session == first && w.get("go/acquire").LockIndex == 1, "%+v", w.get("go/acquire"))
		done, _, err := w.client.KV().Release(&api.KVPair{Key: "go/acquire", Session: second}, nil)
		must(err)
		want(!done, "released by the wrong one")
		done, _, err = w.client.KV().Release(&api.KVPair{Key: "go/acquire", Session: first}, nil)
		must(err)
		want(done && take(second) && w.get("go/acquire").LockIndex == 2, "%+v", w.get("go/acquire"))
		_, _, err = w.client.KV().Acquire(&api.KVPair{Key: "go/acquire", Session: "adf4238a-882b-9ddc-4a9d-5b6758e4159e"}, nil)
		want(err != nil && strings.Contains(err.Error(), "invalid session"), "said %v", err)
		for _, id := range []string{first, second} {
			_, err = w.client.Session().Destroy(id, nil)
			must(err)
		}
		return nil
	}},
	{"kv: Delete, DeleteCAS, DeleteTree", func(w *world) error {
		w.put("go/delete/a", "")
		w.put("go/delete/b", "")
		_, err := w.client.KV().Delete("go/delete/a", nil)
		must(err)
		_, err = w.client.KV().Delete("go/delete/a", nil)
		must(err)
		want(w.get("go/delete/a") == nil, "a is there")
		pair := w.get("go/delete/b")
		pair.ModifyIndex++
		done, _, err := w.client.KV().DeleteCAS(pair, nil)
		must(err)
		want(!done, "deleted with the wrong index")
		pair.ModifyIndex--
		done, _, err = w.client.KV().DeleteCAS(pair, nil)
		must(err)
		want(done && w.get("go/delete/b") == nil, "b is there")
		w.put("go/delete/c", "")
		w.clean("go/delete/")
		want(w.get("go/delete/c") == nil, "c is there")
		return nil
	}},
	{"kv: Txn", func(w *world) error {
		defer w.clean("go/kvtxn")
		done, answer, _, err := w.client.KV().Txn(api.KVTxnOps{
			{Verb: api.KVSet, Key: "go/kvtxn", Value: []byte("1")}, {Verb: api.KVGet, Key: "go/kvtxn"}}, nil)
		must(err)
		want(done && len(answer.Results) == 2 && string(answer.Results[1].Value) == "1", "%+v", answer)
		return nil
	}},
	{"txn: all verbs of keys", func(w *world) error {
		defer w.clean("go/txn/")
		session, _, err := w.client.Session().Create(nil, nil)
		must(err)
		op := func(verb api.KVOp, key string, index uint64) *api.TxnOp {
			return &api.TxnOp{KV: &api.KVTxnOp{Verb: verb, Key: "go/txn/" + key, Value: []byte("v"), Index: index, Session: session}}
		}
		done, answer, _, err := w.client.Txn().Txn(api.TxnOps{op(api.KVCheckNotExists, "a", 0), op(api.KVSet, "a", 0),
			op(api.KVCAS, "b", 0), op(api.KVLock, "c", 0), op(api.KVCheckSession, "c", 0), op(api.KVUnlock, "c", 0),
			op(api.KVGet, "a", 0), op(api.KVGetOrEmpty, "none", 0), op(api.KVGetTree, "", 0), op(api.KVDelete, "b", 0)}, nil)
		must(err)
		want(done, "%v", answer.Errors)
		index := w.get("go/txn/a").ModifyIndex
		done, answer, _, err = w.client.Txn().Txn(api.TxnOps{op(api.KVCheckIndex, "a", index), op(api.KVDeleteCAS, "a", index),
			op(api.KVDeleteTree, "", 0)}, nil)
		must(err)
		want(done && w.get("go/txn/c") == nil, "%v", answer.Errors)
		_, err = w.client.Session().Destroy(session, nil)
		return err
	}},
	{"txn: nodes and services read, checks and keys written together", func(w *world) error {
		_, err := w.client.Catalog().Register(&api.CatalogRegistration{Node: "go-txn", Address: "192.0.2.8",
			Service: &api.AgentService{Service: "go-txn-db", Port: 5432},
			Check:   &api.AgentCheck{CheckID: "up", Name: "up", Status: "passing", ServiceID: "go-txn-db"}}, nil)
		must(err)
		check := api.HealthCheck{Node: "go-txn", CheckID: "up", Name: "up", ServiceID: "go-txn-db", Status: "critical", Output: "down"}
		done, answer, _, err := w.client.Txn().Txn(api.TxnOps{
			{Node: &api.NodeTxnOp{Verb: api.NodeGet, Node: api.Node{Node: "go-txn"}}},
			{Service: &api.ServiceTxnOp{Verb: api.ServiceGet, Node: "go-txn", Service: api.AgentService{ID: "go-txn-db"}}},
			{Check: &api.CheckTxnOp{Verb: api.CheckSet, Check: check}}}, nil)
		must(err)
		want(done && len(answer.Results) == 3, "%v", answer.Errors)
		want(answer.Results[0].Node.Address == "192.0.2.8" && answer.Results[1].Service.Port == 5432 &&
			answer.Results[2].Check.Status == "critical", "%v", answer.Results)
		want(len(w.passing("go-txn-db")) == 0, "it still passes")
		defer w.clean("go/txn-both")
		both := api.TxnOps{{KV: &api.KVTxnOp{Verb: api.KVSet, Key: "go/txn-both", Value: []byte("1")}},
			{Check: &api.CheckTxnOp{Verb: api.CheckDelete, Check: check}}}
		done, answer, _, err = w.client.Txn().Txn(both, nil)
		must(err)
		want(done && len(answer.Results) == 1 && answer.Results[0].KV.Key == "go/txn-both", "%v", answer.Errors)
		want(len(w.passing("go-txn-db")) == 1, "its check is still there")
		_, err = w.client.Catalog().Deregister(&api.CatalogDeregistration{Node: "go-txn"}, nil)
		must(err)
		_, _, _, err = w.client.Txn().Txn(api.TxnOps{{Node: &api.NodeTxnOp{Verb: api.NodeSet, Node: api.Node{Node: "go-txn"}}}}, nil)
		want(err != nil && strings.Contains(err.Error(), "/v1/catalog/register"), "of a node set it said %v", err)
		return nil
	}},
	{"txn: rolled back, and too long", func(w *world) error {
		done, answer, _, err := w.client.Txn().Txn(api.TxnOps{
			{KV: &api.KVTxnOp{Verb: api.KVSet, Key: "go/rolled"}}, {KV: &api.KVTxnOp{Verb: api.KVGet, Key: "go/none"}}}, nil)
		must(err)
		want(!done && len(answer.Errors) == 1 && answer.Errors[0].OpIndex == 1, "%+v", answer)
		want(w.get("go/rolled") == nil, "it was written")
		var many api.TxnOps
		for i := range 129 {
			many = append(many, &api.TxnOp{KV: &api.KVTxnOp{Verb: api.KVGetOrEmpty, Key: fmt.Sprint(i)}})
		}
		_, _, _, err = w.client.Txn().Txn(many, nil)
		want(err != nil && strings.Contains(err.Error(), "too many operations"), "said %v", err)
		return nil
	}},
}
