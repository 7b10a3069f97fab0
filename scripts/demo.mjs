// The demo: the guestbook of examples/, brought from its source to a reachable
// app through the portal's API, with its stages in the terminal. A demo that is
// there already is only waited for.
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { repository } from './paths.mjs';
import { PortalAnswer, PortalClient } from './portal/client.mjs';
import { hasEnded, watchRun } from './portal/watchRun.mjs';
import {
  Problem,
  bold,
  dim,
  failed,
  openLine,
  say,
  step,
  succeeded,
} from './terminal.mjs';

const workspaceName = 'ws-guestbook';
const appName = 'guestbook';
const answerLimit = 60_000;

/** The workspace of the demo; `upload` is the id of the uploaded source. */
export function demoWorkspace(upload) {
  return {
    name: workspaceName,
    dependencies: [{ type: 'postgres' }, { type: 'redis' }],
    apps: [
      {
        name: appName,
        source: { type: 'upload', upload },
        port: 3000,
        healthPath: '/health',
        migration: { command: ['node', 'migrate.js'] },
      },
    ],
  };
}

/** The address of an entity's page in the portal. */
export function entityPage(address, entityRef) {
  const [, kind, namespace, name] = /^([^:]+):([^/]+)\/(.+)$/.exec(entityRef);
  return `${address}/catalog/${namespace}/${kind}/${name}`;
}

/** The guestbook as a tar.gz in memory; it is a few dozen kilobytes. */
async function packGuestbook() {
  const tar = spawn(
    'tar',
    [
      ...['-czf', '-', '--exclude=node_modules'],
      ...['-C', join(repository, 'examples', 'guestbook'), '.'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const chunks = [];
  for await (const chunk of tar.stdout) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function findWorkspace(client, signal) {
  try {
    return await client.call('GET', `/workspaces/${workspaceName}`, { signal });
  } catch (error) {
    if (error instanceof PortalAnswer && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

function isServing(workspace) {
  return workspace?.apps.some(
    ({ name, release }) => name === appName && release !== undefined,
  );
}

/** The run that the demo waits for: one that is under way, or a new one. */
async function startRun(client, workspace, signal) {
  if (workspace) {
    const query = new URLSearchParams({ workspace: workspaceName, limit: 1 });
    const { items } = await client.call('GET', `/runs?${query}`, { signal });
    if (items.length > 0 && !hasEnded(items[0])) {
      return items[0];
    }
  }
  return step('Source uploaded, workspace created', async () => {
    const { id } = await client.upload(
      'guestbook.tar.gz',
      await packGuestbook(),
      signal,
    );
    const definition = demoWorkspace(id);
    if (!workspace) {
      await client.call('POST', '/workspaces', { body: definition, signal });
    }
    const [{ name, source }] = definition.apps;
    return client.call('POST', `/workspaces/${workspaceName}/runs`, {
      body: { apps: [{ name, source }], reason: 'The demo of npm start' },
      signal,
    });
  });
}

/** Milliseconds from the start to the end of a stage. */
function duration({ startedAt, endedAt }) {
  return startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
}

const marks = { succeeded, failed, skipped: dim('–'), cancelled: failed };

function subject({ name, app }) {
  return app ? `${name} ${app}` : name;
}

function describe(stage) {
  const { state, reason } = stage;
  return state === 'succeeded' || state === 'failed'
    ? subject(stage)
    : `${subject(stage)}, ${state}${reason ? `: ${reason}` : ''}`;
}

/** What a run that has not ended is about. */
function describeNow({ state, queue, stages }) {
  const running = stages.filter(stage => stage.state === 'running');
  if (running.length > 0) {
    return running.map(subject).join(', ');
  }
  return queue ? `${state}, position ${queue.position}` : state;
}

/** Prints each stage when it has ended; returns the run in its last state. */
async function showStages(client, runId, signal) {
  const line = openLine('queued');
  const shown = new Set();
  try {
    for await (const run of watchRun(client, runId, signal)) {
      for (const stage of run.stages.filter(hasEnded)) {
        const key = [stage.name, stage.app, stage.attempt].join('/');
        if (!shown.has(key)) {
          shown.add(key);
          line.print(marks[stage.state], describe(stage), duration(stage));
        }
      }
      if (hasEnded(run)) {
        return run;
      }
      line.update(describeNow(run));
    }
  } finally {
    line.close();
  }
  throw new Error('A run was followed that has no end.');
}

function requireSuccess(run, page) {
  if (run.state === 'succeeded') {
    return;
  }
  const { diagnosis } = run;
  throw new Problem(
    diagnosis
      ? `The demo's run ${run.state}. ${diagnosis.code}: ${diagnosis.cause}`
      : `The demo's run ${run.state}.`,
    {
      fix: `${
        diagnosis?.fix ?? ''
      } The page of the app has more: ${page}`.trim(),
    },
  );
}

/** Waits until the app answers at its address, through the Gateway. */
async function untilItAnswers(client, signal) {
  const query = new URLSearchParams({ workspace: workspaceName, app: appName });
  const { items } = await client.call('GET', `/endpoints?${query}`, { signal });
  const endpoint = items.find(({ url }) => url);
  if (!endpoint) {
    throw new Problem('The demo app has no endpoint.');
  }
  await step('The demo app answers', async () => {
    const deadline = Date.now() + answerLimit;
    for (;;) {
      signal.throwIfAborted();
      try {
        const response = await fetch(endpoint.url, {
          signal: AbortSignal.timeout(5_000),
        });
        await response.arrayBuffer();
        if (response.status < 500) {
          return;
        }
      } catch {
        // the Gateway does not listen yet, or the app is not ready
      }
      if (Date.now() > deadline) {
        throw new Problem(
          `The demo app does not answer at ${endpoint.url} within ${
            answerLimit / 1000
          } s.`,
          { fix: `See ${endpoint.message ?? 'its page in the portal'}.` },
        );
      }
      await delay(200, undefined, { signal });
    }
  });
  return endpoint;
}

/**
 * Brings up the demo, or finds it running. Returns the address of the app and
 * of its page in the portal.
 */
export async function runDemo({ address, signal }) {
  say(`\n${bold('The demo')}: the guestbook, through the API of the portal`);
  const client = new PortalClient(address);
  await client.signIn(signal);
  const workspace = await findWorkspace(client, signal);
  if (!isServing(workspace)) {
    const { id } = await startRun(client, workspace, signal);
    const run = await showStages(client, id, signal);
    const { apps } = await findWorkspace(client, signal);
    requireSuccess(run, entityPage(address, apps[0].entityRef));
  }
  const endpoint = await untilItAnswers(client, signal);
  return { url: endpoint.url, page: entityPage(address, endpoint.entityRef) };
}
