import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  EngineError,
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import { abortable } from '@slipway/backstage-plugin-workspaces-node/engines';
import { textOf } from '../failures';
import type { Enforcement, PolicyProbe } from './PolicyProbe';

const MINUTE = 60_000;
/** In milliseconds: for how long what was observed is taken to hold. */
const HOLDS_FOR: Record<Enforcement['state'], number> = {
  enforced: 6 * 60 * MINUTE,
  notEnforced: 5 * MINUTE,
  unknown: 5 * MINUTE,
};
/** In milliseconds: a probe that takes longer than all of its waits together hangs. */
const LONGEST_PROBE = 5 * MINUTE;
/** In milliseconds: a plan is asked for while somebody fills in a form, and has all checks in it. */
const PATIENCE = 3_000;

/** What is known of whether workspaces of a cluster are kept apart; looked at when somebody asks, and remembered. */
export class Isolation {
  readonly #probe: Pick<PolicyProbe, 'probe'>;
  readonly #logger: LoggerService;
  #known: (Enforcement & { at: Date }) | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: {
    probe: Pick<PolicyProbe, 'probe'>;
    logger: LoggerService;
  }) {
    this.#probe = options.probe;
    this.#logger = options.logger;
  }

  /** Never throws. What takes longer than a page waits goes on for who asks next. */
  async check(engine: string, signal: AbortSignal): Promise<RawCheck> {
    const id = `${engine}-engine-isolation`;
    const title = 'Cluster enforces network policies';
    await this.#look(signal).catch(() => {});
    const known = this.#fresh();
    if (!known) {
      return {
        id,
        title,
        at: new Date().toISOString(),
        state: 'unknown',
        message: 'It is being tried with two pods: look again in half a minute',
      };
    }
    const at = known.at.toISOString();
    const { why: message, evidence } = known;
    if (known.state === 'enforced') {
      return { id, title, at, state: 'passed', message };
    }
    if (known.state === 'unknown') {
      const text = `It could not be found out: ${message}`;
      return { id, title, at, state: 'unknown', message: text, evidence };
    }
    return {
      id,
      title,
      at,
      state: 'warning',
      message: `${message}. Workspaces of this cluster reach each other, and whatever its pods reach`,
      fix: 'Install a network plugin that enforces network policies, for example Calico or Cilium, or turn that on in the one that is there',
      fixedBy: 'operator',
    };
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.#fresh()) return;
    this.#looking ??= this.#find().finally(() => {
      this.#looking = undefined;
    });
    const late = AbortSignal.timeout(PATIENCE);
    await abortable(AbortSignal.any([signal, late]), this.#looking);
  }

  #fresh() {
    const known = this.#known;
    const age = Date.now() - (known?.at.getTime() ?? 0);
    return known && age < HOLDS_FOR[known.state] ? known : undefined;
  }

  async #find(): Promise<void> {
    const found = await this.#probe
      .probe(AbortSignal.timeout(LONGEST_PROBE))
      .catch(
        (error: unknown): Enforcement => ({
          state: 'unknown',
          why: textOf(error),
          ...(error instanceof EngineError ? { evidence: error.evidence } : {}),
        }),
      );
    this.#logger.info(`Network policies: ${found.state}: ${found.why}`);
    this.#known = { ...found, at: new Date() };
  }
}
