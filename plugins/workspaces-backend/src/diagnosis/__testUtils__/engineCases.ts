import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: what the container engine and its machine say. */
export const engineCases: DiagnosisCase[] = [
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'state',
        source: 'ws-shop',
        text: 'The Namespace ws-shop is there already, and is not of this portal',
      },
    ],
    code: 'NAME_TAKEN',
    cause:
      'There is a namespace "ws-shop" already, which this portal has not made.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'web',
        text: 'The Service web is there already in ws-shop, and is not of this portal',
      },
    ],
    code: 'NAME_TAKEN',
    cause:
      'The Service "web" is there already in the namespace "ws-shop", and this portal has not made it.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-0a1b',
        text: 'The TaskRun web-0a1b is there already, and builds something else',
      },
    ],
    code: 'BUILD_CHANGED',
    cause:
      'The TaskRun "web-0a1b" of this build is there already, and builds something else: the source or the portal has changed since it began.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'web-r1-0',
        text: 'ErrImageNeverPull: Container image "registry.example/web@sha256:1" is not present with pull policy of Never',
      },
    ],
    code: 'IMAGE_MISSING',
    cause:
      'The node has no image registry.example/web@sha256:1, and the pod may not pull it: its pull policy is "Never".',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'web-r1-0',
        text: 'ImageInspectError: Failed to inspect image "registry.example/web:1": rpc error: code = Unknown desc = blob not found',
      },
    ],
    code: 'IMAGE_UNREADABLE',
    cause:
      'The node cannot read the image registry.example/web:1 in its own store: rpc error: code = Unknown desc = blob not found.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'ws-shop-web-1',
        text: 'The container name ws-shop-web-1 is taken by a container that is not of this portal',
      },
    ],
    code: 'NAME_TAKEN',
    cause:
      'The name "ws-shop-web-1" is taken by a container that this portal has not made.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'client version 1.43 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version',
      },
    ],
    code: 'DOCKER_API_TOO_OLD',
    cause:
      'The container engine speaks its API from version 1.44 on, and the portal asked in version 1.43.',
  },
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Cannot connect to the Docker daemon at unix:///nonexistent.sock. Is the docker daemon running?',
      },
    ],
    code: 'DOCKER_SOCKET',
    cause:
      'The container engine does not answer at unix:///nonexistent.sock: it is not running, or the portal may not use its socket.',
  },
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Cannot connect to the Docker daemon: connect ENOENT /var/run/docker.sock',
      },
    ],
    code: 'DOCKER_SOCKET',
    cause:
      'The container engine does not answer: it is not running, or the portal may not use its socket.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'connect EACCES /var/run/docker.sock',
      },
    ],
    code: 'DOCKER_SOCKET',
    cause:
      'The container engine does not answer at /var/run/docker.sock: it is not running, or the portal may not use its socket.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to create fsnotify watcher: too many open files',
      },
    ],
    code: 'INOTIFY_LIMIT',
    cause:
      'The machine of the container engine has no file watchers (inotify) left.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'ws-shop-web-2',
        text: 'inotify_init() failed: EMFILE: too many open files',
      },
    ],
    code: 'INOTIFY_LIMIT',
    cause:
      'The machine of the container engine has no file watchers (inotify) left.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'ws-shop-web-2',
        text: "Error: ENOSPC: System limit for number of file watchers reached, watch '/app/src'",
      },
    ],
    code: 'INOTIFY_LIMIT',
    cause:
      'The machine of the container engine has no file watchers (inotify) left.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'ws-shop-web-2',
        text: 'tail: inotify watch limit reached, reverting to polling',
      },
    ],
    code: 'INOTIFY_LIMIT',
    cause:
      'The machine of the container engine has no file watchers (inotify) left.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'ws-shop-web-2',
        text: "Error: EMFILE: too many open files, open '/app/data/1.json'",
      },
    ],
    code: 'FD_LIMIT',
    cause: 'The limit of open files is reached (said by "ws-shop-web-2").',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[3/3] RUN npm ci',
        text: 'failed to copy files: write /var/lib/docker/overlay2/x/diff/app/node_modules.tar: no space left on device',
      },
    ],
    code: 'DISK_PRESSURE',
    cause: 'No space is left on the disk (said by "[3/3] RUN npm ci").',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'pod web-0',
        text: 'The node was low on resource: ephemeral-storage. Container web was using 1Gi.',
      },
    ],
    code: 'DISK_PRESSURE',
    cause: 'No space is left on the disk (said by "pod web-0").',
  },
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
      },
    ],
    code: 'ADDRESS_POOL_EXHAUSTED',
    cause:
      'The container engine has no address range left for another network.',
  },
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'all predefined address pools have been fully subnetted',
      },
    ],
    code: 'ADDRESS_POOL_EXHAUSTED',
    cause:
      'The container engine has no address range left for another network.',
  },
  {
    stage: 'expose',
    evidence: [
      {
        kind: 'error',
        source: 'gateway',
        text: 'port 18003 is reserved for app "web" of workspace "ws-shop"',
        facts: { port: 18003, heldBy: 'app "web" of workspace "ws-shop"' },
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 18003 is taken by app "web" of workspace "ws-shop".',
  },
  {
    stage: 'expose',
    evidence: [
      {
        kind: 'error',
        source: 'gateway',
        text: 'listen EADDRINUSE: address already in use 127.0.0.1:18003',
        facts: { port: 18003, process: 'nginx', pid: 812 },
      },
    ],
    code: 'PORT_IN_USE',
    cause:
      'Port 18003 of this machine is taken by nginx (process 812), which is not of Slipway.',
  },
  {
    stage: 'expose',
    evidence: [
      {
        kind: 'error',
        source: 'gateway',
        text: 'no free port from 18000 to 18999',
        facts: { port: 18999 },
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'None of the ports 18000 to 18999 is free.',
  },
  {
    stage: 'expose',
    evidence: [
      {
        kind: 'state',
        source: 'address of web',
        text: 'There is no IngressClass nginx; there is none at all',
        facts: {
          missing: 'There is no IngressClass nginx; there is none at all',
        },
      },
    ],
    code: 'ENDPOINT_NOT_SERVED',
    cause:
      'The cluster does not give web an address: There is no IngressClass nginx; there is none at all.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'driver failed programming external connectivity on endpoint probe-6265-c-24 (f6520cf02b62e419e726db7ec245c3b56f879ca651fec4ce393eaec7e2286d6b): Error starting userland proxy: listen tcp4 127.0.0.1:42455: bind: address already in use',
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 42455 of this machine is taken by something else.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'driver failed programming external connectivity on endpoint kind_feistel (6f0cc5031c95019819f306aa93702171c52fd39f53ed8f5aa3e398e941697f7b): Bind for 127.0.0.1:15433 failed: port is already allocated',
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 15433 of this machine is taken by something else.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to set up container networking: driver failed programming external connectivity on endpoint probe-12612-c-24 (f309143e96c36eb4507d2f2220412fa51e8e0aaa0c15cb8549f6bcef1adfd6e6): failed to bind host port 127.0.0.1:37601/tcp: address already in use',
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 37601 of this machine is taken by something else.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'cannot listen on the TCP port: listen tcp4 127.0.0.1:42947: bind: address already in use',
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 42947 of this machine is taken by something else.',
  },
  {
    stage: 'expose',
    evidence: [
      {
        kind: 'error',
        source: 'gateway',
        text: 'listen EADDRINUSE: address already in use 127.0.0.1:18003',
        facts: { port: 18003 },
      },
    ],
    code: 'PORT_IN_USE',
    cause: 'Port 18003 of this machine is taken by something else.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'No such image: sha256:4fab5c5575107512c7199239a1bfdbec1bab1f4f19e1b08cc34dc47e4fcbc3e0',
        facts: {
          image:
            'sha256:4fab5c5575107512c7199239a1bfdbec1bab1f4f19e1b08cc34dc47e4fcbc3e0',
        },
      },
    ],
    code: 'IMAGE_MISSING',
    cause:
      'The image sha256:4fab5c5575107512c7199239a1bfdbec1bab1f4f19e1b08cc34dc47e4fcbc3e0 is not on the container engine any more.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'DeadlinePassed',
        text: 'no answer within 300 s',
      },
    ],
    code: 'DEADLINE',
    cause: 'The stage deploy was not done within its 300 s.',
  },
];
