import { Dispatcher, request } from 'undici';
import type { Access } from './credentials';
import { ClusterError, connectionFailure, refusal } from './failure';
import type { ClusterObject } from './objects';

/** By this name the API server knows which fields are ours. */
export const FIELD_MANAGER = 'slipway';

type Query = Record<string, string | number | boolean | undefined>;

/** A request to the API server. */
export interface ClusterRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  body?: unknown;
  /** Of the body. Default: `application/json` */
  contentType?: string;
  signal?: AbortSignal;
  /** Whether it may be sent again where nobody knows whether it arrived. Default: all but POST. */
  repeatable?: boolean;
}

/** The body of an answer. */
export type Body = Dispatcher.ResponseData['body'];

/** Sends a request once and gives the body of its answer; a refusal is thrown. */
export async function send(
  call: ClusterRequest,
  { server, headers }: Access,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Body> {
  const { method, path, query = {}, body, contentType } = call;
  const url = new URL(`${server}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(url, {
      method,
      dispatcher,
      signal,
      reset: false, // else the connection is given up after each DELETE that has a body
      headers: {
        accept: 'application/json, */*',
        'user-agent': FIELD_MANAGER,
        ...(body === undefined
          ? {}
          : { 'content-type': contentType ?? 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    call.signal?.throwIfAborted();
    throw connectionFailure(error, server);
  }
  if (answer.statusCode < 400) return answer.body;
  throw refusal(
    answer.statusCode,
    answer.headers,
    await answer.body.text().catch(() => ''),
  );
}

/** Said by the API server itself, and not by an app behind its proxy. */
export function isUnauthorized(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    error.status === 401 &&
    error.reason === 'Unauthorized'
  );
}

/** A quarter of an object says who wrote which field, which nobody asks here. */
export function stripped<T extends ClusterObject>(object: T): T {
  delete object.metadata?.managedFields;
  return object;
}
