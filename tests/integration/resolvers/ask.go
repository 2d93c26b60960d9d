// ask host|srv NAME: one line, sorted, by Go's own resolver (GODEBUG=netdns=go) or libc's.
package main

import (
	"fmt"
	"net"
	"os"
	"sort"
	"strings"
)

func ask(how, name string) ([]string, error) {
	if how == "host" {
		return net.LookupHost(name)
	}
	_, records, err := net.LookupSRV("http", "tcp", name)
	var found []string
	for _, record := range records {
		found = append(found, fmt.Sprintf("%s:%d", record.Target, record.Port))
	}
	return found, err
}

func main() {
	found, err := ask(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	sort.Strings(found)
	fmt.Println(strings.Join(found, " "))
}
