import { InputError } from '@backstage/errors';
import type { Request } from 'express';
import { hashRequest, type IdempotentRequest } from '../store/IdempotencyStore';
import type { RunRow } from '../store/rows';
import type { Caller } from './authorize';
import type { ApiServices } from './services';

const LONGEST_KEY = 200;

/** The key of a request that carries one. The route names all that the path names. */
export function idempotencyOf(
  request: Pick<Request, 'header'>,
  caller: Caller,
  route: string,
  body: unknown,
): IdempotentRequest | undefined {
  const key = request.header('idempotency-key');
  return idempotentRequest(key, caller, route, body);
}

/** What is asked for with a key; undefined where there is none. */
export function idempotentRequest(
  key: string | undefined,
  caller: Caller,
  route: string,
  body: unknown,
): IdempotentRequest | undefined {
  if (key === undefined) return undefined;
  if (key === '' || key.length > LONGEST_KEY) {
    throw new InputError(
      `Idempotency-Key: must be 1 to ${LONGEST_KEY} characters`,
    );
  }
  return { principal: caller.ref, route, key, requestHash: hashRequest(body) };
}

/** The run that the same request started before: what it asked for may not be possible once more. */
export async function runMadeBefore(
  { idempotency, runStore }: Pick<ApiServices, 'idempotency' | 'runStore'>,
  request: IdempotentRequest | undefined,
): Promise<RunRow | undefined> {
  const id = request && (await idempotency.find(request));
  return id === undefined ? undefined : runStore.get(id);
}
