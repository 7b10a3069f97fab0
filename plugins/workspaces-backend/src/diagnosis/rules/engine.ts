import { fact, hasFact, toldBy, type Rule } from '../rule';

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
  {
    code: 'NAME_TAKEN',
    signs: toldBy('state')(
      /^The (?<kind>container|network|volume) name (?<name>\S+) is taken by a \w+ that is not of this portal/,
    ),
    cause:
      'The name "{name}" is taken by a {kind} that this portal has not made.',
    fix: 'Remove that {kind} if nobody needs it, then retry. If another portal has made it, give one of the two another name: workspaces.local.instance.',
    fixedBy: 'operator',
  },
  {
    code: 'NAME_TAKEN',
    signs: toldBy('state')(
      /^The (?<kind>Namespace) (?<name>\S+) is there already, and is not of this portal/,
    ),
    cause:
      'There is a namespace "{name}" already, which this portal has not made.',
    fix: 'Choose another name for the workspace. Or remove that namespace if nobody needs it, then retry.',
    fixedBy: 'user',
  },
  {
    code: 'NAME_TAKEN',
    signs: toldBy('state')(
      /^The (?<kind>\w+) (?<name>\S+) is there already in (?<namespace>\S+), and is not of this portal/,
    ),
    cause:
      'The {kind} "{name}" is there already in the namespace "{namespace}", and this portal has not made it.',
    fix: 'Remove it if nobody needs it ("kubectl delete {kind} -n {namespace} {name}"), or choose another name for the app or dependency; then retry.',
    fixedBy: 'user',
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
  {
    code: 'IMAGE_MISSING',
    signs: toldBy(
      'event',
      'state',
    )(
      /Container image "(?<image>[^"]+)" is not present with pull policy of Never/,
    ),
    cause:
      'The node has no image {image}, and the pod may not pull it: its pull policy is "Never".',
    fix: 'Slipway does not set this policy: find the webhook of the cluster that changes pods ("kubectl get mutatingwebhookconfigurations"), let it leave the namespaces of Slipway alone, then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'IMAGE_UNREADABLE',
    signs: toldBy(
      'event',
      'state',
    )(/Failed to inspect image "(?<image>[^"]*)"(?:: (?<problem>.+))?/),
    cause:
      'The node cannot read the image {image} in its own store[: {problem}].',
    fix: 'Remove the image on that node ("crictl rmi {image}"), so that it is pulled anew, and look whether the disk of the node is well; then retry.',
    fixedBy: 'operator',
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

/** What is said of a program that the processor of a machine does not know. */
export const forAnotherProcessor = [
  /exec (?<command>\S+): exec format error/,
  /exec: "(?<command>[^"]+)": .*exec format error/,
  /exec format error/,
];
