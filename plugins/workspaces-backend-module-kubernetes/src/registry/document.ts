import { createHash } from 'node:crypto';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { codeOf, unreachable } from './failures';
import type { RegistryAnswer } from './RegistryHttp';

/** Bytes. */
const LONGEST_DOCUMENT = 4 * 1024 * 1024;

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** What was transferred is not what was named. */
export function mismatch(registry: string, wanted: string, found: string) {
  const text = `digest mismatch: wanted ${wanted}, got ${found}`;
  return failure(`${registry}: ${text}`, [
    evidenceOf('error', 'registry', text, {
      facts: { registry, askedBy: 'portal' },
    }),
  ]);
}

/** An answer that breaks, or is silent for too long, fails as one that never came. */
async function* bodyOf({ body, url }: RegistryAnswer): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    if (codeOf(error) === undefined) throw error; // the reason of a signal
    throw unreachable('GET', url, error);
  }
}

/** Reads an answer to its end, if it is no longer than a document may be and has the digest. */
export async function readDocument(
  answer: RegistryAnswer,
  digest?: string,
): Promise<Buffer> {
  const { host, pathname } = answer.url;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bodyOf(answer)) {
    length += chunk.length;
    if (length > LONGEST_DOCUMENT) {
      const text = `${pathname}: more than ${LONGEST_DOCUMENT} bytes`;
      throw failure(`The registry ${host} gives too long an answer`, [
        evidenceOf('error', 'registry', text, { facts: { registry: host } }),
      ]);
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (digest !== undefined && digestOf(bytes) !== digest)
    throw mismatch(host, digest, digestOf(bytes));
  return bytes;
}
