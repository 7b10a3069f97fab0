import type {
  Run,
  Stage,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { DockerEngine } from '../support/engine/DockerEngine';
import { usePortal } from '../support/fixtures';
import {
  deployGuestbook,
  selfTime,
  time,
  wallTime,
  type Deployment,
} from './deployments';
import { atMost, percentile, type Measurement } from './table';

const INSTANCE = 'slipway-bench';
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

/** Slipway's own share of runs on Docker. */
export async function measureRuns(): Promise<Measurement[]> {
  const engine = new DockerEngine(INSTANCE);
  await engine.removeAll();
  await engine.docker.pruneBuilder();
  let deployments: Deployment[] = [];
  await usePortal({ engine }, async ({ client }) => {
    deployments = await deployGuestbook(client, 'ws-guestbook', REDEPLOYS);
  });
  const [first, ...again] = deployments;
  const handOvers = deployments.flatMap(({ run }) => handOverTimes(run));
  return [
    ...selfTimes(deployments),
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
      (100 * percentile(again.map(wallTime), 0.5)) / wallTime(first),
      '%',
      25,
    ),
  ];
}

/** How long Slipway itself is at work in runs, the first of which began with nothing. */
export function selfTimes(
  deployments: Deployment[],
  where = '',
): Measurement[] {
  const [first] = deployments;
  return [
    atMost(
      `self-time of a run${where}, median`,
      percentile(deployments.map(selfTime), 0.5),
      'ms',
      500,
    ),
    atMost(
      `self-time of the first run${where}, share of its wall time`,
      (100 * selfTime(first)) / wallTime(first),
      '%',
      5,
    ),
  ];
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
