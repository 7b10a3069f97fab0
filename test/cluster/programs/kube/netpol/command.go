// Package netpol enforces NetworkPolicy (networking.k8s.io/v1) on a cluster of one node, IPv4. The published
// controllers do not run here: they need NFQUEUE, which not every kernel has, or the module proxy lacks them.
//
// Each change of a pod, a namespace or a policy renders the whole table, which nft loads in one transaction.
// Pods hang on veths of their own (CNI plugin ptp), so a packet between two of them is forwarded and passes the
// table, after kube-proxy has replaced the address of a service.
package netpol

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	networkinginformers "k8s.io/client-go/informers/networking/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// Several changes that come together are loaded once.
const settle = 20 * time.Millisecond

// NewCommand returns the component, which runs until it is killed.
func NewCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{
		Use:          "netpol",
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return enforce(command.Context(), kubeconfig)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "who to ask for pods, namespaces and policies")
	return command
}

type watched struct {
	pods       coreinformers.PodInformer
	namespaces coreinformers.NamespaceInformer
	policies   networkinginformers.NetworkPolicyInformer
}

func enforce(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	world := watched{
		pods:       factory.Core().V1().Pods(),
		namespaces: factory.Core().V1().Namespaces(),
		policies:   factory.Networking().V1().NetworkPolicies(),
	}
	changed, poke := notifications()
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { poke() },
		UpdateFunc: func(any, any) { poke() },
		DeleteFunc: func(any) { poke() },
	}
	for _, informer := range []cache.SharedIndexInformer{
		world.pods.Informer(), world.namespaces.Informer(), world.policies.Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	announced, err := listen()
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	rules := enforcer{world: world, announced: map[types.UID]*announcement{}}
	for {
		select {
		case one := <-announced:
			rules.announced[one.UID] = one
		case <-changed:
		}
		time.Sleep(settle)
		if err := rules.update(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			time.AfterFunc(time.Second, poke)
		}
	}
}

// enforcer is what the rules are made from, and what of it is loaded.
type enforcer struct {
	world     watched
	announced map[types.UID]*announcement
	loaded    string
}

// update loads the rules where they have changed, and lets the pods go that waited for theirs.
func (e *enforcer) update() error {
	now, err := e.look()
	if err != nil {
		return err
	}
	if table := now.render(); table != e.loaded {
		if err := load(table); err != nil {
			return fmt.Errorf("%w\n%s", err, table)
		}
		e.loaded = table
		fmt.Printf("%s loaded: %d policies, %d pods\n", time.Now().Format(time.RFC3339Nano), len(now.policies), len(now.pods))
	}
	for uid, one := range e.announced {
		if now.known[uid] {
			one.release()
		} else if one.released {
			delete(e.announced, uid) // its pod is gone
		}
	}
	return nil
}

// notifications returns a channel that holds one message at most, and what puts it there.
func notifications() (<-chan struct{}, func()) {
	changed := make(chan struct{}, 1)
	return changed, func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

// look takes what the informers know, in an order that does not change by itself.
func (e *enforcer) look() (*snapshot, error) {
	pods, err := e.world.pods.Lister().List(labels.Everything())
	if err != nil {
		return nil, err
	}
	namespaces, err := e.world.namespaces.Lister().List(labels.Everything())
	if err != nil {
		return nil, err
	}
	policies, err := e.world.policies.Lister().List(labels.Everything())
	if err != nil {
		return nil, err
	}
	now := &snapshot{known: map[types.UID]bool{}, namespaces: map[string]labels.Set{}, policies: policies}
	for _, pod := range pods {
		now.known[pod.UID] = true
		if one := e.announced[pod.UID]; one != nil && one.Address != pod.Status.PodIP {
			pod = pod.DeepCopy()
			pod.Status.PodIP = one.Address
		}
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended {
			now.pods = append(now.pods, pod)
		}
	}
	for _, namespace := range namespaces {
		now.namespaces[namespace.Name] = namespace.Labels
	}
	sort.Slice(now.pods, func(i, j int) bool { return now.pods[i].Status.PodIP < now.pods[j].Status.PodIP })
	sort.Slice(now.policies, func(i, j int) bool { return now.policies[i].UID < now.policies[j].UID })
	return now, nil
}

func load(table string) error {
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(table)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	return nil
}
