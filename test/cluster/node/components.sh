# The components of the node, each started again when it ends. Sourced by node.sh.
start() { # NAME COMMAND...
  local component=$1
  shift
  while :; do
    "$@" || true
    echo "=== $component ended; again in 1 s"
    sleep 1
  done >>"$LOGS/$component.log" 2>&1 </dev/null &
}

as() { # NAME: the options by which a component says who it is
  local file=$RUN/etc/$1.kubeconfig
  echo "--kubeconfig=$file --authentication-kubeconfig=$file --authorization-kubeconfig=$file"
}

cd "$RUN/pki"

start containerd containerd
start registry docker-registry serve "$RUN/etc/registry.yaml"
start etcd etcd --data-dir=/var/lib/etcd \
  --listen-client-urls=http://127.0.0.1:2379 --advertise-client-urls=http://127.0.0.1:2379 \
  --listen-peer-urls=http://127.0.0.1:2380 --initial-advertise-peer-urls=http://127.0.0.1:2380 \
  --initial-cluster=default=http://127.0.0.1:2380
start kube-apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
  --secure-port=6443 --advertise-address="$NODE_ADDRESS" --service-cluster-ip-range="$SERVICE_CIDR" \
  --allow-privileged=true --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --client-ca-file=ca.crt --tls-cert-file=apiserver.crt --tls-private-key-file=apiserver.key \
  --kubelet-client-certificate=apiserver-kubelet-client.crt --kubelet-client-key=apiserver-kubelet-client.key \
  --kubelet-certificate-authority=ca.crt --kubelet-preferred-address-types=InternalIP \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file=sa.pub --service-account-signing-key-file=sa.key \
  --requestheader-client-ca-file=front-proxy-ca.crt --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
  --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file=front-proxy-client.crt --proxy-client-key-file=front-proxy-client.key

# Controllers and scheduler give up where the API server has not made the RBAC roles it starts with.
until "$BIN/kubectl" get --raw /readyz >/dev/null 2>&1; do sleep 0.1; done

start kube-controller-manager "$BIN/kube-controller-manager" $(as controller-manager) \
  --leader-elect=false --kube-api-qps=500 --kube-api-burst=1000 \
  --use-service-account-credentials --service-account-private-key-file=sa.key --root-ca-file=ca.crt \
  --cluster-signing-cert-file=ca.crt --cluster-signing-key-file=ca.key --cluster-cidr="$POD_CIDR"
start kube-scheduler "$BIN/kube-scheduler" $(as scheduler) --leader-elect=false
start netpol "$BIN/netpol" --kubeconfig="$KUBECONFIG" # before pods start, which wait for it
start kubelet "$BIN/kubelet" --kubeconfig="$RUN/etc/kubelet.kubeconfig" --config="$RUN/etc/kubelet.yaml" \
  --hostname-override="$NODE_NAME" --node-ip="$NODE_ADDRESS"
start kube-proxy "$BIN/kube-proxy" --config="$RUN/etc/kube-proxy.yaml"
