import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: how containers of apps fail. */
export const runtimeCases: DiagnosisCase[] = [
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 137, 1 restarts',
        facts: { exitCode: 137, outOfMemory: true, restarts: 1 },
      },
    ],
    code: 'OOM_APP',
    cause: 'The app "web" used more memory than it may, and was killed.',
  },
  {
    stage: 'deploy',
    evidence: [{ kind: 'event', source: 'pod web-0', text: 'OOMKilled' }],
    code: 'OOM_APP',
    cause: 'The app "web" used more memory than it may, and was killed.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'exec /app/server: exec format error',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image, or a program in it, is made for another processor than that of this machine: /app/server.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/server": exec format error: unknown',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image, or a program in it, is made for another processor than that of this machine: /app/server.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'standard_init_linux.go:228: exec user process caused: exec format error',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image, or a program in it, is made for another processor than that of this machine.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause: 'The command "nope" is not in the image.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope.sh": stat /nope.sh: no such file or directory: unknown',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause: 'The command "/nope.sh" is not in the image.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause: 'The command "nope" is not in the image.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Error executing command: fork/exec /no/such/binary: no such file or directory',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause: 'The command "/no/such/binary" is not in the image.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'exec /x.sh: no such file or directory',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause:
      'The script "/x.sh" is in the image, but what its first line names to run it is not.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/etc/passwd": permission denied: unknown',
      },
    ],
    code: 'COMMAND_NOT_FOUND',
    cause: 'The file "/etc/passwd" may not be run as a program.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/: socket hang up',
      },
      {
        kind: 'sockets',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Listens on 127.0.0.1:8080',
        facts: {
          expectedPort: 8080,
          listening: [{ address: '127.0.0.1', port: 8080 }],
        },
      },
    ],
    code: 'APP_BINDS_LOOPBACK',
    cause:
      'The app listens on port 8080 of 127.0.0.1 only, where nobody outside of its container reaches it.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/: socket hang up',
      },
      {
        kind: 'sockets',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Listens on ::1:8080, 127.0.0.1:8080, 0.0.0.0:9229',
        facts: {
          expectedPort: 8080,
          listening: [
            { address: '::1', port: 8080 },
            { address: '127.0.0.1', port: 8080 },
            { address: '0.0.0.0', port: 9229 },
          ],
        },
      },
    ],
    code: 'APP_BINDS_LOOPBACK',
    cause:
      'The app listens on port 8080 of ::1 and 127.0.0.1 only, where nobody outside of its container reaches it.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/: socket hang up',
      },
      {
        kind: 'sockets',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Listens on 0.0.0.0:3000',
        facts: {
          expectedPort: 8080,
          listening: [{ address: '0.0.0.0', port: 3000 }],
        },
      },
    ],
    code: 'PROBE_WRONG_PORT',
    cause: 'The app was expected on port 8080, but listens on port 3000.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/: socket hang up',
      },
      {
        kind: 'sockets',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Listens on :::3000, 127.0.0.1:9229',
        facts: {
          expectedPort: 8080,
          listening: [
            { address: '::', port: 3000 },
            { address: '127.0.0.1', port: 9229 },
          ],
        },
      },
    ],
    code: 'PROBE_WRONG_PORT',
    cause:
      'The app was expected on port 8080, but listens on the ports 3000, 9229.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/: socket hang up',
      },
      {
        kind: 'sockets',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Nothing listens',
        facts: { expectedPort: 8080, listening: [] },
      },
    ],
    code: 'APP_NOT_LISTENING',
    cause: 'The app runs, but listens on no port; expected was 8080.',
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
        kind: 'probe',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'GET http://127.0.0.1:32768/health: HTTP 503',
      },
    ],
    code: 'HEALTH_CHECK_FAILED',
    cause:
      'The app answers 503 on its health path "/health", where an answer below 500 is expected.',
  },
  {
    stage: 'verify',
    evidence: [
      {
        kind: 'probe',
        source: 'http://127.0.0.1:18003/health',
        text: 'answered 500',
        facts: { status: 500 },
      },
    ],
    code: 'HEALTH_CHECK_FAILED',
    cause:
      'The app answers 500 on its health path, where an answer below 500 is expected.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'web-r2-5f6d7c8b9-x2x4z',
        text: 'running, 0 restarts',
        facts: { outOfMemory: false, restarts: 0 },
      },
      { kind: 'log', source: 'web-r2-5f6d7c8b9-x2x4z', text: 'loading' },
      {
        kind: 'state',
        source: 'web-r2',
        text: 'ReplicaSet "web-r2-5f6d7c8b9" has timed out progressing.',
      },
    ],
    code: 'HEALTH_CHECK_FAILED',
    cause:
      'Not all replicas of the app came up in the time that the cluster gives them.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 137, 3 restarts',
        facts: { exitCode: 137, outOfMemory: false, restarts: 3 },
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" was killed (exit code 137), probably because its memory ran out.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 0, 3 restarts',
        facts: { exitCode: 0, outOfMemory: false, restarts: 3 },
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended by itself with exit code 0.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1.',
  },
  {
    stage: 'verify',
    evidence: [
      {
        kind: 'state',
        source: 'release 3 of web',
        text: 'Release 3 of web restarted while it was verified',
        facts: { restarts: 1 },
      },
    ],
    code: 'CRASH_LOOP',
    cause: 'The app "web" does not stay up.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Error: listen EADDRINUSE: address already in use :::3000\n    at Server.setupListenHandle [as _listen2] (node:net:1463:16)',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (PORT_IN_USE) the port 3000 was already used within the container.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: '2026/11/21 10:00:00 listen tcp :8080: bind: address already in use',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (PORT_IN_USE) the port 8080 was already used within the container.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'OSError: [Errno 98] Address already in use',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (PORT_IN_USE) the port was already used within the container.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Error: DATABASE_URL is not set\n    at Object.<anonymous> (/app/server.js:3:9)',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (ENVIRONMENT_MISSING) the variable DATABASE_URL is missing in its environment.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Error: missing required environment variable: API_TOKEN',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (ENVIRONMENT_MISSING) the variable API_TOKEN is missing in its environment.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\nKeyError: \'DATABASE_URL\'',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (ENVIRONMENT_MISSING) the variable DATABASE_URL is missing in its environment.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 127, 3 restarts',
        facts: { exitCode: 127, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'sh: exec: line 0: nope: not found',
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 127 because (COMMAND_NOT_FOUND) "nope" is not in the image.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: 'restarting, exit code 1, 3 restarts',
        facts: { exitCode: 1, outOfMemory: false, restarts: 3 },
      },
      {
        kind: 'log',
        source: 'slipway-a1-ws-shop-web-2-1',
        text: "Error: Cannot find module '/app/server.js'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1212:15)",
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1 because (COMMAND_NOT_FOUND) "/app/server.js" is not in the image.',
  },
];
