import { mockServices } from '@backstage/backend-test-utils';
import type {
  ActionContext,
  TemplateAction,
} from '@backstage/plugin-scaffolder-node';
import { createMockActionContext } from '@backstage/plugin-scaffolder-node-test-utils';
import type { JsonObject, JsonValue } from '@backstage/types';
import { WorkspacesClient } from '@slipway/backstage-plugin-workspaces-common';
import type { CoreServices } from '../core/Core';
import type { TestCore } from './TestCore';

/** What the actions get of the portal. */
export function servicesOf(
  core: TestCore,
): CoreServices & { portalUrl: string } {
  const discovery = mockServices.discovery.mock({
    getBaseUrl: async () => core.url,
  });
  return {
    auth: mockServices.auth({ pluginId: 'scaffolder' }),
    discovery,
    workspaces: new WorkspacesClient({ discoveryApi: discovery }),
    portalUrl: 'https://portal.example',
  };
}

/** What a task writes. */
export class TaskLog {
  readonly lines: string[] = [];
  #waiting: { text: string; done: () => void }[] = [];

  readonly logger = mockServices.logger.mock({
    info: line => this.#say(line),
    warn: line => this.#say(`warn: ${line}`),
    error: line => this.#say(`error: ${line}`),
  });

  /** Until there is a line with this text. */
  until(text: string): Promise<void> {
    if (this.lines.some(line => line.includes(text))) return Promise.resolve();
    return new Promise(done => this.#waiting.push({ text, done }));
  }

  #say(line: string): void {
    this.lines.push(line);
    this.#waiting = this.#waiting.filter(({ text, done }) => {
      if (line.includes(text)) done();
      return !line.includes(text);
    });
  }
}

/** A task of the scaffolder with one step. It keeps its checkpoints, as the scaffolder does. */
export class Task {
  readonly log = new TaskLog();
  output: Record<string, unknown> = {};
  readonly #action: TemplateAction<any, any, any>;
  readonly #checkpoints = new Map<string, JsonValue | void>();
  readonly #id: string;

  constructor(action: TemplateAction<any, any, any>, id = 'task-1') {
    this.#action = action;
    this.#id = id;
  }

  /** Carries the step out, once more if it was before. */
  async run(
    input: JsonObject,
    more: Pick<Partial<ActionContext<JsonObject>>, 'isDryRun' | 'signal'> = {},
  ): Promise<void> {
    this.output = {};
    await this.#action.handler({
      ...createMockActionContext({ input, task: { id: this.#id } }),
      ...more,
      logger: this.log.logger,
      output: (name: string, value: unknown) => {
        this.output[name] = value;
      },
      checkpoint: async ({ key, fn }) => {
        if (!this.#checkpoints.has(key)) this.#checkpoints.set(key, await fn());
        return this.#checkpoints.get(key) as never;
      },
    });
  }

  /** As when the process died before its checkpoints were stored. */
  forgetCheckpoints(): void {
    this.#checkpoints.clear();
  }
}
