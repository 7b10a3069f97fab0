import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { hasFact, type Rule } from '../rule';

/** PostgreSQL, redis, MySQL, SQL Server and MongoDB where nobody has moved them. */
const PORT = '(?<port>5432|6379|3306|1433|27017)';

const dependencies: readonly StageName[] = ['dependencies'];

/** A database that does not answer, or lets nobody in. */
export const databaseRules: readonly Rule[] = [
  {
    code: 'DB_LOGIN',
    signs: [
      /password authentication failed for user "(?<user>[^"]+)"/,
      /role "(?<user>[^"]+)" does not exist/,
      /no pg_hba\.conf entry for host "[^"]+", user "(?<user>[^"]+)"/,
      /Login failed for user '(?<user>[^']+)'/,
      /Access denied for user '(?<user>[^']+)'/,
      /WRONGPASS invalid username-password pair/,
      /NOAUTH Authentication required/,
    ],
    cause:
      'The database[ "{dependency}"] refuses the login[ of the user "{user}"]: the password or the user is wrong.',
    fix: 'Let the app use the variables that it is given for the database (for example DATABASE_URL), and no credentials of its own. Where a change of the password has failed before, retry that run first.',
    fixedBy: 'user',
  },
  {
    code: 'DB_UNREACHABLE',
    signs: [
      new RegExp(`connect ECONNREFUSED (?<host>\\S+):${PORT}\\b`),
      /connection to server at "(?<host>[^"]+)" \([^)]+\), port (?<port>\d+) failed: (?:Connection refused|timeout|No route to host)/,
      /could not translate host name "(?<host>[^"]+)" to address/,
      /Could not connect to Redis at (?<host>[^\s:]+):(?<port>\d+)/,
      new RegExp(
        `dial tcp (?<host>\\S+):${PORT}: (?:connect: connection refused|i/o timeout)`,
      ),
      new RegExp(`Connection to (?<host>[^\\s:]+):${PORT} refused`),
      new RegExp(`Error 111 connecting to (?<host>[^\\s:]+):${PORT}`),
      new RegExp(`Failed to connect to (?<host>[^\\s:]+):${PORT}`),
      /Can't connect to MySQL server on '(?<host>[^']+)'/,
      // A name without a dot is that of a neighbour in the workspace.
      /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?<host>[a-z0-9-]+)(?![\w.-])/,
      /dial tcp: lookup (?<host>[a-z0-9-]+) on \S+: no such host/,
      /the database system is (?:starting up|shutting down)/,
    ],
    cause:
      'The database[ at {host}][:{port}] cannot be reached: it is not running, not ready, or the address is wrong.',
    fix: 'Look whether the dependency runs, and let the app use the variables that it is given for it (for example DATABASE_URL). Then retry from the stage {stage}.',
    fixedBy: 'user',
  },
];

/** A dependency that does not get ready. */
export const dependencyRules: readonly Rule[] = [
  {
    code: 'DB_LOGIN',
    stages: dependencies,
    signs: [
      {
        kinds: ['probe'],
        facts: hasFact('dependency'),
        wording:
          /authentication failed|no pg_hba\.conf entry|role "[^"]+" does not exist|WRONGPASS|NOAUTH/,
      },
    ],
    cause:
      'The dependency "{dependency}" refuses the login with the credentials that were generated for it, and they could not be set in its data.',
    fix: 'Delete the dependency together with its data and add it again, or have the password that its data was made with restored.',
    fixedBy: 'operator',
  },
  {
    code: 'DB_UNREACHABLE',
    stages: dependencies,
    signs: [{ kinds: ['probe'], facts: hasFact('dependency') }],
    cause: 'The dependency "{dependency}" did not get ready in time: {text}.',
    fix: 'Look at its output in the evidence, then retry from the stage dependencies. A slow machine may need more time or a larger "size" of the workspace.',
    fixedBy: 'user',
  },
];
