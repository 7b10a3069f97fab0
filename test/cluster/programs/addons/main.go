// What a cluster needs in pods beside Kubernetes itself, in one static binary: CoreDNS with the plugins that a
// cluster uses, metrics-server, and a small HTTP server and client for tests.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/metrics"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/logs"
	metrics "sigs.k8s.io/metrics-server/cmd/metrics-server/app"
)

var commands = map[string]func(arguments []string) error{
	"coredns":        func([]string) error { coremain.Run(); return nil },
	"metrics-server": runMetricsServer,
	"serve":          serve,
	"get":            get,
}

func runMetricsServer([]string) error {
	logs.InitLogs()
	defer logs.FlushLogs()
	return metrics.NewMetricsServerCommand(genericapiserver.SetupSignalHandler()).Execute()
}

// serve answers at an address with its own host name and the request.
func serve(arguments []string) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	return http.ListenAndServe(arguments[0], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s from %s\n", host, r.Method, r.URL, r.RemoteAddr)
	}))
}

// get prints what each of the URLs answers.
func get(urls []string) error {
	client := http.Client{Timeout: 4 * time.Second}
	for _, url := range urls {
		response, err := client.Get(url)
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, response.Body)
		response.Body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: addons coredns|metrics-server ... | serve ADDRESS | get URL...")
		os.Exit(2)
	}
	run, arguments := commands[os.Args[1]], os.Args[2:]
	// CoreDNS and metrics-server read their own arguments from here.
	os.Args = append(os.Args[:1:1], arguments...)
	if err := run(arguments); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
