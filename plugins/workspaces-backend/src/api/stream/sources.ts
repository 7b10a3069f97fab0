import {
  type LogLine,
  type Run,
  type StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { EndpointService } from '../../endpoints/EndpointService';
import { appLogStream, runLogStream, type LogStore } from '../../logs/LogStore';
import type { Lists } from '../../store/Lists';
import type { RunRow } from '../../store/rows';
import type { RunStore } from '../../store/RunStore';
import { toRunEvent } from '../../store/runView';
import type { WorkspaceStore } from '../../store/WorkspaceStore';
import type { WorkspaceService } from '../../workspaces/WorkspaceService';
import type { RunReader } from '../RunReader';
import { isLogComplete } from '../stages';
import type { FeedSource } from './Feed';
import { frame, type Frame } from './frames';

/** How many events a new listener of a run gets, and lines of a log. */
const FIRST_EVENTS = 200;
const FIRST_LINES = 500;
/** Who comes back gets what was missed up to these; a gap shows in the numbers. */
const MOST_EVENTS = 1000;
const MOST_LINES = 5000;
const MOST_LOG_TEXT = 2 * 1024 * 1024;
const LINES_PER_READ = 1000;
/** The newest runs of a workspace, which its listeners hear of. */
const NEWEST_RUNS = 10;

/** What the sources of frames read from. */
export interface StreamServices {
  runStore: RunStore;
  runReader: RunReader;
  lists: Lists;
  workspaceStore: WorkspaceStore;
  workspaces: WorkspaceService;
  endpoints: EndpointService;
  logs: LogStore;
}

/** Says a state again only where it differs from what was said before. */
class ChangedStates {
  readonly #said = new Map<string, string>();

  filter(states: { key: string; frame: Frame; compared?: string }[]): Frame[] {
    return states.flatMap(state => {
      const compared = state.compared ?? state.frame.data;
      if (this.#said.get(state.key) === compared) return [];
      this.#said.set(state.key, compared);
      return [state.frame];
    });
  }
}

/** A run is told again when it has changed, but not for the renewal of its lease or a line of log alone. */
function comparedRun(run: Run): string {
  const { leaseUntil, ...rest } = run;
  return JSON.stringify({
    ...rest,
    stages: run.stages.map(({ logLines, ...stage }) => stage),
  });
}

/** `run:<id>`: the whole run as it is, and its events. */
export function runSource(run: string, services: StreamServices): FeedSource {
  const changed = new ChangedStates();
  let position: number | undefined;
  const state = async (row: RunRow) => {
    const whole = await services.runReader.whole(row);
    return {
      key: run,
      frame: frame('run', whole),
      compared: comparedRun(whole),
    };
  };
  const eventsAfter = async (after: number): Promise<Frame[]> => {
    const rows = await services.runStore.events(run, after, MOST_EVENTS);
    return rows.map(row => frame('event', toRunEvent(row), row.sequence));
  };
  return {
    wakes: [`run:${run}`],
    async next() {
      const row = await services.runStore.get(run);
      if (!row) return [];
      position ??= row.last_event;
      const events = await eventsAfter(position);
      position = events.at(-1)?.position ?? position;
      return [...events, ...changed.filter([await state(row)])];
    },
    async begin(from) {
      const row = await services.runStore.get(run);
      if (!row) return [];
      const last = position ?? row.last_event;
      const events = (
        await eventsAfter(beginning(from, last, FIRST_EVENTS, MOST_EVENTS))
      ).filter(event => event.position! <= last);
      return [...events, (await state(row)).frame];
    },
  };
}

/** After which position a listener begins that comes from there, or anew. */
function beginning(
  from: number | undefined,
  last: number,
  first: number,
  most: number,
): number {
  return from === undefined
    ? Math.max(0, last - first)
    : Math.max(0, Math.min(from, last), last - most);
}

/** `workspace:<id>`: the workspace, its endpoints and its runs, each as it is; and that it is deleted. */
export function workspaceSource(
  workspaceId: string,
  services: StreamServices,
): FeedSource {
  const changed = new ChangedStates();
  const states = async () => {
    const row = await services.workspaceStore.get(workspaceId);
    if (!row) return [];
    const [workspace] = await services.workspaces.present([row]);
    const [endpoints, apps, runs] = await Promise.all([
      services.endpoints.ofWorkspace(workspaceId),
      services.workspaceStore.apps(workspaceId),
      services.lists.runs({ workspaceId, limit: NEWEST_RUNS }, undefined),
    ]);
    return [
      { key: 'workspace', frame: frame('workspace', workspace) },
      ...endpoints.flatMap(endpoint => {
        const app = apps.find(each => each.name === endpoint.app);
        if (!app) return [];
        return [
          {
            key: endpoint.id,
            frame: frame(
              'endpoint',
              services.endpoints.toEndpoint(endpoint, row, app),
            ),
          },
        ];
      }),
      ...(await services.runReader.summaries(runs.rows)).map(run => ({
        key: run.id,
        frame: frame('run', run),
        compared: comparedRun(run),
      })),
      ...(workspace.deletedAt
        ? [
            {
              key: 'deleted',
              frame: frame('deleted', { workspace: workspaceId }),
            },
          ]
        : []),
    ];
  };
  return {
    wakes: [`workspace:${workspaceId}`],
    begin: async () => (await states()).map(state => state.frame),
    next: async () => changed.filter(await states()),
  };
}

/** Which log a frame belongs to. */
interface LogNames {
  run?: string;
  workspace?: string;
  stage?: StageName;
  app?: string;
}

/** `log:<run>/<stage>/<app>`: the log of one stage, all attempts. */
export function runLogSource(
  names: { run: string; stage: StageName; app?: string },
  services: StreamServices,
): FeedSource {
  const { run, stage, app } = names;
  return logSource(
    runLogStream(run, stage, app),
    names,
    services,
    [`run:${run}`],
    () => isLogComplete(services.runStore, run, stage, app ?? ''),
  );
}

/** `log:app/<workspace>/<app>`: what an app writes while it runs. */
export function appLogSource(
  names: { workspace: string; app: string },
  services: StreamServices,
): FeedSource {
  return logSource(
    appLogStream(names.workspace, names.app),
    names,
    services,
    [],
    async () => {
      const workspace = await services.workspaceStore.get(names.workspace);
      return workspace?.live_name === null;
    },
  );
}

function logSource(
  stream: string,
  names: LogNames,
  services: StreamServices,
  wakes: string[],
  isComplete: () => Promise<boolean>,
): FeedSource {
  let position: number | undefined;
  let complete = false;
  const logFrame = (items: LogLine[], ended: boolean, at?: number) =>
    frame('log', { ...names, items, complete: ended }, at);
  const page = (from: number) =>
    services.logs.page(stream, { from, limit: LINES_PER_READ });
  return {
    wakes: [`log:${stream}`, ...wakes],
    async next() {
      // Whether it has ended is asked before the lines: all lines of a log that has ended are there.
      const ended = await isComplete();
      if (position === undefined) {
        position = await services.logs.lastLine(stream);
        complete = ended;
        return [];
      }
      const { items, lastLine } = await page(position + 1);
      position = items.at(-1)?.line ?? position;
      const before = complete;
      complete = ended && position >= lastLine;
      if (items.length > 0) return [logFrame(items, complete, position)];
      return complete === before ? [] : [logFrame([], complete)];
    },
    async begin(from) {
      const last = position ?? 0;
      const frames: Frame[] = [];
      for (
        let after = beginning(from, last, FIRST_LINES, MOST_LINES);
        after < last;

      ) {
        const items = (await page(after + 1)).items.filter(
          item => item.line <= last,
        );
        after = items.at(-1)?.line ?? last;
        if (items.length > 0)
          frames.push(logFrame(items, complete && after === last, after));
      }
      return frames.length > 0 ? newest(frames) : [logFrame([], complete)];
    },
  };
}

/** The last frames, as much of them as a client can be expected to take at once. */
function newest(frames: Frame[]): Frame[] {
  let size = 0;
  const first = frames.findLastIndex(each => {
    size += each.data.length;
    return size > MOST_LOG_TEXT;
  });
  return first < frames.length - 1 ? frames.slice(first + 1) : frames.slice(-1);
}
