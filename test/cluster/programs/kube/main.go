// One binary with every component of Kubernetes that the test cluster runs, and the one that enforces network
// policies: it runs the one it is called as (a link of that name). The components share nearly all of their
// packages, so one link step and 135 MB replace eight links and more than 500 MB.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	"slipway.test/kube/netpol"
)

var components = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"kubelet":                 func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kubectl":                 kubectl.NewDefaultKubectlCommand,
	"netpol":                  netpol.NewCommand,
	"netpol-announce":         netpol.NewAnnounceCommand,
}

func main() {
	name := filepath.Base(os.Args[0])
	command := components[name]
	if command == nil {
		fmt.Fprintf(os.Stderr, "%s: call this by the name of a component\n", name)
		os.Exit(2)
	}
	os.Exit(cli.Run(command()))
}
