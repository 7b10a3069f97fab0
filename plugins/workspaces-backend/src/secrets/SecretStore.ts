import { NotFoundError } from '@backstage/errors';
import type {
  SecretReference,
  SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import type { SecretRow, WorkspaceRow } from '../store/rows';
import type { SecretKeys } from './SecretKeys';
import { isNamedElsewhere, secretsNamedBy } from './secretUse';
import { applyTemplate, formsOf } from './templates';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ROTATION_BATCH = 100;

type Sealed = Pick<SecretRow, 'key_id' | 'nonce' | 'ciphertext'>;

/** Secret values, encrypted. They leave only through a resolver, never through the API. */
export class SecretStore {
  readonly #knex: Knex;
  readonly #keys: SecretKeys;

  constructor(knex: Knex, keys: SecretKeys) {
    this.#knex = knex;
    this.#keys = keys;
  }

  async create(
    input: {
      owner: string;
      workspaceId?: string;
      description?: string;
      value: string;
      createdBy: string;
    },
    trx?: Knex.Transaction,
  ): Promise<SecretRow> {
    const id = randomUUID();
    const now = Date.now();
    const row: SecretRow = {
      id,
      owner: input.owner,
      workspace_id: input.workspaceId ?? null,
      description: input.description ?? null,
      version: 1,
      ...this.#seal(id, input.value),
      created_by: input.createdBy,
      created_at: now,
      updated_at: now,
    };
    await (trx ?? this.#knex)('secrets').insert(row);
    return row;
  }

  async update(id: string, value: string): Promise<SecretRow> {
    const row = (await this.#change({ id }, value)) && (await this.get(id));
    if (!row) throw new NotFoundError(`There is no secret "${id}"`);
    return row;
  }

  /** Changes a value that has that version still: whoever does the same again changes nothing. Answers whether it did. */
  async replace(id: string, value: string, version: number): Promise<boolean> {
    return this.#change({ id, version }, value);
  }

  async get(id: string): Promise<SecretRow | undefined> {
    return this.#knex<SecretRow>('secrets').where({ id }).first();
  }

  /** The generated secret of a workspace that was described so. */
  async generated(
    workspaceId: string,
    description: string,
    trx: Knex.Transaction,
  ): Promise<SecretRow | undefined> {
    return trx<SecretRow>('secrets')
      .where({ workspace_id: workspaceId, description })
      .first();
  }

  async reveal(id: string): Promise<{ value: string; version: number }> {
    const row = await this.get(id);
    if (!row)
      throw new NotFoundError(`There is no secret "${id}"; it was deleted`);
    return { value: this.#open(row), version: row.version };
  }

  /** `onResolved` hears every form of a value that was given out, so that logs can be redacted. */
  resolver(onResolved: (value: string) => void): SecretResolver {
    return {
      resolve: async (reference: SecretReference) => {
        const { value } = await this.reveal(reference.id);
        formsOf(value).forEach(onResolved);
        return applyTemplate(reference.template, value);
      },
      version: async (reference: SecretReference) => {
        const row = await this.get(reference.id);
        if (!row)
          throw new NotFoundError(
            `There is no secret "${reference.id}"; it was deleted`,
          );
        return createHash('sha256')
          .update(
            JSON.stringify([row.id, row.version, reference.template ?? null]),
          )
          .digest('hex')
          .slice(0, 16);
      },
    };
  }

  async delete(id: string, trx?: Knex.Transaction): Promise<void> {
    await (trx ?? this.#knex)('secrets').where({ id }).delete();
  }

  /**
   * Deletes what was stored for a workspace: its generated secrets, and those of its owner that
   * it names and no other workspace does. Answers what went.
   */
  async deleteOfWorkspace(
    workspace: Pick<WorkspaceRow, 'id' | 'owner'>,
    trx: Knex.Transaction,
  ): Promise<SecretRow[]> {
    const removed: SecretRow[] = await trx<SecretRow>('secrets')
      .where({ workspace_id: workspace.id })
      .orderBy('created_at');
    for (const id of await secretsNamedBy(workspace.id, trx)) {
      const row = await trx<SecretRow>('secrets')
        .where({ id, owner: workspace.owner, workspace_id: null })
        .first();
      if (row && !(await isNamedElsewhere(id, workspace.id, trx)))
        removed.push(row);
    }
    for (const { id } of removed) await this.delete(id, trx);
    return removed;
  }

  /** Encrypts with the first key what another key encrypted, so that the other can be taken away. Answers how many. */
  async rotate(): Promise<number> {
    const known = this.#keys.ids().filter(id => id !== this.#keys.current.id);
    let rotated = 0;
    for (;;) {
      const rows = await this.#knex<SecretRow>('secrets')
        .whereIn('key_id', known)
        .limit(ROTATION_BATCH);
      if (rows.length === 0) return rotated;
      for (const row of rows) {
        // A value that changed meanwhile was sealed with the first key by whoever changed it.
        rotated += await this.#knex('secrets')
          .where({ id: row.id, version: row.version, key_id: row.key_id })
          .update(this.#seal(row.id, this.#open(row)));
      }
    }
  }

  /** Ids of keys that rows name and the configuration does not have. */
  async missingKeys(): Promise<string[]> {
    const rows = await this.#knex<SecretRow>('secrets')
      .distinct('key_id')
      .whereNotIn('key_id', this.#keys.ids());
    return rows.map(row => row.key_id);
  }

  async #change(
    which: Pick<SecretRow, 'id'> & { version?: number },
    value: string,
  ): Promise<boolean> {
    const changed = await this.#knex('secrets')
      .where(which)
      .update({
        ...this.#seal(which.id, value),
        version: this.#knex.raw('version + 1'),
        updated_at: Date.now(),
      });
    return changed === 1;
  }

  #seal(id: string, value: string): Sealed {
    const { id: keyId, key } = this.#keys.current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(Buffer.from(id));
    const sealed = Buffer.concat([
      cipher.update(value, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return {
      key_id: keyId,
      nonce: nonce.toString('base64'),
      ciphertext: sealed.toString('base64'),
    };
  }

  #open(row: SecretRow): string {
    const key = this.#keys.get(row.key_id);
    if (!key) {
      throw new Error(
        `Secret "${row.id}" was encrypted with the key "${row.key_id}", which workspaces.secrets.keys does not have`,
      );
    }
    const sealed = Buffer.from(row.ciphertext, 'base64');
    const decipher = createDecipheriv(
      ALGORITHM,
      key,
      Buffer.from(row.nonce, 'base64'),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(Buffer.from(row.id));
    try {
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      const opened = Buffer.concat([
        decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)),
        decipher.final(),
      ]);
      return opened.toString('utf8');
    } catch (error) {
      throw new Error(
        `Secret "${row.id}" cannot be decrypted: its row was altered, or the key "${row.key_id}" is another one now`,
        {
          cause: error,
        },
      );
    }
  }
}
