import type { DependencyType } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredDependency } from '@slipway/backstage-plugin-workspaces-node';
import { SET_POSTGRES_PASSWORD } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { V1EnvVar } from '@kubernetes/client-node';

/** Where the files of a dependency's secret are mounted. */
export const SECRET_DIRECTORY = '/etc/slipway';

/** How one type of dependency is run and how one logs in. */
interface DependencyKind {
  /** The number of the server's user in its images. */
  user: number;
  command(dependency: DesiredDependency): string[];
  /** Variables of the server and of those who log in; secret ones by their key in the secret. */
  environment(dependency: DesiredDependency): V1EnvVar[];
  /** Content of the secret; each key is a file in {@link SECRET_DIRECTORY} as well. */
  secret(
    dependency: DesiredDependency,
    password: string,
  ): Record<string, string>;
  /** Logs in with the password, run inside the server's container. It says what the server said. */
  login: string[];
  /** The same at the start, which also makes what is wanted and not there: the named database, the password. */
  firstLogin: string[];
  /** Whether the text of a login that failed says that waiting changes nothing. */
  isRefusal(text: string): boolean;
}

/** By the pod's own address: the server lets whoever comes by the loopback one in without a password. */
const POSTGRES_CLIENT = `
  PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
  PGCONNECT_TIMEOUT=4
  export PGPASSWORD PGCONNECT_TIMEOUT
  set -- --host="$LOGIN_ADDRESS" --port="$LOGIN_PORT" --username="$LOGIN_USER" --no-password`;
const POSTGRES_LOGIN = `psql "$@" --dbname="$LOGIN_DATABASE" --tuples-only --command='SELECT 1'`;

const postgres: DependencyKind = {
  user: 999,
  command: ({ port }) => ['postgres', '-c', `port=${port}`],
  environment: dependency => [
    // A folder of its own: that of the volume belongs to whoever made it.
    { name: 'PGDATA', value: `${dependency.volume.mountPath}/pgdata` },
    { name: 'POSTGRES_DB', value: postgresDatabase(dependency) },
    { name: 'POSTGRES_USER', value: postgresUser(dependency) },
    { name: 'POSTGRES_PASSWORD_FILE', value: `${SECRET_DIRECTORY}/password` },
    {
      name: 'LOGIN_ADDRESS',
      valueFrom: { fieldRef: { fieldPath: 'status.podIP' } },
    },
    { name: 'LOGIN_PORT', value: String(dependency.port) },
    { name: 'LOGIN_USER', value: postgresUser(dependency) },
    { name: 'LOGIN_DATABASE', value: postgresDatabase(dependency) },
  ],
  secret: (_, password) => ({ password }),
  login: ['sh', '-c', `${POSTGRES_CLIENT}\n  exec ${POSTGRES_LOGIN}`],
  firstLogin: [
    'sh',
    '-c',
    `${POSTGRES_CLIENT}
set_password() {
${SET_POSTGRES_PASSWORD}
}
  said="$(${POSTGRES_LOGIN} 2>&1)" && exit 0
  case "$said" in
    *'password authentication failed'*)
      refused="$said"
      said="$(set_password)" && said="$(${POSTGRES_LOGIN} 2>&1)" && exit 0
      said="$refused
$said" ;;
    *'database "'*'" does not exist'*)
      createdb "$@" --maintenance-db=postgres -- "$LOGIN_DATABASE" 2>&1 ;;
  esac
  echo "$said"
  exit 1`,
  ],
  isRefusal: text =>
    /authentication failed|no pg_hba\.conf entry|role ".*" does not exist/.test(
      text,
    ),
};

const REDIS_LOGIN = [
  'sh',
  '-c',
  `said="$(REDISCLI_AUTH="$(cat "$LOGIN_PASSWORD_FILE")" redis-cli -p "$LOGIN_PORT" ping 2>&1)"
  echo "$said"
  [ "$said" = PONG ]`,
];

const redis: DependencyKind = {
  user: 999,
  command: () => ['redis-server', `${SECRET_DIRECTORY}/redis.conf`],
  environment: dependency => [
    { name: 'LOGIN_PORT', value: String(dependency.port) },
    { name: 'LOGIN_PASSWORD_FILE', value: `${SECRET_DIRECTORY}/password` },
  ],
  secret: (dependency, password) => ({
    password,
    'redis.conf': [
      `port ${dependency.port}`,
      `dir ${redisText(dependency.volume.mountPath)}`,
      'appendonly yes', // a restart keeps the data
      `requirepass ${redisText(password)}`,
      '',
    ].join('\n'),
  }),
  login: REDIS_LOGIN,
  firstLogin: REDIS_LOGIN,
  isRefusal: text => /WRONGPASS|NOAUTH|AUTH failed/.test(text),
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

/** A quoted text of redis.conf, in which any byte may stand as an escape. */
function redisText(text: string): string {
  const escaped = [...Buffer.from(text)].map(
    byte => `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `"${escaped.join('')}"`;
}
