import { InputError } from '@backstage/errors';
import { workspaceReadLogsPermission } from '@slipway/backstage-plugin-workspaces-common';
import type { Authorizer, Caller } from '../authorize';
import { namedApp, namedRun, namedWorkspace } from '../named';
import { stageOf } from '../stages';
import type { FeedSource } from './Feed';
import {
  appLogSource,
  runLogSource,
  runSource,
  workspaceSource,
  type StreamServices,
} from './sources';
import { workspacesSource } from './workspacesSource';

const MOST_TOPICS = 50;
const ACCEPTED =
  'run:<id>, workspace:<name or id>, workspaces, log:<run id>/<stage>/<app or empty> and log:app/<workspace id>/<app>';

/** A topic that the caller may listen to. */
export interface Topic {
  /** The same for all who may listen to it. */
  name: string;
  source(): FeedSource;
}

/** What topics are looked up in. */
type TopicServices = StreamServices & { authorizer: Authorizer };

/** The topics of `?topics=a,b`, as they were written. */
export function parseTopics(parameter: unknown): string[] {
  const topics =
    typeof parameter === 'string'
      ? parameter.split(',').filter(topic => topic !== '')
      : [];
  if (topics.length === 0)
    throw new InputError(`topics: is required; accepted are ${ACCEPTED}`);
  if (topics.length > MOST_TOPICS)
    throw new InputError(`topics: must be ${MOST_TOPICS} at most`);
  return [...new Set(topics)];
}

/** Finds out what a topic names and that the caller may read it; else as the route of that resource refuses. */
export async function openTopic(
  topic: string,
  caller: Caller,
  services: TopicServices,
): Promise<Topic> {
  if (topic === 'workspaces') return readableWorkspaces(caller, services);
  const [kind, ...rest] = topic.split(':');
  const name = rest.join(':');
  if (kind === 'run' && name) {
    const run = await namedRun(services, caller, name);
    return { name: `run:${run.id}`, source: () => runSource(run.id, services) };
  }
  if (kind === 'workspace' && name) {
    const workspace = await namedWorkspace(services, caller, name);
    return {
      name: `workspace:${workspace.id}`,
      source: () => workspaceSource(workspace.id, services),
    };
  }
  const parts = name.split('/');
  if (kind !== 'log' || parts.length !== 3) {
    throw new InputError(
      `topics: "${topic}" is unknown; accepted are ${ACCEPTED}`,
    );
  }
  const [run, stage, app] = parts;
  return run === 'app'
    ? appLog(stage, app, caller, services)
    : runLog(run, stage, app, caller, services);
}

/** Each caller has one of its own, with the credentials it came with: policies decide about callers. */
async function readableWorkspaces(
  caller: Caller,
  services: TopicServices,
): Promise<Topic> {
  await services.authorizer.readable(caller);
  const { principal, expiresAt } = caller.credentials;
  return {
    name: `workspaces:${JSON.stringify([principal, expiresAt])}`,
    source: () => workspacesSource(caller, services),
  };
}

async function runLog(
  id: string,
  stageName: string,
  app: string,
  caller: Caller,
  services: TopicServices,
): Promise<Topic> {
  const run = await namedRun(services, caller, id, workspaceReadLogsPermission);
  const stage = stageOf(run, stageName, app);
  return {
    name: `log:${run.id}/${stage}/${app}`,
    source: () =>
      runLogSource({ run: run.id, stage, app: app || undefined }, services),
  };
}

async function appLog(
  workspaceId: string,
  app: string,
  caller: Caller,
  services: TopicServices,
): Promise<Topic> {
  const workspace = await namedWorkspace(
    services,
    caller,
    workspaceId,
    workspaceReadLogsPermission,
  );
  await namedApp(services, workspace, app);
  return {
    name: `log:app/${workspace.id}/${app}`,
    source: () => appLogSource({ workspace: workspace.id, app }, services),
  };
}
