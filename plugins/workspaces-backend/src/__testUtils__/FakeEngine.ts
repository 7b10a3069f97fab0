import type {
  Plan,
  Receipt,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  BuilderAbilities,
  BuildEvent,
  DesiredWorkspace,
  EngineAbilities,
  EngineFixes,
  EngineLogLine,
  ImageBuilder,
  JobEvent,
  Observation,
  Progress,
  WorkspaceEngine,
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import { EventEmitter, once } from 'node:events';

/**
 * An engine for tests of the API, where what matters is what the API hands over and what it
 * makes of answers. Of the local engine it copies: the abilities, that `plan` names what
 * `apply` would create, that `observe` says every workspace and then that it is complete,
 * that work ends at once when its signal aborts, and that `destroy` answers with a receipt.
 */
export class FakeEngine implements WorkspaceEngine {
  readonly id: string;
  readonly abilities: EngineAbilities = {
    dependencies: ['postgres', 'redis'],
    readOnlyRoot: true,
    volumes: true,
    replicas: true,
    isolation: true,
    gateway: true,
  };
  /** Names of the methods that were called and would have changed something. */
  readonly changes: string[] = [];
  readonly plans: DesiredWorkspace[] = [];
  checks: RawCheck[] = [];
  fixes?: EngineFixes;
  /** Set where the stream of observations is to break. */
  broken?: Error;
  readonly #observations: Observation[] = [];
  readonly #said = new EventEmitter();

  constructor(id = 'fake') {
    this.id = id;
  }

  /** Says something on the stream of observations, also to those who come later. */
  say(observation: Observation): void {
    this.#observations.push(observation);
    this.#said.emit('said');
  }

  /** Breaks the stream of whoever observes now. */
  break(error: Error | undefined): void {
    this.broken = error;
    this.#said.emit('said');
  }

  async *check(): AsyncIterable<RawCheck> {
    yield* this.checks;
  }

  async plan(desired: DesiredWorkspace): Promise<Plan['changes']> {
    this.plans.push(desired);
    return [
      { action: 'create', kind: 'network', name: desired.name },
      ...desired.dependencies.map(({ name }) => ({
        action: 'create' as const,
        kind: 'dependency',
        name,
      })),
      ...desired.apps.map(({ name }) => ({
        action: 'create' as const,
        kind: 'app',
        name,
      })),
    ];
  }

  async *apply(desired: DesiredWorkspace): AsyncIterable<Progress> {
    this.changes.push(`apply ${desired.name}`);
    yield { message: 'made it so' };
  }

  async *runJob(): AsyncIterable<JobEvent> {
    this.changes.push('runJob');
    yield { type: 'exit', exitCode: 0, outOfMemory: false };
  }

  async *observe({
    signal,
  }: {
    signal: AbortSignal;
  }): AsyncIterable<Observation> {
    for (let next = 0; ; ) {
      if (this.broken) throw this.broken;
      if (next < this.#observations.length) yield this.#observations[next++];
      else await once(this.#said, 'said', { signal });
    }
  }

  async *logs(): AsyncIterable<EngineLogLine> {
    // An app that says nothing.
  }

  async addresses(): Promise<[]> {
    return [];
  }

  async cancel(): Promise<void> {
    this.changes.push('cancel');
  }

  async destroy(workspace: { name: string }): Promise<Receipt> {
    this.changes.push(`destroy ${workspace.name}`);
    return {
      at: new Date().toISOString(),
      items: [{ kind: 'network', name: workspace.name, outcome: 'removed' }],
    };
  }
}

/** A builder for the same tests: like the local one it mounts no secrets and answers an image by its digest. */
export class FakeBuilder implements ImageBuilder {
  readonly abilities: BuilderAbilities = { secrets: false };

  async *check(): AsyncIterable<RawCheck> {
    // Nothing to find.
  }

  async *build(): AsyncIterable<BuildEvent> {
    yield { type: 'image', image: 'sha256:0', digest: 'sha256:0' };
  }

  async cancel(): Promise<void> {}
}
