import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';
import type { Authorizer, Caller } from './authorize';

/** How somebody asks for a change: by a request, or by an action that an agent carries out for a user. */
export interface Asking {
  /** Who asks. Whoever is not a user is refused. */
  user(): Promise<Caller>;
  /** The request, which tells the audit log who asks. */
  request?: Request;
  /** What else the audit log is to say. */
  meta?: JsonObject;
  /** Repeating the same with the same key makes nothing more. */
  idempotencyKey?: string;
}

/** Somebody asks by a request of the API. */
export function askingBy(
  request: Pick<Request, 'header' | 'headers'>,
  authorizer: Authorizer,
): Asking {
  return {
    user: () => authorizer.user(request),
    request: request as Request,
    idempotencyKey: request.header('idempotency-key'),
  };
}
