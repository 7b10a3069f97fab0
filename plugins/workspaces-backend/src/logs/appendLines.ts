import type { Knex } from 'knex';
import { isUniqueViolation } from '../store/conflicts';
import type { LogChunkRow } from '../store/rows';
import {
  fillChunk,
  isFull,
  packLines,
  unpackLines,
  type KeptLine,
} from './chunks';

const ATTEMPTS = 20;

interface Batch {
  stream: string;
  workspaceId: string;
  /** Keep nothing where the workspace was deleted. */
  onlyWhileLive: boolean;
  lines: KeptLine[];
}

class OvertakenError extends Error {}

/**
 * Adds lines to the end of a stream, all next to each other. Answers the number of the first,
 * or `undefined` where they are not to be kept.
 */
export async function appendLines(
  knex: Knex,
  batch: Batch,
): Promise<number | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await knex.transaction(trx => append(trx, batch));
    } catch (error) {
      // Another writer has changed or added the last chunk meanwhile.
      const overtaken =
        error instanceof OvertakenError || isUniqueViolation(error);
      if (!overtaken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function append(
  trx: Knex.Transaction,
  { stream, workspaceId, onlyWhileLive, lines }: Batch,
): Promise<number | undefined> {
  if (onlyWhileLive && !(await isLive(trx, workspaceId))) return undefined;
  const last = await trx<LogChunkRow>('log_chunks')
    .where({ stream })
    .orderBy('first_line', 'desc')
    .forUpdate() // others wait; only a chunk that was added meanwhile makes us try again
    .first();
  const first = last ? last.first_line + last.line_count : 1;
  let rest = last ? await growChunk(trx, last, lines) : lines;
  let next = first + lines.length - rest.length;
  while (rest.length > 0) {
    const filled = fillChunk([], rest);
    await trx('log_chunks').insert({
      stream,
      first_line: next,
      line_count: filled.chunk.length,
      workspace_id: workspaceId,
      content: await packLines(filled.chunk),
      updated_at: Date.now(),
    });
    next += filled.chunk.length;
    rest = filled.rest;
  }
  return first;
}

/** Answers the lines that found no place. */
async function growChunk(
  trx: Knex.Transaction,
  last: LogChunkRow,
  lines: KeptLine[],
): Promise<KeptLine[]> {
  const existing = await unpackLines(last.content);
  if (isFull(existing)) return lines;
  const { stream, first_line, line_count } = last;
  const { chunk, rest } = fillChunk(existing, lines);
  const changed = await trx('log_chunks')
    .where({ stream, first_line, line_count })
    .update({
      line_count: chunk.length,
      content: await packLines(chunk),
      updated_at: Date.now(),
    });
  if (changed === 0) throw new OvertakenError(`Log ${stream}: overtaken`);
  return rest;
}

/** Until the transaction ends the workspace is not buried. */
async function isLive(
  trx: Knex.Transaction,
  workspaceId: string,
): Promise<boolean> {
  const workspace = await trx('workspaces')
    .where({ id: workspaceId })
    .whereNotNull('live_name')
    .forShare()
    .first('id');
  return workspace !== undefined;
}
