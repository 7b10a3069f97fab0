import { fact, hasFact, type Rule } from '../rule';

/** What is wrong with the container engine or its machine, whatever it was asked for. */
export const engineRules: readonly Rule[] = [
  {
    code: 'DOCKER_API_TOO_OLD',
    signs: [
      /client version (?<client>\S+) is too old\. Minimum supported API version is (?<minimum>[\d.]+)/,
    ],
    cause:
      'The container engine speaks its API from version {minimum} on, and the portal asked in version {client}.',
    fix: 'Update the portal, or unset DOCKER_API_VERSION in its environment.',
    fixedBy: 'operator',
  },
  {
    code: 'DOCKER_SOCKET',
    signs: [
      {
        kinds: ['error'],
        wording: /Cannot connect to the Docker daemon(?: at (?<socket>\S+)\.)?/,
      },
      {
        kinds: ['error'],
        wording: /connect (?:ENOENT|EACCES|ECONNREFUSED) (?<socket>\S+\.sock)/,
      },
    ],
    cause:
      'The container engine does not answer[ at {socket}]: it is not running, or the portal may not use its socket.',
    fix: 'Start the engine (for example "systemctl start docker"), or set DOCKER_HOST to the socket of the one that runs; the user of the portal needs access to it. Then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'INOTIFY_LIMIT',
    signs: [
      /failed to create fsnotify watcher/,
      /inotify_init\S* .*(?:EMFILE|too many open files)/i,
      /System limit for number of file watchers reached/,
      /inotify watch limit reached/,
    ],
    cause:
      'The machine of the container engine has no file watchers (inotify) left.',
    fix: 'Raise the limits on that machine ("sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=524288"), then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'FD_LIMIT',
    signs: [/too many open files/i],
    cause: 'The limit of open files is reached (said by "{source}").',
    fix: 'Raise the limit of open files of the container engine (LimitNOFILE of its service), or let the app open fewer.',
    fixedBy: 'operator',
  },
  {
    code: 'DISK_PRESSURE',
    signs: [
      /no space left on device/i,
      /The node was low on resource: ephemeral-storage/,
    ],
    cause: 'No space is left on the disk (said by "{source}").',
    fix: 'Make room on the machine of the container engine ("docker system df" shows what takes it, "docker builder prune" and "docker image prune" free some), then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'ADDRESS_POOL_EXHAUSTED',
    signs: [
      /could not find an available, non-overlapping IPv4 address pool/,
      /all predefined address pools have been fully subnetted/,
    ],
    cause:
      'The container engine has no address range left for another network.',
    fix: 'Delete workspaces that are not needed, or give the engine more ranges ("default-address-pools" in its daemon.json).',
    fixedBy: 'operator',
  },
];

/** The cluster does not give an app an address. */
export const endpointRules: readonly Rule[] = [
  {
    code: 'ENDPOINT_NOT_SERVED',
    stages: ['expose', 'verify'],
    signs: [{ kinds: ['state'], facts: hasFact('missing') }],
    cause: 'The cluster does not give {app} an address: {missing}.',
    fix: 'Install or repair what is missing in the cluster, or choose another way with workspaces.kubernetes.endpoints; then retry.',
    fixedBy: 'operator',
  },
];

/** A port of the machine that somebody else has. */
export const portRules: readonly Rule[] = [
  {
    code: 'PORT_IN_USE',
    signs: [{ kinds: ['error'], facts: hasFact('heldBy') }],
    cause: 'Port {port} is taken by {heldBy}.',
    fix: 'Choose another "stablePort" for the app, or leave it out to get the next free one.',
    fixedBy: 'user',
  },
  {
    code: 'PORT_IN_USE',
    signs: [{ kinds: ['error'], facts: hasFact('process') }],
    cause:
      'Port {port} of this machine is taken by {process}[ (process {pid})], which is not of Slipway.',
    fix: 'Stop that program, or choose another "stablePort" for the app. An operator can give other ports: workspaces.gateway.ports.',
    fixedBy: 'operator',
  },
  {
    code: 'PORT_IN_USE',
    signs: [
      {
        kinds: ['error'],
        wording: /no free port from (?<first>\d+) to (?<last>\d+)/,
      },
    ],
    cause: 'None of the ports {first} to {last} is free.',
    fix: 'Delete workspaces that are not needed, or let an operator give more ports: workspaces.gateway.ports.',
    fixedBy: 'operator',
  },
  {
    code: 'PORT_IN_USE',
    signs: [
      {
        kinds: ['error'],
        wording:
          /listen tcp\d? (?<host>[\d.]+|\[[^\]]*\]):(?<port>\d+): bind: address already in use/,
      },
      {
        kinds: ['error'],
        wording:
          /Bind for (?<host>[\d.]+|\[[^\]]*\]):(?<port>\d+) failed: port is already allocated/,
      },
      {
        kinds: ['error'],
        wording:
          /failed to bind host port (?<host>[\d.]+|\[[^\]]*\]):(?<port>\d+)\/tcp: address already in use/,
      },
      {
        kinds: ['error'],
        wording:
          /listen EADDRINUSE: address already in use (?<host>\S*?):(?<port>\d+)/,
      },
    ],
    cause: 'Port {port} of this machine is taken by something else.',
    fix: 'Find out what listens there ("ss -ltnp sport = :{port}") and stop it, or choose another port; then retry.',
    fixedBy: 'operator',
  },
];

/** An image that was there and is not any more. */
export const imageRules: readonly Rule[] = [
  {
    code: 'IMAGE_MISSING',
    stages: ['migrate', 'deploy', 'expose', 'verify', 'destroy'],
    signs: [/No such image: (?<image>\S+)/i],
    cause: 'The image {image} is not on the container engine any more.',
    fix: 'Start a new run of the app: it builds the image again from its source.',
    fixedBy: 'user',
  },
];

/** A stage that took too long, where nothing says why. */
export const deadlineRule: Rule = {
  code: 'DEADLINE',
  signs: [
    { kinds: ['error'], wording: /^no answer within (?<seconds>\d+) s$/ },
  ],
  cause: 'The stage {stage} was not done within its {seconds} s{because}.',
  fix: 'Look at the log of the stage for what it waited for, then retry. An operator can give it more time: workspaces.runs.deadlines.{stage} (in seconds).',
  fixedBy: 'user',
};

/** Whether the engine said that the memory ran out. */
export const ranOutOfMemory = fact('outOfMemory', true);
