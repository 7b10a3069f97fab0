import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseNow } from './database';
import { problemOf } from './problem';
import { isGone, replicaId } from './replica';
import type { LeaseRow } from './rows';

const DEFAULT_DURATION = 10_000;
/** The holder stops this long before others may take over. */
const MARGIN = 1_000;

/** A lease that is held. */
export interface HeldLease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: number;
  /** Aborts when the lease is lost, or given back. */
  readonly signal: AbortSignal;
}

export interface LeaseOptions {
  knex: Knex;
  name: string;
  logger: LoggerService;
  /** What to do while the lease is held. It ends when the signal aborts. */
  work: (held: HeldLease) => Promise<void>;
  /** Milliseconds after which others take over from a replica that says nothing; 10 s if absent. */
  duration?: number;
}

/**
 * Work that one replica does at a time, by a lease of the table `leases`. Only the database's
 * clock says whether a lease has run out. What must not be written by a replica that lost
 * it is written under {@link heldCondition}.
 *
 * A replica that died on this machine is noticed at once, so that a portal that starts
 * again need not wait for the lease of the one before.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #duration: number;
  readonly #holder = replicaId();
  #stopping: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#duration = options.duration ?? DEFAULT_DURATION;
  }

  /** Tries to get the lease from now on, again and again. */
  start(): void {
    if (this.#stopping) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  /** Ends the work, and gives the lease back so that another replica has it at once. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
    this.#stopping = undefined;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    const { logger, name } = this.#options;
    while (!stopped.aborted) {
      try {
        const epoch = await this.#acquire();
        if (epoch !== undefined) await this.#work(epoch, stopped);
      } catch (error) {
        logger.warn(`Lease ${name}: ${problemOf(error)}`);
      }
      await pause(this.#duration / 10, stopped);
    }
  }

  async #work(epoch: number, stopped: AbortSignal): Promise<void> {
    const { knex, name, work } = this.#options;
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, stopped]);
    const ended = new AbortController();
    const renewing = this.#renew(epoch, ended.signal).then(() => lost.abort());
    try {
      await work({ name, holder: this.#holder, epoch, signal });
    } finally {
      ended.abort();
      await renewing;
      await knex<LeaseRow>('leases')
        .where({ name, holder: this.#holder, epoch })
        .update({ lease_until: 0 });
    }
  }

  /** Ends when the lease is lost or about to run out, or when the work has ended. */
  async #renew(epoch: number, ended: AbortSignal): Promise<void> {
    const { knex, name, logger } = this.#options;
    let heldUntil = performance.now() + this.#duration - MARGIN;
    while (!ended.aborted && performance.now() < heldUntil) {
      await pause(this.#duration / 4, ended);
      if (ended.aborted) return;
      const asked = performance.now();
      try {
        const renewed = await knex<LeaseRow>('leases')
          .where({ name, holder: this.#holder, epoch })
          .update({ lease_until: this.#until() });
        if (renewed === 0) return;
        heldUntil = asked + this.#duration - MARGIN;
      } catch (error) {
        logger.warn(
          `Lease ${name} was not renewed, trying again: ${problemOf(error)}`,
        );
      }
    }
  }

  /** Answers the epoch, or `undefined` where another replica holds the lease. */
  async #acquire(): Promise<number | undefined> {
    const { knex, name } = this.#options;
    const current = await knex<LeaseRow>('leases').where({ name }).first();
    if (!current) {
      await knex('leases')
        .insert({ name, holder: '', epoch: 0, lease_until: 0 })
        .onConflict('name')
        .ignore();
    }
    const epoch = current?.epoch ?? 0;
    const free = knex('leases').where({ name, epoch });
    if (!current || !isGone(current.holder))
      free.where('lease_until', '<', databaseNow(knex));
    const taken = await free.update({
      holder: this.#holder,
      epoch: epoch + 1,
      lease_until: this.#until(),
    });
    return taken === 1 ? epoch + 1 : undefined;
  }

  // A raw expression, which the column's type does not know.
  #until(): number {
    const { knex } = this.#options;
    return knex.raw('? + ?', [
      databaseNow(knex),
      this.#duration,
    ]) as unknown as number;
  }
}

/** Fences a write: it changes nothing once the lease has gone to another replica. */
export function heldCondition(
  knex: Knex,
  held: Pick<HeldLease, 'name' | 'holder' | 'epoch'>,
): Knex.QueryBuilder {
  const { name, holder, epoch } = held;
  return knex('leases').select('name').where({ name, holder, epoch });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {}); // woken by the abort
}
