import type { Stage } from '@slipway/backstage-plugin-workspaces-common';
import {
  ago,
  diagnosis,
  endpoint,
  entity,
  failedRun,
  logLines,
  run,
  runningRun,
  stages,
  withStage,
  workspace,
} from '../src/__testUtils__/data';
import { FakeWorkspacesApi } from '../src/__testUtils__/FakeWorkspacesApi';
import { checks, fleet, fleetEndpoints, histories } from './fleet';
import { degraded, releases, unseen } from './workspaces';

const apps = ['web', 'api', 'worker'];

/** What the development page shows: each named story is a state that the pages must bear. */
export function story(): FakeWorkspacesApi {
  const name =
    new URLSearchParams(window.location.search).get('story') ?? 'usual';
  switch (name) {
    case 'empty':
      return empty();
    case 'failing':
      return failing();
    case 'unseen':
      return new FakeWorkspacesApi({ workspace: unseen });
    default:
      return usual();
  }
}

export const entities = [entity];

function empty(): FakeWorkspacesApi {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  api.listWorkspaces = async () => ({ items: [] });
  return api;
}

function failing(): FakeWorkspacesApi {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  const fail = async () => {
    throw new Error(
      'The database does not answer: connection refused by 10.0.0.7:5432',
    );
  };
  api.listRuns = api.listEndpoints = fail;
  api.listWorkspaces = api.listChecks = fail;
  return api;
}

function usual(): FakeWorkspacesApi {
  const finished = Array.from({ length: 24 }, (_, index) => {
    const start = 90_000 - index * 3_600;
    const each = 6 + ((index * 7) % 9);
    return run({
      id: `f${index}`,
      number: index + 1,
      reason:
        index % 3 === 0 ? undefined : `Show who signed last, take ${index}`,
      createdAt: ago(start + 5),
      startedAt: ago(start),
      endedAt: ago(start - 8 * each),
      stages: withOutputs(stages({ done: 8, start, each }), index),
    });
  });
  const cancelled = run({
    id: 'c1',
    number: 25,
    state: 'cancelled',
    reason:
      'A run that somebody stopped because a newer one was on its way already',
    startedAt: ago(900),
    endedAt: ago(860),
    stages: withStage(stages({ done: 2, start: 900 }), 'build', {
      state: 'cancelled',
      startedAt: ago(880),
      endedAt: ago(860),
    }),
  });
  const waiting = run({
    id: 'q1',
    number: 29,
    state: 'queued',
    reason: 'Fix the footer on small screens',
    createdAt: ago(20),
    startedAt: undefined,
    endedAt: undefined,
    stages: [],
    queue: { position: 1, waitsFor: 'workspace', behindRun: 'r3' },
  });
  const api = new FakeWorkspacesApi({
    workspace: degraded,
    others: fleet,
    releases,
    histories,
    checks,
    runs: [
      ...finished,
      cancelled,
      failedRun({ number: 26 }),
      severalApps(),
      runningRun({ number: 28 }),
      waiting,
    ],
    endpoints: [
      ...fleetEndpoints,
      endpoint(),
      endpoint({
        id: 'e2',
        state: 'unknown',
        url: undefined,
        release: undefined,
        observedAt: undefined,
        message: undefined,
        latencyMilliseconds: undefined,
      }),
      endpoint({
        id: 'e3',
        state: 'down',
        observedAt: ago(720),
        latencyMilliseconds: undefined,
        message:
          'connection refused by 127.0.0.1:18000; the app listens on 3000, not on 8080',
      }),
    ],
  });
  api.setLog(
    { run: 'r2', stage: 'build', app: 'guestbook' },
    logLines(12_345, {
      12_320: '\u001b[34mSTEP 5/11: RUN npm ci\u001b[0m',
      12_330: diagnosis.evidence[1].text,
      12_331:
        '\u001b[31mnpm error\u001b[0m A complete log of this run can be found in: /home/node/.npm/_logs/2026-11-21T02_16_05_120Z-debug-0.log '.repeat(
          3,
        ),
    }),
    true,
  );
  api.setLog(
    { run: 'r3', stage: 'build', app: 'guestbook' },
    logLines(60),
    false,
  );
  let line = 60;
  setInterval(() => {
    line += 1;
    api.push({
      type: 'log',
      data: {
        run: 'r3',
        stage: 'build',
        app: 'guestbook',
        items: [
          {
            line,
            at: ago(0),
            text: `thumbs: size ${line} \u001b[32m✓\u001b[0m 212 files`,
          },
        ],
        complete: false,
      },
    });
    api.push({
      type: 'event',
      data: {
        sequence: line,
        run: 'r3',
        at: ago(0),
        type: 'progress',
        stage: 'build',
        app: 'guestbook',
        message: `Dockerfile step 7 of 11: RUN npm run build (${line})`,
      },
    });
  }, 1_000);
  return api;
}

/** What the stages of the guestbook made; every third run found the same source. */
function withOutputs(list: Stage[], index: number): Stage[] {
  const commit = String(Math.floor(index / 3) + 10).repeat(20);
  const digest = `sha256:${String(index + 10).repeat(32)}`;
  const outputs: Partial<Record<Stage['name'], Stage['outputs']>> = {
    fetch: { revision: commit },
    build: { image: `slipway/ws-guestbook/guestbook@${digest}`, digest },
    deploy: { release: index + 1 },
    expose: { url: 'http://127.0.0.1:18000/' },
    verify: { release: index + 1 },
  };
  return list.map(stage => ({ ...stage, outputs: outputs[stage.name] }));
}

function severalApps() {
  const perApp = apps.flatMap(app =>
    stages({ done: 5, start: 400, app }).filter(stage => stage.app),
  );
  const shared = stages({ done: 5, start: 400 }).filter(stage => !stage.app);
  const deployed = (stage: Stage): Stage => {
    if (stage.name !== 'deploy') return stage;
    if (stage.app === 'api') {
      return {
        ...stage,
        attempt: 2,
        state: 'failed',
        reason: 'not ready within the deadline',
        startedAt: ago(350),
        endedAt: ago(286),
        diagnosis: {
          ...diagnosis,
          code: 'PROBE_WRONG_PORT',
          cause: 'The app api listens on port 3000, but port 8080 is probed',
        },
      };
    }
    return {
      ...stage,
      state: 'succeeded',
      startedAt: ago(350),
      endedAt: ago(331),
    };
  };
  const all = [...shared, ...perApp].map(deployed);
  const first: Stage = {
    name: 'deploy',
    app: 'api',
    attempt: 1,
    state: 'failed',
    startedAt: ago(390),
    endedAt: ago(360),
  };
  return run({
    id: 'm1',
    number: 27,
    state: 'failed',
    reason: 'Deploy three apps of which one fails',
    startedAt: ago(400),
    endedAt: ago(286),
    apps: [...apps, 'guestbook'],
    stages: [...all, first],
    diagnosis: all.find(stage => stage.diagnosis)?.diagnosis,
  });
}
