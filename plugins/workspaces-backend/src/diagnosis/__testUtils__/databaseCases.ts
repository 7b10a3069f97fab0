import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: how databases refuse. */
export const databaseCases: DiagnosisCase[] = [
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 137: it was out of memory',
        facts: { exitCode: 137, outOfMemory: true },
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed because (OOM_APP) it used more memory than it may, and was killed.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'ALTER TABLE entries ADD COLUMN x; ERROR: column "x" of relation "entries" already exists',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause: 'The migration of "web" failed with exit code 1.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'psql: error: connection to server at "db" (10.221.179.2), port 5432 failed: FATAL:  password authentication failed for user "postgres"',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_LOGIN) the database refuses the login of the user "postgres": the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'psql: error: connection to server at "db" (10.221.179.2), port 5432 failed: FATAL:  role "nobody" does not exist',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_LOGIN) the database refuses the login of the user "nobody": the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'FATAL:  no pg_hba.conf entry for host "10.221.179.3", user "app", database "app", no encryption',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_LOGIN) the database refuses the login of the user "app": the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: "Login failed for user 'sa'.",
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_LOGIN) the database refuses the login of the user "sa": the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: "ERROR 1045 (28000): Access denied for user 'root'@'10.0.0.3' (using password: YES)",
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_LOGIN) the database refuses the login of the user "root": the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'AUTH failed: WRONGPASS invalid username-password pair or user is disabled.',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_LOGIN) the database refuses the login: the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'NOAUTH Authentication required.',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_LOGIN) the database refuses the login: the password or the user is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'Error: connect ECONNREFUSED 10.221.179.2:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at 10.221.179.2:5432 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'psql: error: connection to server at "db" (10.221.179.2), port 5433 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_UNREACHABLE) the database at db:5433 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'psql: error: could not translate host name "gone" to address: Name or service not known',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_UNREACHABLE) the database at gone cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'Could not connect to Redis at db:6379: Connection refused',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at db:6379 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'failed to connect: dial tcp 10.0.0.2:5432: connect: connection refused',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at 10.0.0.2:5432 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname and port are correct',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at db:5432 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'redis.exceptions.ConnectionError: Error 111 connecting to cache:6379. Connection refused.',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at cache:6379 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.0.0.2:5432',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at 10.0.0.2:5432 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: "ERROR 2002 (HY000): Can't connect to MySQL server on 'db' (115)",
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at db cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'Error: getaddrinfo ENOTFOUND db\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:111:26)',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at db cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 1',
        facts: { exitCode: 1, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'dial tcp: lookup db on 127.0.0.11:53: no such host',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 1 because (DB_UNREACHABLE) the database at db cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'migrate',
    evidence: [
      {
        kind: 'state',
        source: 'migration of web',
        text: 'The migration of web ended with exit code 2',
        facts: { exitCode: 2, outOfMemory: false },
      },
      {
        kind: 'log',
        source: 'log of migrate of web',
        text: 'psql: error: connection to server at "db" (10.0.0.2), port 5432 failed: FATAL:  the database system is starting up',
      },
    ],
    code: 'MIGRATION_FAILED',
    cause:
      'The migration of "web" failed with exit code 2 because (DB_UNREACHABLE) the database cannot be reached: it is not running, not ready, or the address is wrong.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'probe',
        source: 'slipway-a1-ws-shop-db',
        text: 'psql: error: connection to server at "db" (10.221.179.2), port 5432 failed: FATAL:  password authentication failed for user "app"',
        facts: { dependency: 'db' },
      },
    ],
    code: 'DB_LOGIN',
    cause:
      'The dependency "db" refuses the login with the credentials that were generated for it, and they could not be set in its data.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'probe',
        source: 'slipway-a1-ws-shop-db',
        text: 'psql: error: connection to server at "db" (10.221.179.2), port 5432 failed: Connection refused',
        facts: { dependency: 'db' },
      },
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-db',
        text: 'running, 0 restarts',
        facts: { outOfMemory: false, restarts: 0 },
      },
    ],
    code: 'DB_UNREACHABLE',
    cause:
      'The dependency "db" did not get ready in time: psql: error: connection to server at "db" (10.221.179.2), port 5432 failed: Connection refused.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'running, 0 restarts',
        facts: { outOfMemory: false, restarts: 0 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'waiting for the database: connect ECONNREFUSED 172.18.0.2:5432',
      },
    ],
    code: 'DB_UNREACHABLE',
    cause:
      'The database at 172.18.0.2:5432 cannot be reached: it is not running, not ready, or the address is wrong.',
  },
];
