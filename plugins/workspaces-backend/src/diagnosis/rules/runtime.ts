import type { JsonObject } from '@backstage/types';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { fact, hasFact, toldBy, type Rule, type Values } from '../rule';
import { databaseRules } from './database';
import { forAnotherProcessor, ranOutOfMemory } from './engine';

const running: readonly StageName[] = [
  'dependencies',
  'deploy',
  'expose',
  'verify',
];

/** The engine's own word that the memory ran out. */
export const memoryRules: readonly Rule[] = [
  {
    code: 'OOM_APP',
    stages: running,
    signs: [
      { facts: ranOutOfMemory },
      { kinds: ['state', 'event'], wording: /OOMKilled/ },
    ],
    cause: '{subject} used more memory than it may, and was killed.',
    fix: 'Give the workspace a larger "size", or let the app use less memory.',
    fixedBy: 'user',
  },
];

const engineSays = toldBy('error', 'event', 'state');

/** A container whose process cannot even be started. */
export const startRules: readonly Rule[] = [
  {
    code: 'ARCH_MISMATCH',
    signs: forAnotherProcessor,
    cause:
      'The image, or a program in it, is made for another processor than that of this machine[: {command}].',
    fix: "Build the program for this machine's platform; a script needs a first line such as #!/bin/sh.",
    fixedBy: 'user',
  },
  {
    code: 'COMMAND_NOT_FOUND',
    signs: engineSays(
      /exec: "(?<command>[^"]+)": executable file not found in \$PATH/,
      /exec: "(?<command>[^"]+)": stat \S+: no such file or directory/,
      /executable file `(?<command>[^`]+)` not found in \$PATH/,
      /fork\/exec (?<command>\S+): no such file or directory/,
    ),
    cause: 'The command "{command}" is not in the image.',
    fix: 'Correct the "command" of the app or the CMD or ENTRYPOINT of its Dockerfile, or add the program to the image.',
    fixedBy: 'user',
  },
  {
    code: 'COMMAND_NOT_FOUND',
    signs: [
      {
        kinds: ['log', 'error'],
        wording: /(?:^|\n)exec (?<command>\S+): no such file or directory/,
      },
    ],
    cause:
      'The script "{command}" is in the image, but what its first line names to run it is not.',
    fix: 'Correct the first line of the script (it must end with a line feed alone, not as on Windows), or use an image that has that shell.',
    fixedBy: 'user',
  },
  {
    code: 'COMMAND_NOT_FOUND',
    signs: engineSays(/exec: "(?<command>[^"]+)": permission denied/),
    cause: 'The file "{command}" may not be run as a program.',
    fix: 'Make it executable in the Dockerfile ("RUN chmod +x {command}"), or correct the "command" of the app.',
    fixedBy: 'user',
  },
];

/** Where an app listens, as its sockets say. */
export const socketRules: readonly Rule[] = [
  {
    code: 'APP_BINDS_LOOPBACK',
    signs: [{ kinds: ['sockets'], facts: bindsLoopback }],
    cause:
      'The app listens on port {expectedPort} of {address} only, where nobody outside of its container reaches it.',
    fix: 'Let the app listen on 0.0.0.0 (all addresses), for example with HOST=0.0.0.0 in its "environment" if it knows that variable.',
    fixedBy: 'user',
  },
  {
    code: 'PROBE_WRONG_PORT',
    signs: [{ kinds: ['sockets'], facts: listensElsewhere }],
    cause:
      'The app was expected on port {expectedPort}, but listens on {ports}.',
    fix: 'Set "port" of the app to {choice}, or let the app listen on the port that the variable PORT names.',
    fixedBy: 'user',
  },
];

/** An app that runs but is not what it must be. */
export const healthRules: readonly Rule[] = [
  {
    code: 'HEALTH_CHECK_FAILED',
    stages: running,
    signs: [
      {
        kinds: ['probe'],
        wording: /GET https?:\/\/[^/]+(?<path>\/\S*): HTTP (?<status>5\d\d)/,
      },
      { kinds: ['probe'], wording: /answered (?<status>5\d\d)/ },
    ],
    cause:
      'The app answers {status} on its health path[ "{path}"], where an answer below 500 is expected.',
    fix: 'Look at the log of the app for the error, or set "healthPath" to a path that answers when the app is ready.',
    fixedBy: 'user',
  },
  {
    code: 'HEALTH_CHECK_FAILED',
    stages: running,
    signs: [
      {
        kinds: ['state'],
        wording: /(?:ReplicaSet|Deployment) "\S+" has timed out progressing/,
      },
    ],
    cause:
      'Not all replicas of the app came up in the time that the cluster gives them.',
    fix: 'Look at the evidence for the replica that is not ready, and at its log. Where a replica is missing, ask the operator whether the controllers of the cluster work.',
    fixedBy: 'user',
  },
  {
    code: 'APP_NOT_LISTENING',
    stages: running,
    signs: [{ kinds: ['sockets'], facts: listensNowhere }],
    cause: 'The app runs, but listens on no port; expected was {expectedPort}.',
    fix: 'Let the app listen on the port that the variable PORT names. Its log shows how far its start came.',
    fixedBy: 'user',
  },
];

/** Why a process ended, by its last words. */
const reasonsToEnd: readonly Rule[] = [
  ...databaseRules,
  {
    code: 'PORT_IN_USE',
    signs: [
      {
        kinds: ['log'],
        wording: /listen EADDRINUSE: address already in use \S*?:(?<port>\d+)/,
      },
      {
        kinds: ['log'],
        wording: /listen tcp\d? \S*:(?<port>\d+): bind: address already in use/,
      },
      { kinds: ['log'], wording: /\[Errno 98\] Address already in use/i },
    ],
    cause: 'The port[ {port}] was already used within the container.',
    fix: 'Let only one process of the container listen on the port that the variable PORT names.',
    fixedBy: 'user',
  },
  {
    code: 'ENVIRONMENT_MISSING',
    signs: [
      {
        kinds: ['log'],
        wording:
          /\b(?<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+|PORT)\b"? (?:environment variable )?(?:(?:is|was) (?:required|not set|not defined|undefined|missing)|(?:must|has to) be (?:set|defined|given)|not set)/,
      },
      {
        kinds: ['log'],
        wording:
          /(?:missing|required) (?:required )?environment variables?:? "?(?<variable>[A-Z][A-Z0-9_]+)/i,
      },
      { kinds: ['log'], wording: /KeyError: '(?<variable>[A-Z][A-Z0-9_]+)'/ },
    ],
    cause: 'The variable {variable} is missing in its environment.',
    fix: 'Add {variable} to "environment" of the app, as a value or as a secret.',
    fixedBy: 'user',
  },
  {
    code: 'COMMAND_NOT_FOUND',
    signs: [
      {
        kinds: ['log'],
        wording:
          /(?:^|\n)(?:\/bin\/)?(?:ba|da)?sh: (?:(?:line )?\d+: |exec: line \d+: )?(?<command>[^\s:]+): (?:command )?not found/,
      },
      {
        kinds: ['log'],
        wording: /Cannot find module '(?<command>[^']+)'/,
      },
    ],
    cause: '"{command}" is not in the image.',
    fix: 'Correct the command, or add what it needs to the image: look at the COPY instructions and at .dockerignore.',
    fixedBy: 'user',
  },
];

/** A process that does not stay. */
export const crashRules: readonly Rule[] = [
  {
    code: 'CRASH_LOOP',
    stages: running,
    signs: [{ facts: fact('exitCode', 137) }],
    cause:
      '{subject} was killed (exit code 137), probably because its memory ran out.',
    fix: 'Give the workspace a larger "size", or let the app use less memory.',
    fixedBy: 'user',
  },
  {
    code: 'CRASH_LOOP',
    stages: running,
    signs: [{ facts: fact('exitCode', 0) }],
    cause:
      '{subject} does not stay up: its process ended by itself with exit code 0.',
    fix: 'Let the command of the app stay in the foreground: a server must keep running.',
    fixedBy: 'user',
  },
  {
    code: 'CRASH_LOOP',
    stages: running,
    signs: [
      { kinds: ['state'], facts: hasFact('exitCode') },
      { kinds: ['state'], facts: restarted },
    ],
    cause:
      '{subject} does not stay up[: its process ended with exit code {exitCode}]{because}.',
    fix: 'Read the last lines of its log in the evidence, mend the app, and start a run with it.',
    fixedBy: 'user',
    because: reasonsToEnd,
  },
];

/** A migration that ended badly. */
export const migrationRules: readonly Rule[] = [
  {
    code: 'MIGRATION_FAILED',
    stages: ['migrate'],
    signs: [{ kinds: ['state'], facts: ranOutOfMemory }],
    cause:
      'The migration of "{app}" failed because (OOM_APP) it used more memory than it may, and was killed.',
    fix: 'Give the workspace a larger "size", or let the migration use less memory; then retry from the stage migrate.',
    fixedBy: 'user',
  },
  {
    code: 'MIGRATION_FAILED',
    stages: ['migrate'],
    signs: [{ kinds: ['state'], facts: hasFact('exitCode') }],
    cause:
      'The migration of "{app}" failed with exit code {exitCode}{because}[; release {serving}, which serves, was not touched].',
    fix: 'Read the last lines of its log in the evidence and mend the migration, or what it needs; then retry from the stage migrate.',
    fixedBy: 'user',
    because: [...startRules, ...reasonsToEnd],
  },
];

interface Socket {
  address: string;
  port: number;
}

function socketsOf(
  facts: JsonObject,
): { expected: number; listening: Socket[] } | undefined {
  const { expectedPort: expected, listening } = facts;
  if (typeof expected !== 'number' || !Array.isArray(listening))
    return undefined;
  return { expected, listening: listening as unknown as Socket[] };
}

function bindsLoopback(facts: JsonObject): Values | undefined {
  const sockets = socketsOf(facts);
  const onPort =
    sockets?.listening.filter(({ port }) => port === sockets.expected) ?? [];
  return onPort.length > 0 && onPort.every(isLoopback)
    ? { address: onPort.map(({ address }) => address).join(' and ') }
    : undefined;
}

function listensElsewhere(facts: JsonObject): Values | undefined {
  const sockets = socketsOf(facts);
  if (!sockets || sockets.listening.length === 0) return undefined;
  if (sockets.listening.some(({ port }) => port === sockets.expected))
    return undefined;
  const ports = [...new Set(sockets.listening.map(({ port }) => port))].sort(
    (a, b) => a - b,
  );
  return ports.length === 1
    ? { ports: `port ${ports[0]}`, choice: `${ports[0]}` }
    : {
        ports: `the ports ${ports.join(', ')}`,
        choice: `the right one of ${ports.join(', ')}`,
      };
}

function listensNowhere(facts: JsonObject): Values | undefined {
  return socketsOf(facts)?.listening.length === 0 ? {} : undefined;
}

function restarted(facts: JsonObject): Values | undefined {
  return Number(facts.restarts ?? 0) > 0 ? {} : undefined;
}

function isLoopback({ address }: Socket): boolean {
  return (
    address.startsWith('127.') ||
    address === '::1' ||
    address.startsWith('::ffff:127.')
  );
}
