import {
  workName,
  type BuildRequest,
  type DesiredWorkspace,
  type EngineContext,
  type EngineJob,
  type ImageBuilder,
  type JobEvent,
  type WorkKey,
  type WorkspaceEngine,
  type WorkspacePart,
} from '@slipway/backstage-plugin-workspaces-node';

/** What a piece of work does instead of ending well at once. */
export type Script = (
  context: EngineContext,
  cancelled: Promise<void>,
) => Promise<void | number>;

/**
 * Stands for engine and builder where the faults of workers are made: it brings up nothing,
 * ends its work at once unless a script says otherwise, and writes down what was asked of it.
 *
 * It copies of real engines what workers build upon: work has a key; an abort only ends the
 * watching, with the signal's reason; a cancellation ends the work of its key, for whoever
 * watches it, with an error; work of a key that has ended is adopted and not done again.
 */
export class ScriptedEngine {
  /** Work in the order in which it was begun, as `stage`, `stage/app` or `settle`. */
  readonly begun: string[] = [];
  /** Of that, what an earlier call with the same key had not done already. */
  readonly done: string[] = [];
  readonly cancelled: string[] = [];
  /** What was to be so, as `part: app release xreplicas`. */
  readonly asked: string[] = [];
  readonly jobs: EngineJob[] = [];
  readonly #scripts = new Map<string, Script>();
  readonly #cancellations = new Map<string, () => void>();
  readonly #ended = new Map<string, number | void>();

  /** What `stage`, `stage/app` or `settle` does from now on. */
  script(work: string, script: Script): void {
    this.#scripts.set(work, script);
  }

  readonly engine = {
    id: 'scripted',
    abilities: { gateway: false, replicas: true },
    apply: (
      desired: DesiredWorkspace,
      part: WorkspacePart,
      context: EngineContext,
    ) => {
      const apps = desired.apps.map(
        app => `${app.name} ${app.release} x${app.replicas}`,
      );
      this.asked.push(`${part.kind}: ${apps.join(', ')}`);
      return this.#steps(part.kind === 'all' ? 'settle' : undefined, context);
    },
    runJob: (job: EngineJob, context: EngineContext) => this.#job(job, context),
    destroy: async (workspace: { name: string }, context: EngineContext) => {
      await this.#work(undefined, context);
      const { name } = workspace;
      return {
        at: new Date().toISOString(),
        items: [{ kind: 'network', name, outcome: 'removed' as const }],
      };
    },
    cancel: (key: WorkKey) => this.#cancel(key),
  } as unknown as WorkspaceEngine;

  readonly builder = {
    build: (request: BuildRequest, context: EngineContext) =>
      this.#build(request.app, context),
    cancel: (key: WorkKey) => this.#cancel(key),
  } as unknown as ImageBuilder;

  async *#steps(name: string | undefined, context: EngineContext) {
    yield { message: `asked for ${name ?? nameOf(context.key)}` };
    await this.#work(name, context);
    yield { message: 'it is so' };
  }

  async *#job(
    job: EngineJob,
    context: EngineContext,
  ): AsyncGenerator<JobEvent> {
    this.jobs.push(job);
    yield { type: 'started' };
    yield { type: 'log', at: new Date(1_000), text: `migrates ${job.app}` };
    const exitCode = (await this.#work(undefined, context)) ?? 0;
    yield { type: 'exit', exitCode, outOfMemory: false };
  }

  async *#build(app: string, context: EngineContext) {
    yield { type: 'log', at: new Date(), text: `builds ${app}` };
    await this.#work(undefined, context);
    const digest = `sha256:${workName(context.key)}`;
    const builder = { name: 'script', why: 'of the test' };
    yield { type: 'image', image: `${app}@${digest}`, digest, builder };
  }

  async #work(
    name: string | undefined,
    context: EngineContext,
  ): Promise<number | void> {
    const work = name ?? nameOf(context.key);
    const key = JSON.stringify([work, context.key]);
    this.begun.push(work);
    if (this.#ended.has(key)) return this.#ended.get(key);
    const cancelled = new Promise<void>(resolve =>
      this.#cancellations.set(JSON.stringify(context.key), resolve),
    );
    const killed = cancelled.then(() => {
      throw new Error(`the work of ${work} was killed`);
    });
    killed.catch(() => {}); // heard by the race below, if anybody is there
    const script = this.#scripts.get(work);
    const result = await Promise.race([
      script?.(context, cancelled),
      script && killed,
      script && aborted(context.signal),
    ]);
    this.#ended.set(key, result);
    this.done.push(work);
    return result;
  }

  async #cancel(key: WorkKey): Promise<void> {
    this.cancelled.push(nameOf(key));
    this.#cancellations.get(JSON.stringify(key))?.();
  }
}

/** Never ends by itself. */
export const forever: Script = () => new Promise(() => {});

/** A script that ends when told to, and tells when it was begun. */
export function gate(): {
  script: Script;
  /** For work that is held by other means than the script. */
  begin: () => void;
  begun: Promise<void>;
  open: () => void;
} {
  let open = () => {};
  let begin = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  const begun = new Promise<void>(resolve => {
    begin = resolve;
  });
  const script: Script = async () => {
    begin();
    await opened;
  };
  return { script, begin, begun, open };
}

function nameOf(key: Pick<WorkKey, 'stage' | 'app'>): string {
  return key.app ? `${key.stage}/${key.app}` : key.stage;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const listener = () => reject(signal.reason);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
}
