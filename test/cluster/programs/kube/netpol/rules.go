package netpol

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// snapshot is what the rules are made from, at one time.
type snapshot struct {
	known      map[types.UID]bool // all pods, with an address or without
	pods       []*core.Pod
	namespaces map[string]labels.Set
	policies   []*networking.NetworkPolicy
}

// direction says how one way of traffic is named in a policy and matched in nft.
type direction struct {
	policyType networking.PolicyType
	chain      string // the prefix of a pod's chain
	own, other string // where the pod's address stands, and the peer's
}

var (
	ingress = direction{networking.PolicyTypeIngress, "in_", "daddr", "saddr"}
	egress  = direction{networking.PolicyTypeEgress, "out_", "saddr", "daddr"}
)

const table = `table ip netpol
delete table ip netpol
table ip netpol {
%s  chain forward {
    type filter hook forward priority -5; policy accept;
    ct state established,related accept
%s%s  }
  chain input { # to the node itself, the API server behind its service included
    type filter hook input priority -5; policy accept;
    ct state established,related accept
%s  }
}
`

// render writes the whole table anew.
func (s *snapshot) render() string {
	outChains, out := s.renderDirection(egress)
	inChains, in := s.renderDirection(ingress)
	return fmt.Sprintf(table, outChains+inChains, out, in, out)
}

// renderDirection returns a chain for each isolated pod, and the jumps to them.
func (s *snapshot) renderDirection(way direction) (chains, jumps string) {
	for _, pod := range s.pods {
		rules, isolated := s.rulesOf(pod, way)
		if !isolated {
			continue
		}
		name := way.chain + strings.ReplaceAll(pod.Status.PodIP, ".", "_")
		chains += fmt.Sprintf("  chain %s { # %s/%s\n", name, pod.Namespace, pod.Name)
		for _, rule := range rules {
			chains += fmt.Sprintf("    %s return\n", rule)
		}
		chains += "    counter drop\n  }\n"
		jumps += fmt.Sprintf("    ip %s %s jump %s\n", way.own, pod.Status.PodIP, name)
	}
	return chains, jumps
}

// rulesOf returns the matches that let traffic of a pod pass, and whether any policy isolates it.
func (s *snapshot) rulesOf(pod *core.Pod, way direction) (rules []string, isolated bool) {
	for _, policy := range s.policies {
		if policy.Namespace != pod.Namespace || !slices.Contains(policy.Spec.PolicyTypes, way.policyType) ||
			!selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = true
		if way == ingress {
			for _, rule := range policy.Spec.Ingress {
				rules = append(rules, s.matches(way, policy.Namespace, rule.From, rule.Ports, pod)...)
			}
			continue
		}
		for _, rule := range policy.Spec.Egress {
			rules = append(rules, s.matches(way, policy.Namespace, rule.To, rule.Ports, nil)...)
		}
	}
	return rules, isolated
}

// peer is the other side of a rule: a match, and the pod where it is one.
type peer struct {
	match string
	pod   *core.Pod
}

// matches returns the nft matches of one rule: any of the peers on any of the ports. target is the pod that named
// ports belong to; nil for egress, where they belong to each peer.
func (s *snapshot) matches(
	way direction, namespace string, selected []networking.NetworkPolicyPeer,
	ports []networking.NetworkPolicyPort, target *core.Pod,
) (matches []string) {
	for _, one := range s.peers(way, namespace, selected) {
		if len(ports) == 0 {
			matches = append(matches, one.match)
		}
		owner := target
		if owner == nil {
			owner = one.pod
		}
		for _, port := range ports {
			if match, exists := portMatch(port, owner); exists {
				matches = append(matches, one.match+" "+match)
			}
		}
	}
	return matches
}

func (s *snapshot) peers(way direction, namespace string, selected []networking.NetworkPolicyPeer) (peers []peer) {
	if len(selected) == 0 {
		return []peer{{}}
	}
	for _, one := range selected {
		if one.IPBlock != nil && strings.Contains(one.IPBlock.CIDR, ":") {
			continue // the cluster has no IPv6, and nft refuses the whole table for it
		}
		if one.IPBlock != nil {
			match := "ip " + way.other + " " + one.IPBlock.CIDR
			if len(one.IPBlock.Except) > 0 {
				match += " ip " + way.other + " != { " + strings.Join(one.IPBlock.Except, ", ") + " }"
			}
			peers = append(peers, peer{match: match})
			continue
		}
		for _, pod := range s.pods {
			if s.isPeer(one, namespace, pod) {
				peers = append(peers, peer{"ip " + way.other + " " + pod.Status.PodIP, pod})
			}
		}
	}
	return peers
}

func (s *snapshot) isPeer(one networking.NetworkPolicyPeer, namespace string, pod *core.Pod) bool {
	inNamespace := pod.Namespace == namespace
	if one.NamespaceSelector != nil {
		inNamespace = selects(one.NamespaceSelector, s.namespaces[pod.Namespace])
	}
	return inNamespace && (one.PodSelector == nil || selects(one.PodSelector, pod.Labels))
}

// portMatch returns the match of a port; a named one that its owner does not have matches nothing.
func portMatch(port networking.NetworkPolicyPort, owner *core.Pod) (match string, exists bool) {
	protocol := core.ProtocolTCP
	if port.Protocol != nil {
		protocol = *port.Protocol
	}
	match = "meta l4proto " + strings.ToLower(string(protocol))
	if port.Port == nil {
		return match, true
	}
	number := port.Port.IntVal
	if port.Port.Type == intstr.String {
		if number = named(owner, port.Port.StrVal, protocol); number == 0 {
			return "", false
		}
	}
	match += fmt.Sprintf(" th dport %d", number)
	if port.EndPort != nil {
		match += fmt.Sprintf("-%d", *port.EndPort)
	}
	return match, true
}

func named(pod *core.Pod, name string, protocol core.Protocol) int32 {
	if pod == nil {
		return 0
	}
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			unset := port.Protocol == "" && protocol == core.ProtocolTCP
			if port.Name == name && (port.Protocol == protocol || unset) {
				return port.ContainerPort
			}
		}
	}
	return 0
}

func selects(selector *meta.LabelSelector, set map[string]string) bool {
	parsed, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}
