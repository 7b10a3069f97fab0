import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import { createHash } from 'node:crypto';
import type { IdempotencyKeyRow, Moment } from './rows';

/** A request that carries a key. */
export interface IdempotentRequest {
  principal: string;
  route: string;
  key: string;
  requestHash: string;
}

/** Writes down, in the transaction that makes the resource, which one a request made. */
export type RecordResource = (
  trx: Knex.Transaction,
  resourceId: string,
) => Promise<void>;

/** Remembers what requests with a key made, so that repeating them makes nothing more. */
export class IdempotencyStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Makes a resource, or answers the id of the one that the same request made before,
   * also where the two race. The same key with another body is a ConflictError.
   */
  async once(
    request: IdempotentRequest | undefined,
    make: (record: RecordResource) => Promise<string>,
  ): Promise<string> {
    if (!request) return make(async () => {});
    const before = await this.find(request);
    if (before !== undefined) return before;
    try {
      return await make((trx, resourceId) =>
        this.#insert(trx, request, resourceId),
      );
    } catch (error) {
      // Whoever was faster has also taken the name and all else that is unique.
      const meanwhile = await this.find(request);
      if (meanwhile !== undefined) return meanwhile;
      throw error;
    }
  }

  /** Id of what the request made; undefined if it is new. */
  async find(request: IdempotentRequest): Promise<string | undefined> {
    const { requestHash, ...key } = request;
    const row = await this.#knex<IdempotencyKeyRow>('idempotency_keys')
      .where(key)
      .first();
    if (row && row.request_hash !== requestHash) {
      throw new ConflictError(
        `Idempotency-Key: "${request.key}" was used for another request; use a new key`,
      );
    }
    return row?.resource_id;
  }

  /** Forgets a request whose resource is gone, so that it can be made again. */
  async forget(request: IdempotentRequest): Promise<void> {
    const { requestHash, ...key } = request;
    await this.#knex('idempotency_keys')
      .where({ ...key, request_hash: requestHash })
      .delete();
  }

  /** Records a resource that was made already, as one that comes as a stream. */
  async recordAlone(
    record: RecordResource,
    resourceId: string,
  ): Promise<string> {
    await this.#knex.transaction(trx => record(trx, resourceId));
    return resourceId;
  }

  async deleteOlderThan(moment: Moment): Promise<number> {
    return this.#knex('idempotency_keys')
      .where('created_at', '<', moment)
      .delete();
  }

  async #insert(
    trx: Knex.Transaction,
    request: IdempotentRequest,
    resourceId: string,
  ): Promise<void> {
    const { requestHash, ...key } = request;
    await trx('idempotency_keys').insert({
      ...key,
      request_hash: requestHash,
      resource_id: resourceId,
      created_at: Date.now(),
    });
  }
}

/** Hash of a request, the same whatever the order of its fields. */
export function hashRequest(request: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(request)) ?? '')
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, sorted(inner)]),
  );
}
