// What the proof puts into the cluster.

/** A pod that runs one program to its end. */
export function pod(name, { image, command, labels, ...spec }) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, command, ...spec.container }],
      ...spec.pod,
    },
  };
}

/** A web server with a service of the same name. */
export function web(name, image) {
  const labels = { app: name };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'web',
                image,
                command: ['/addons', 'serve', ':8080'],
                ports: [{ name: 'http', containerPort: 8080 }],
                readinessProbe: {
                  httpGet: { path: '/', port: 'http' },
                  periodSeconds: 1,
                },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] },
    },
  ];
}

/** Lets only pods with the label friend=yes in. */
export function friendsOnly(app) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'friends-only' },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { friend: 'yes' } } }],
          ports: [{ port: 'http' }],
        },
      ],
    },
  };
}

/** Lets pods with a label speak to nobody, not even to ask for a name. */
export function noWayOut(labels) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'no-way-out' },
    spec: { podSelector: { matchLabels: labels }, policyTypes: ['Egress'] },
  };
}

/** A claim of the default storage class, and a pod that writes to it. */
export function claimWithWriter(image) {
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '64Mi' } },
      },
    },
    pod('writer', {
      image,
      command: ['sh', '-c', 'echo kept >/data/file && cat /data/file'],
      container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      pod: {
        securityContext: { runAsUser: 1000, runAsNonRoot: true },
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        ],
      },
    }),
  ];
}

export function taskRun(name, spec) {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { name },
    spec: { timeout: '3m', ...spec },
  };
}

/** What those who push to the registry and pull from it need. */
export function registryAccess({ address, user, password }, authority) {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'registry' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: {
        '.dockerconfigjson': JSON.stringify({ auths: { [address]: { auth } } }),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'registry' },
      data: {
        'ca.crt': authority,
        'buildkitd.toml': `[registry."${address}"]\n  ca = ["/workspace/trust/ca.crt"]\n`,
      },
    },
  ];
}

const buildScript = `#!/bin/sh
set -e
export BUILDKIT_HOST=unix:///tmp/run/buildkitd.sock
mkdir -p /tmp/run /tmp/context && cd /tmp/context
cp /bin/busybox .
cat >Dockerfile <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "echo built in the cluster >/message"]
CMD ["/bin/busybox", "cat", "/message"]
DOCKERFILE
rootlesskit buildkitd --config /workspace/trust/buildkitd.toml --addr $BUILDKIT_HOST \\
  --oci-worker-no-process-sandbox >/tmp/buildkitd.log 2>&1 &
tries=0
until buildctl debug workers >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] || { cat /tmp/buildkitd.log; exit 1; }
  sleep 0.1
done
buildctl build --progress plain --frontend dockerfile.v0 --local context=. --local dockerfile=. \\
  --metadata-file /tmp/metadata.json --output "type=image,name=$IMAGE,push=true"
sed -n 's/.*"containerimage.digest": *"\\([^"]*\\)".*/\\1/p' /tmp/metadata.json | tr -d '\\n' >$(results.IMAGE_DIGEST.path)
`;

/** Builds an image with rootless BuildKit and pushes it. */
export function build(image, builder) {
  return taskRun('build', {
    params: [{ name: 'IMAGE', value: image }],
    podTemplate: { automountServiceAccountToken: false },
    workspaces: [
      { name: 'trust', configMap: { name: 'registry' } },
      {
        name: 'auth',
        secret: {
          secretName: 'registry',
          items: [{ key: '.dockerconfigjson', path: 'config.json' }],
        },
      },
    ],
    taskSpec: {
      params: [{ name: 'IMAGE' }],
      results: [{ name: 'IMAGE_DIGEST' }],
      workspaces: [{ name: 'trust' }, { name: 'auth' }],
      volumes: [{ name: 'state', emptyDir: {} }],
      steps: [
        {
          name: 'build',
          image: builder,
          script: buildScript,
          env: [
            { name: 'IMAGE', value: '$(params.IMAGE)' },
            { name: 'DOCKER_CONFIG', value: '$(workspaces.auth.path)' },
            { name: 'HOME', value: '/home/user' },
            { name: 'USER', value: 'user' },
            { name: 'XDG_RUNTIME_DIR', value: '/tmp/run' },
          ],
          volumeMounts: [
            { name: 'state', mountPath: '/home/user/.local/share/buildkit' },
          ],
          // No seccompProfile: Pod Security "baseline" allows its absence, but
          // not "Unconfined"; and RuntimeDefault does not let BuildKit start.
          securityContext: { runAsUser: 1000, runAsGroup: 1000 },
        },
      ],
    },
  });
}
