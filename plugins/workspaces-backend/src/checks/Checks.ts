import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import type { RawCheck } from '@slipway/backstage-plugin-workspaces-node';
import type { diagnose } from '../diagnosis/diagnose';
import type { Engines, InstalledEngine } from '../workspaces/Engines';

/** What a check of the portal itself found. */
export type Finding = Omit<Check, 'id' | 'title' | 'at'>;

/** A check of the portal itself. What it throws is its failure. */
export interface PortalCheck {
  id: string;
  title: string;
  find(signal: AbortSignal): Promise<Finding>;
}

const TIME_LIMIT = 15_000;

/** Preflight: what must hold before a run can succeed. */
export class Checks {
  readonly #engines: Engines;
  readonly #portal: PortalCheck[];
  readonly #logger: LoggerService;
  readonly #diagnose: typeof diagnose;
  readonly #timeLimit: number;

  constructor(options: {
    engines: Engines;
    portal: PortalCheck[];
    logger: LoggerService;
    /** Names what did not pass. */
    diagnose: typeof diagnose;
    /** After which what has not been checked is unknown, in milliseconds; 15,000 if absent. */
    timeLimit?: number;
  }) {
    this.#engines = options.engines;
    this.#portal = options.portal;
    this.#logger = options.logger;
    this.#diagnose = options.diagnose;
    this.#timeLimit = options.timeLimit ?? TIME_LIMIT;
  }

  /** The portal's own checks, then those of every engine. */
  async all(): Promise<Check[]> {
    const portal = this.#portal.map(check => this.#ofPortal(check));
    const engines = this.#engines
      .all()
      .map(installed => this.ofEngine(installed));
    return [
      ...(await Promise.all(portal)),
      ...(await Promise.all(engines)).flat(),
    ];
  }

  /** Those of one engine and of its builder. */
  async ofEngine({ engine, builder }: InstalledEngine): Promise<Check[]> {
    const parts = [
      ['engine', engine],
      ['builder', builder],
    ] as const;
    const found = await Promise.all(
      parts.map(([kind, part]) =>
        this.#collect(kind, part, {
          id: `${engine.id}.${kind}`,
          title: `${engine.id}: ${kind}`,
        }),
      ),
    );
    return found.flat();
  }

  async #ofPortal({ id, title, find }: PortalCheck): Promise<Check> {
    const at = new Date().toISOString();
    const limit = AbortSignal.timeout(this.#timeLimit);
    try {
      return { id, title, at, ...(await orAborted(find(limit), limit)) };
    } catch (error) {
      if (limit.aborted)
        return { id, title, at, ...unanswered(this.#timeLimit) };
      return {
        id,
        title,
        at,
        state: 'failed',
        message: messageOf(error),
        fixedBy: 'operator',
      };
    }
  }

  async #collect(
    kind: 'engine' | 'builder',
    part: Pick<InstalledEngine['engine'], 'check'>,
    { id, title }: Pick<Check, 'id' | 'title'>,
  ): Promise<Check[]> {
    const limit = AbortSignal.timeout(this.#timeLimit);
    const checks: Check[] = [];
    const collecting = (async () => {
      for await (const check of part.check({
        signal: limit,
        logger: this.#logger,
      }))
        checks.push(this.#named(check, kind));
    })();
    try {
      await orAborted(collecting, limit);
      return checks;
    } catch (error) {
      const finding: Finding = limit.aborted
        ? unanswered(this.#timeLimit)
        : { state: 'unknown', message: messageOf(error) };
      return [
        ...checks,
        { id, title, at: new Date().toISOString(), ...finding },
      ];
    }
  }

  /** A check that fails before a run does has the name, and the fix, that the run would get. */
  #named({ evidence, ...check }: RawCheck, kind: 'engine' | 'builder'): Check {
    if (!evidence || check.state === 'passed') return check;
    const { code, fix, fixedBy } = this.#diagnose({
      stage: kind === 'engine' ? 'provision' : 'build',
      message: check.message,
      evidence,
    });
    return code === 'UNKNOWN' ? check : { fix, fixedBy, ...check, code };
  }
}

function unanswered(timeLimit: number): Finding {
  return {
    state: 'unknown',
    message: `Not answered within ${timeLimit / 1000} s`,
  };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
