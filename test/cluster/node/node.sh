#!/usr/bin/env bash
# The node's first process: pid 1 of its namespaces, in which all of the cluster runs. It gives the node the mounts
# and the network of its own, and starts the components. When it is killed the kernel ends everything below it and
# drops mounts, links and rules. launch.mjs starts it with these variables:
#   BIN RUN LOGS KUBECONFIG CLUSTER NODE_NAME NODE_ADDRESS MACHINE_ADDRESS POD_CIDR SERVICE_CIDR
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hostname "$NODE_NAME"
for hierarchy in /sys/fs/cgroup/*/; do
  if [[ -d $hierarchy$CLUSTER/system ]]; then echo $$ >"$hierarchy$CLUSTER/system/cgroup.procs"; fi
done

# --- mounts: the paths that components use by default, and nothing of them on the machine ---------------
mount --make-rshared / # kubelet and runc want a shared root
mount -t tmpfs -o mode=755 tmpfs /run
overlay() { # FOLDER UPPER: what is written to FOLDER goes to UPPER
  mkdir -p "$2"/{up,work}
  mount -t overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work" overlay "$1"
}
mkdir -p /run/lock
overlay /etc /run/etc
overlay /var "$RUN/var"
# containerd cannot stand on an overlay.
for folder in containerd kubelet registry volumes; do
  mkdir -p "$RUN/var/lib/$folder" "/var/lib/$folder"
  mount --bind "$RUN/var/lib/$folder" "/var/lib/$folder"
done
mkdir -p /var/lib/etcd && mount -t tmpfs tmpfs /var/lib/etcd # the state of a cluster ends with it

# /proc/sys, but for net/, is the machine's and not the node's: read-only here. Kubelet writes six of its values and
# gives up where it cannot, unless they are what it wants already; so it is shown what it wants.
mkdir /run/proc && mount -t proc proc /run/proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount --bind /run/proc/sys/net /proc/sys/net
while read -r file value; do
  shown=/run/sysctl.${file//\//.}
  echo "$value" >"$shown" && mount --bind "$shown" "/proc/sys/$file"
done <<'VALUES'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
VALUES

# Another containerd than the machine's stands at its place, so that everybody finds it.
for program in "$RUN"/containerd/*; do
  if [[ -e $program ]]; then mount --bind "$program" "$(command -v "${program##*/}")"; fi
done

rm -rf /etc/containerd /etc/cni/net.d
mkdir -p /etc/containerd /etc/cni/net.d
ln -s "$RUN/etc/containerd.toml" /etc/containerd/config.toml
ln -s "$RUN/certs.d" /etc/containerd/certs.d # a folder for each registry
ln -s "$RUN/etc/cni.conflist" /etc/cni/net.d/10-pods.conflist

# --- network: the machine puts one end of a link here -----------------------------------------------------
until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip address add "$NODE_ADDRESS/30" dev eth0
ip link set eth0 up
ip route add default via "$MACHINE_ADDRESS"
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1

source "$here/components.sh"
wait
