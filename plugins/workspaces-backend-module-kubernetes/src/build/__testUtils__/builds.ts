import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import {
  BuildEvent,
  EngineContext,
  EngineError,
} from '@slipway/backstage-plugin-workspaces-node';

/** The context of a new run's build in a workspace, with the values of secrets by their ids. */
export function contextOf(
  workspace: string,
  signal: AbortSignal = new AbortController().signal,
  secrets: Record<string, string> = {},
): EngineContext {
  return {
    signal,
    logger: mockServices.logger.mock(),
    key: {
      workspace,
      run: `run-${randomBytes(6).toString('hex')}`,
      stage: 'build',
      app: 'web',
      attempt: 1,
    },
    secrets: {
      resolve: async ({ id }) => {
        if (id in secrets) return secrets[id];
        throw new Error(`There is no secret ${id}`);
      },
      version: () => Promise.reject(new Error('its request has it')),
    },
  };
}

export interface Built {
  events: BuildEvent[];
  /** `name state`, in order. */
  steps: string[];
  lines: string[];
  image?: string;
  digest?: string;
  failure?: EngineError;
  milliseconds: number;
}

/** Reads a build to its end, whatever that is. */
export async function outcomeOf(
  events: AsyncIterable<BuildEvent>,
  onEvent: (event: BuildEvent) => void = () => {},
): Promise<Built> {
  const begun = performance.now();
  const built: Built = { events: [], steps: [], lines: [], milliseconds: 0 };
  try {
    for await (const event of events) {
      built.events.push(event);
      onEvent(event);
      if (event.type === 'step')
        built.steps.push(`${event.step.name} ${event.step.state}`);
      if (event.type === 'log') built.lines.push(event.text);
      if (event.type === 'image') {
        built.image = event.image;
        built.digest = event.digest;
      }
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    built.failure = error;
  }
  built.milliseconds = Math.round(performance.now() - begun);
  return built;
}
