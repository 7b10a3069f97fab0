import type {
  Run,
  RunEvent,
} from '@slipway/backstage-plugin-workspaces-common';
import { guestbookVersion, guestbookWorkspace } from '../support/guestbook';
import type { PortalClient } from '../support/client';

/** A run that has ended well, with all that it said. */
export interface Deployment {
  run: Run;
  events: RunEvent[];
}

/** Deploys the guestbook, first from nothing and then as often again without a change. */
export async function deployGuestbook(
  client: PortalClient,
  workspace: string,
  again: number,
): Promise<Deployment[]> {
  const upload = await client.upload(
    await guestbookVersion(`1.0.0-bench.${Date.now()}`),
    'guestbook.tar.gz',
  );
  await client.createWorkspace(guestbookWorkspace(workspace, upload.id));
  const deployments = [];
  for (let i = 0; i <= again; i++)
    deployments.push(await deploy(client, workspace));
  return deployments;
}

/** Deploys what a workspace says; an error where that fails. */
export async function deploy(
  client: PortalClient,
  workspace: string,
): Promise<Deployment> {
  const { id } = await client.startRun(workspace);
  const run = await client.untilFinal(id);
  if (run.state !== 'succeeded')
    throw new Error(
      `${workspace} was not deployed: ${JSON.stringify(run.diagnosis)}`,
    );
  return { run, events: await client.events(id) };
}

/** In milliseconds. */
export function wallTime({ run }: Deployment): number {
  return time(run.endedAt) - time(run.startedAt);
}

/** Slipway's own share of a run, in milliseconds: all in which no call to engine or builder was open. */
export function selfTime(deployment: Deployment): number {
  return wallTime(deployment) - engineTime(deployment);
}

/** Milliseconds of a moment that must be there. */
export function time(moment: string | undefined): number {
  if (!moment) throw new Error('The run has not ended');
  return Date.parse(moment);
}

/** The time in which at least one call to engine or builder was open, as the run itself recorded it. */
function engineTime({ events }: Deployment): number {
  const record = events
    .map(event => /^engine time (\d+) of \d+ ms/.exec(event.message))
    .find(Boolean);
  if (!record) throw new Error('The run has no record of its engine time');
  return Number(record[1]);
}
