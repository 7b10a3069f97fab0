import type { DependencyType } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredDependency } from '@slipway/backstage-plugin-workspaces-node';
import { SET_POSTGRES_PASSWORD } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { ContainerFile } from './containers';
import type { CommandResult } from './exec';

/** A command that is run inside the dependency's container. */
export interface DependencyCommand {
  command: string[];
  /** `NAME=value`; the password goes here, where no list of processes shows it. */
  environment: string[];
}

/** What the answer to a login says. */
export type LoginAnswer =
  | 'welcome'
  /** Not yet. */
  | 'unready'
  /** Waiting longer changes nothing. */
  | 'refused'
  /** The server let us in, but the database is not there. */
  | 'no database';

/** How one type of dependency is run and how one logs in. */
interface DependencyKind {
  /** What the entrypoint of the image needs to hand the data to its user and to become it. */
  capabilities: string[];
  render(
    dependency: DesiredDependency,
    password: string,
  ): { command: string[]; environment: string[]; files: ContainerFile[] };
  /** Logs in over the network, by the name that apps use. */
  login(dependency: DesiredDependency, password: string): DependencyCommand;
  judge(result: CommandResult): LoginAnswer;
  /** Gives the user the password, where the server has another one. */
  setPassword?(
    dependency: DesiredDependency,
    password: string,
  ): DependencyCommand;
  /** Makes the named database. */
  createDatabase?(
    dependency: DesiredDependency,
    password: string,
  ): DependencyCommand;
}

const ENTRYPOINT_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'SETGID',
  'SETUID',
];

const SECRET_DIRECTORY = '/etc/slipway';

const postgres: DependencyKind = {
  capabilities: ENTRYPOINT_CAPABILITIES,
  render: (dependency, password) => ({
    command: ['postgres', '-c', `port=${dependency.port}`],
    environment: [
      `POSTGRES_DB=${postgresDatabase(dependency)}`,
      `POSTGRES_USER=${postgresUser(dependency)}`,
      `POSTGRES_PASSWORD_FILE=${SECRET_DIRECTORY}/password`,
    ],
    files: [{ path: `${SECRET_DIRECTORY}/password`, content: password }],
  }),
  login: (dependency, password) => ({
    command: [
      'psql',
      ...postgresConnection(dependency),
      `--dbname=${postgresDatabase(dependency)}`,
      '--tuples-only',
      '--command=SELECT 1',
    ],
    environment: postgresEnvironment(password),
  }),
  judge: ({ exitCode, output }) => {
    if (exitCode === 0) return 'welcome';
    if (/database ".*" does not exist/.test(output)) return 'no database';
    return /authentication failed|no pg_hba\.conf entry|role ".*" does not exist/.test(
      output,
    )
      ? 'refused'
      : 'unready';
  },
  setPassword: (dependency, password) => ({
    command: ['sh', '-c', SET_POSTGRES_PASSWORD],
    environment: [
      ...postgresEnvironment(password),
      `LOGIN_PORT=${dependency.port}`,
      `LOGIN_USER=${postgresUser(dependency)}`,
    ],
  }),
  createDatabase: (dependency, password) => ({
    command: [
      'createdb',
      ...postgresConnection(dependency),
      '--maintenance-db=postgres',
      '--',
      postgresDatabase(dependency),
    ],
    environment: postgresEnvironment(password),
  }),
};

const redis: DependencyKind = {
  capabilities: ENTRYPOINT_CAPABILITIES,
  render: (dependency, password) => ({
    command: ['redis-server', `${SECRET_DIRECTORY}/redis.conf`],
    environment: [],
    files: [
      {
        path: `${SECRET_DIRECTORY}/redis.conf`,
        content: [
          `port ${dependency.port}`,
          `dir ${redisText(dependency.volume.mountPath)}`,
          'appendonly yes', // a restart keeps the data
          `requirepass ${redisText(password)}`,
          '',
        ].join('\n'),
      },
    ],
  }),
  login: (dependency, password) => ({
    command: [
      'redis-cli',
      '-h',
      dependency.name,
      '-p',
      String(dependency.port),
      'ping',
    ],
    environment: [`REDISCLI_AUTH=${password}`],
  }),
  judge: ({ output }) => {
    if (/WRONGPASS|NOAUTH|AUTH failed/.test(output)) return 'refused';
    return /^PONG$/m.test(output) ? 'welcome' : 'unready';
  },
};

/** How each type of dependency is run. */
export const dependencyKinds: Record<DependencyType, DependencyKind> = {
  postgres,
  redis,
};

function postgresUser({ username = 'postgres' }: DesiredDependency): string {
  return username;
}

/** The image's own rule: a database of the user's name. */
function postgresDatabase(dependency: DesiredDependency): string {
  return dependency.database ?? postgresUser(dependency);
}

function postgresConnection(dependency: DesiredDependency): string[] {
  return [
    `--host=${dependency.name}`,
    `--port=${dependency.port}`,
    `--username=${postgresUser(dependency)}`,
    '--no-password', // never ask, fail
  ];
}

function postgresEnvironment(password: string): string[] {
  return [`PGPASSWORD=${password}`, 'PGCONNECT_TIMEOUT=5'];
}

/** A quoted text of redis.conf, in which any byte may stand as an escape. */
function redisText(text: string): string {
  const escaped = [...Buffer.from(text)].map(
    byte => `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.join('')}"`;
}
