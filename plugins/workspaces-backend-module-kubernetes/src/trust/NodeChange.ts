import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { clusterFailure } from '../failures';
import { byHand } from './byHand';
import { planContainerd } from './containerd';
import type { NodePods, RunTask } from './NodePods';
import { planByRuntime, sightOf } from './plan';
import type { NodeReport } from './report';
import { NodeRuntime, unableReason } from './runtime';
import { edited } from './text';
import type {
  Edit,
  NodeTrustOutcome,
  Proof,
  TrustPlan,
  WantedTrust,
} from './types';

/** Changes single nodes, and takes it back where it came to nothing. */
export class NodeChange {
  readonly #pods: NodePods;
  readonly #prove: (node: NodeRuntime) => Promise<Proof>;
  readonly #signal: AbortSignal;
  readonly #report: (message: string) => void;

  constructor(options: {
    pods: NodePods;
    prove: (node: NodeRuntime) => Promise<Proof>;
    signal: AbortSignal;
    report: (message: string) => void;
  }) {
    this.#pods = options.pods;
    this.#prove = options.prove;
    this.#signal = options.signal;
    this.#report = options.report;
  }

  /** Lets a node trust the registry, unless it does. */
  async apply(
    node: NodeRuntime,
    wanted: WantedTrust,
  ): Promise<NodeTrustOutcome> {
    let plan = planByRuntime(wanted, node);
    try {
      this.#report(`${node.node}: trying a pull`);
      const before = await this.#prove(node);
      if (before.state === 'trusted') {
        return {
          ...outcomeOf(node, 'unchanged', before.why),
          state: before.state,
        };
      }
      const obstacle =
        unableReason(node) ??
        (node.kind === 'containerd' ? undefined : byHandOnly(node));
      if (obstacle) throw failure(`${node.node}: ${obstacle}`, before.evidence);
      return await this.#pods.within(node.node, this.#signal, async run => {
        this.#report(`${node.node}: reading its configuration`);
        const seen = await run({ task: 'look' });
        plan = planContainerd(wanted, sightOf(seen));
        return await this.#write(node, plan, { run, seen, before });
      });
    } catch (error) {
      return this.#failed(node, error, byHand(plan));
    }
  }

  /** Puts back what is kept on a node. */
  async undo(node: NodeRuntime): Promise<NodeTrustOutcome> {
    try {
      if (node.kind !== 'containerd') {
        return outcomeOf(node, 'unchanged', byHandOnly(node));
      }
      return await this.#pods.within(node.node, this.#signal, async run => {
        const seen = await run({ task: 'look' });
        const kept = seen.facts('kept');
        if (kept.length === 0) {
          return outcomeOf(node, 'unchanged', 'Nothing was written there');
        }
        const restart = kept.includes(seen.fact('target') ?? '');
        this.#report(`${node.node}: putting back ${kept.join(', ')}`);
        const done = await run({ task: 'undo', restart });
        const restored = done.facts('restored').join(', ');
        return {
          ...outcomeOf(node, 'changed', `Put back: ${restored}`),
          restarted: isRestarted(done),
        };
      });
    } catch (error) {
      return this.#failed(node, error);
    }
  }

  async #write(
    node: NodeRuntime,
    plan: TrustPlan,
    given: { run: RunTask; seen: NodeReport; before: Proof },
  ): Promise<NodeTrustOutcome> {
    const { run, seen, before } = given;
    const { edits, configPath, obstacle } = plan;
    // What is written already may wait for a restart.
    const isStale = seen.fact('changed') !== undefined;
    if (obstacle || (edits.length === 0 && !isStale)) {
      const text = obstacle ?? 'It is told to trust the registry already';
      throw failure(`${node.node}: ${text}`, [
        evidenceOf('state', node.node, text),
        ...before.evidence,
      ]);
    }
    const restart = configPath !== undefined;
    let after = before;
    let restarted = false;
    if (edits.length > 0) {
      const paths = [...new Set(edits.map(({ path }) => path))].join(', ');
      this.#report(
        `${node.node}: writing ${paths}${
          restart ? ', restarting containerd' : ''
        }`,
      );
      const written = await run({ task: 'write', edits, restart, configPath });
      restarted = isRestarted(written);
      const problem = misread(edits, seen, written);
      if (problem) {
        await this.#takeBack(node, run, restart);
        throw failure(`${node.node}: ${problem}`, [
          evidenceOf('state', node.node, problem),
        ]);
      }
      this.#report(`${node.node}: trying a pull`);
      after = await this.#prove(node);
    }
    if (after.state !== 'trusted' && isStale && !restarted) {
      this.#report(`${node.node}: restarting containerd`);
      restarted = isRestarted(await run({ task: 'write', restart: true }));
      after = await this.#prove(node);
    }
    const isBetter =
      after.state === 'trusted' ||
      (after.state === 'unknown' && before.state === 'untrusted');
    if (!isBetter) {
      await this.#takeBack(node, run, restart);
      throw failure(`${node.node}: ${after.why}`, after.evidence);
    }
    const { state, why } = after;
    this.#report(`${node.node}: ${state}`);
    return { ...outcomeOf(node, 'changed', why), state, restarted };
  }

  async #takeBack(
    { node }: NodeRuntime,
    run: RunTask,
    restart: boolean,
  ): Promise<void> {
    this.#report(`${node}: putting back what was there before`);
    await run({ task: 'undo', restart });
  }

  #failed(node: NodeRuntime, error: unknown, text?: string): NodeTrustOutcome {
    this.#signal.throwIfAborted();
    const found =
      error instanceof EngineError ? error : clusterFailure(node.node, error);
    return {
      ...outcomeOf(node, 'failed', found.message),
      failure: found,
      byHand: text,
    };
  }
}

function outcomeOf(
  { node }: NodeRuntime,
  outcome: NodeTrustOutcome['outcome'],
  why: string,
): NodeTrustOutcome {
  return { node, outcome, why, restarted: false };
}

/** The portal changes containerd only, and only one whose configuration is not written by something else. */
function byHandOnly({ kind }: NodeRuntime): string {
  return `What runs containers there (${kind}) is to be told by hand`;
}

function isRestarted(report: NodeReport): boolean {
  return report.fact('restarted') !== undefined;
}

/** What the node read back is held against what was to be written. */
function misread(
  edits: readonly Edit[],
  seen: NodeReport,
  written: NodeReport,
): string | undefined {
  const before = new Map([...seen.files('config'), ...seen.files('file')]);
  const wanted = new Map<string, string>();
  for (const edit of edits) {
    const text = wanted.get(edit.path) ?? before.get(edit.path) ?? '';
    wanted.set(edit.path, edited(text, edit));
  }
  const found = written.files('wrote');
  const wrong = [...wanted].find(([path, text]) => found.get(path) !== text);
  return wrong && `${wrong[0]} was not written as it was to be`;
}
