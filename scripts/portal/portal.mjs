// Runs the portal's bundle as one process.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { logFile } from '../command.mjs';
import {
  homeFolder,
  instance,
  portalDataFolder,
  portalFolder,
} from '../paths.mjs';
import { identify, isAlive } from '../system/processes.mjs';
import { Problem, say, step } from '../terminal.mjs';
import { requireFreePort } from './port.mjs';

const host = '127.0.0.1';
const port = 7007;
const readinessLimit = 180_000;
const stopLimit = 20_000;

/** The address under which people and scripts reach the portal. */
export const portalAddress = `http://localhost:${port}`;

const memory = join(homeFolder, 'portal.json');

/** Ends a process and waits until it is gone; by force after a while. */
async function end(identity) {
  const pid = Number(identity.split('-')[0]);
  const deadline = Date.now() + stopLimit;
  process.kill(pid, 'SIGTERM');
  while (isAlive(identity)) {
    if (Date.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      break;
    }
    await delay(50);
  }
}

function remembered() {
  return existsSync(memory)
    ? JSON.parse(readFileSync(memory, 'utf8'))
    : undefined;
}

/** The portal that a script has started, and that script, by their numbers. */
export function runningPortal() {
  const { portal, starter } = remembered() ?? {};
  return portal && isAlive(portal)
    ? { portal: portal.split('-')[0], starter: starter.split('-')[0] }
    : undefined;
}

/** A start that was killed leaves its portal behind; that one is ended. */
export async function endOrphan() {
  const { portal, starter } = remembered() ?? {};
  if (portal && isAlive(portal) && !isAlive(starter)) {
    await end(portal);
    say('    ended a portal that an earlier start had left behind');
  }
}

/** Makes sure, before anything slow is done, that the portal can listen. */
export async function requirePortalPort() {
  await endOrphan();
  await requireFreePort(port, host);
}

async function untilReady(child, { log, signal }) {
  const deadline = Date.now() + readinessLimit;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Problem(
        `The portal ended with ${
          child.signalCode ?? `exit code ${child.exitCode}`
        } before it was ready.`,
        { log, fix: 'Mend what the log shows, then run this again.' },
      );
    }
    try {
      const response = await fetch(
        `http://${host}:${port}/.backstage/health/v1/readiness`,
        { signal: AbortSignal.timeout(5_000) },
      );
      await response.arrayBuffer();
      if (response.ok) {
        return;
      }
    } catch {
      // it does not listen yet
    }
    await delay(200);
  }
  throw new Problem(
    `The portal was not ready within ${readinessLimit / 1000} s.`,
    { log, fix: 'Look at the log for what it waits for.' },
  );
}

/**
 * Starts the portal and returns when it is ready. It is stopped at the end of
 * the script. `ended` of the result is a promise that ends with the portal.
 */
export async function startPortal({ env, engineHost, signal, onExit }) {
  mkdirSync(portalDataFolder, { recursive: true });
  const log = logFile('portal');
  const output = openSync(log, 'w');
  const child = spawn(
    'node',
    [
      'packages/backend',
      ...['--config', 'app-config.yaml'],
      ...['--config', 'app-config.production.yaml'],
    ],
    {
      cwd: portalFolder,
      env: {
        ...env,
        NODE_ENV: 'production',
        DOCKER_HOST: engineHost,
        SLIPWAY_DATA: portalDataFolder,
        APP_CONFIG_workspaces_local_instance: instance,
      },
      // A group of its own: Ctrl-C reaches us, and we stop it in order.
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  closeSync(output);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const identity = identify(child.pid);
  writeFileSync(
    memory,
    JSON.stringify({ portal: identity, starter: identify(process.pid) }),
  );
  onExit(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      await step('Portal stopped', () => end(identity));
    }
    rmSync(memory, { force: true });
  });
  await step('Portal started', () => untilReady(child, { log, signal }));
  return { log, ended };
}
