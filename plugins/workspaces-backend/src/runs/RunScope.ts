import type { LoggerService } from '@backstage/backend-plugin-api';
import { NotFoundError } from '@backstage/errors';
import type { JsonObject } from '@backstage/types';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineFixes,
  SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import { Redactor } from '../logs/redact';
import type { RunInput, RunRow, WorkspaceRow } from '../store/rows';
import type { WorkspaceRows } from '../workspaces/desiredState';
import { measuredEndpoints, measuredEngine } from './measuredEngine';
import { retrying } from './retrying';
import type { RunLease } from './RunLease';
import { RunTimes } from './RunTimes';
import type { RunServices } from './services';
import type { StageBuilder, StageEngine } from './stage';

/** What the stages of one run share while a worker carries it out. */
export interface RunScope {
  run: RunRow;
  /** Name of the workspace. */
  workspace: string;
  input: RunInput;
  services: RunServices;
  lease: RunLease;
  engine: StageEngine;
  builder: StageBuilder;
  secrets: SecretResolver;
  /** Knows every value that `secrets` has given out. */
  redactor: Redactor;
  times: RunTimes;
  logger: LoggerService;
  /** Aborts when this worker is to stop watching: its lease is lost, or it stops. */
  watch: AbortSignal;
  /** How long work may take to end after it was told to. */
  graceMilliseconds: number;
  /** What the engine puts right itself; nothing where it is not installed. */
  fixes(): Promise<EngineFixes['offered']>;
  /** The workspace as it is stored now. */
  rows(): Promise<WorkspaceRows>;
  /** What a stage gave, of the app or, where it concerns the workspace, of that. */
  outputs(stage: StageName, app: string): JsonObject;
}

export function createRunScope(
  options: Pick<
    RunScope,
    | 'run'
    | 'workspace'
    | 'services'
    | 'lease'
    | 'logger'
    | 'watch'
    | 'graceMilliseconds'
    | 'outputs'
  >,
): RunScope {
  const { run, lease } = options;
  const times = new RunTimes();
  const services = withRetries(
    {
      ...options.services,
      endpoints: measuredEndpoints(options.services.endpoints, times),
    },
    lease,
  );
  const redactor = new Redactor();
  const find = async () => {
    const workspace = await readWorkspace(services, run.workspace_id);
    return services.engines.get(workspace.engine);
  };
  const resolver = services.secrets.resolver(value => redactor.add(value));
  return {
    ...options,
    services,
    input: JSON.parse(run.input),
    ...measuredEngine({ find, times, assertHeld: lease.assertHeld }),
    secrets: retrying(resolver, ['resolve', 'version'], lease),
    redactor,
    times,
    fixes: () =>
      find().then(
        ({ engine }) => engine.fixes?.offered ?? {},
        () => ({}),
      ),
    rows: () => readRows(services, run.workspace_id),
  };
}

/** A database that is out of reach for a moment fails no stage. */
function withRetries(services: RunServices, lease: RunLease): RunServices {
  return {
    ...services,
    workspaces: retrying(
      services.workspaces,
      [
        'get',
        'apps',
        'app',
        'dependencies',
        'release',
        'releases',
        'createRelease',
      ],
      lease,
    ),
    images: retrying(services.images, ['isRemoving'], lease),
    endpoints: retrying(
      services.endpoints,
      ['find', 'ofWorkspace', 'reserve', 'switchTo'],
      lease,
    ),
  };
}

async function readRows(
  services: RunServices,
  workspaceId: string,
): Promise<WorkspaceRows> {
  return {
    workspace: await readWorkspace(services, workspaceId),
    apps: await services.workspaces.apps(workspaceId),
    dependencies: await services.workspaces.dependencies(workspaceId),
  };
}

async function readWorkspace(
  services: RunServices,
  workspaceId: string,
): Promise<WorkspaceRow> {
  const workspace = await services.workspaces.get(workspaceId);
  if (workspace) return workspace;
  throw new NotFoundError(`There is no workspace "${workspaceId}"`);
}
