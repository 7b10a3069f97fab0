import type {
  Run,
  RunEvent,
  Stage,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { DockerEngine } from '../support/engine/DockerEngine';
import { guestbookVersion, guestbookWorkspace } from '../support/guestbook';
import { Portal } from '../support/portal';
import { atMost, percentile, type Measurement } from './table';

const INSTANCE = 'slipway-bench';
const NAME = 'ws-guestbook';
const REDEPLOYS = 8;

/** What must have ended before a stage begins, of the same app or of the workspace. */
const needs: Partial<Record<StageName, StageName[]>> = {
  fetch: ['provision'],
  dependencies: ['provision'],
  build: ['fetch'],
  migrate: ['build', 'dependencies'],
  deploy: ['migrate'],
  expose: ['deploy'],
  verify: ['expose'],
};

/** Deploys the guestbook, first from nothing and then again without a change, and measures Slipway's own share. */
export async function measureRuns(): Promise<Measurement[]> {
  const engine = new DockerEngine(INSTANCE);
  await engine.removeAll();
  await engine.docker.pruneBuilder();
  const portal = await Portal.prepare({ engine });
  try {
    await portal.start();
    const { client } = portal;
    const upload = await client.upload(
      await guestbookVersion(`1.0.0-bench.${Date.now()}`),
      'guestbook.tar.gz',
    );
    await client.createWorkspace(guestbookWorkspace(NAME, upload.id));
    const deploy = async () => {
      const { id } = await client.startRun(NAME);
      const run = await client.untilFinal(id);
      if (run.state !== 'succeeded')
        throw new Error(
          `The guestbook was not deployed: ${JSON.stringify(run.diagnosis)}`,
        );
      return { run, events: await client.events(id) };
    };
    const first = await deploy();
    const again = [];
    for (let i = 0; i < REDEPLOYS; i++) again.push(await deploy());

    const all = [first, ...again];
    const selfTime = all.map(
      ({ run, events }) => wall(run) - engineTime(events),
    );
    const handOvers = all.flatMap(({ run }) => handOverTimes(run));
    return [
      atMost(
        'self-time of a run, median',
        percentile(selfTime, 0.5),
        'ms',
        500,
      ),
      atMost(
        'self-time of the first run, share of its wall time',
        (100 * selfTime[0]) / wall(first.run),
        '%',
        5,
      ),
      atMost(
        'hand-over between stages, p50',
        percentile(handOvers, 0.5),
        'ms',
        10,
      ),
      atMost(
        'hand-over between stages, p99',
        percentile(handOvers, 0.99),
        'ms',
        100,
      ),
      atMost(
        'redeploy without a change, share of the first run',
        (100 *
          percentile(
            again.map(({ run }) => wall(run)),
            0.5,
          )) /
          wall(first.run),
        '%',
        25,
      ),
    ];
  } finally {
    await portal.remove();
    await engine.removeAll();
  }
}

function wall(run: Run): number {
  return time(run.endedAt) - time(run.startedAt);
}

function time(moment: string | undefined): number {
  if (!moment) throw new Error('The run has not ended');
  return Date.parse(moment);
}

/** The time in which at least one call to engine or builder was open, as the run itself recorded it. */
function engineTime(events: RunEvent[]): number {
  const record = events
    .map(event => /^engine time (\d+) of \d+ ms/.exec(event.message))
    .find(Boolean);
  if (!record) throw new Error('The run has no record of its engine time');
  return Number(record[1]);
}

function handOverTimes(run: Run): number[] {
  const stage = (name: StageName): Stage | undefined =>
    run.stages.find(candidate => candidate.name === name);
  return Object.entries(needs).flatMap(([name, before]) => {
    const began = stage(name as StageName)?.startedAt;
    const ended = before
      .map(earlier => stage(earlier)?.endedAt)
      .filter(moment => moment !== undefined);
    return began && ended.length > 0
      ? [time(began) - Math.max(...ended.map(time))]
      : [];
  });
}
