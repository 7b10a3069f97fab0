import { isError } from '@backstage/errors';

/** What the API server says of a refusal, as far as it is read here. */
export interface ApiStatus {
  kind?: string;
  message?: string;
  reason?: string;
  details?: {
    causes?: { reason?: string; message?: string; field?: string }[];
    retryAfterSeconds?: number;
  };
}

/**
 * A request that the API server refused or that did not reach it. `status` is the HTTP status and `reason`
 * the API server's word for it; without an answer both are missing, and `code` is the connection's.
 */
export class ClusterError extends Error {
  readonly name = 'ClusterError';
  readonly status?: number;
  readonly reason?: string;
  readonly code?: string;
  /** The answer as it came. */
  readonly body?: string;
  /** In milliseconds: as long as the API server wants to be left alone. */
  readonly retryAfter?: number;
  readonly details?: ApiStatus['details'];

  constructor(
    message: string,
    given: {
      status?: number;
      reason?: string;
      code?: string;
      body?: string;
      retryAfter?: number;
      details?: ApiStatus['details'];
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: given.cause });
    this.status = given.status;
    this.reason = given.reason;
    this.code = given.code;
    this.body = given.body;
    this.retryAfter = given.retryAfter;
    this.details = given.details;
  }
}

/** An answer of the API server that is none of success. */
export function refusal(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: string,
): ClusterError {
  const said = parsedStatus(body);
  const header = Number(headers['retry-after']);
  return new ClusterError(
    said?.message ?? (body.trim() || `The API server answered HTTP ${status}`),
    {
      status,
      reason: said?.reason,
      body,
      details: said?.details,
      ...(header > 0 ? { retryAfter: header * 1000 } : {}),
    },
  );
}

/** A request that got no answer, in the words of the connection. */
export function connectionFailure(error: unknown, server: string) {
  const { code, message } = innermost(error);
  return new ClusterError(`${server}: ${message}`, { code, cause: error });
}

/** An event of type ERROR in a watch. */
export function watchFailure(object: unknown): ClusterError {
  const status = object as ApiStatus & { code?: number };
  return new ClusterError(status.message ?? 'The API server ended the watch', {
    status: status.code,
    reason: status.reason,
    details: status.details,
  });
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 404;
}

export function isAlreadyThere(error: unknown): boolean {
  return (
    error instanceof ClusterError &&
    error.status === 409 &&
    error.reason === 'AlreadyExists'
  );
}

/** What was waited for with an older version than the API server still remembers. */
export function isExpired(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 410;
}

const PASSING_STATUS = new Set([429, 500, 502, 503, 504]);

/** Whether the same request may well succeed a moment later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ClusterError)) return false;
  if (error.status === undefined) return error.code !== undefined;
  return PASSING_STATUS.has(error.status);
}

function parsedStatus(body: string): ApiStatus | undefined {
  try {
    const parsed = JSON.parse(body) as ApiStatus;
    return parsed?.kind === 'Status' ? parsed : undefined;
  } catch {
    return undefined; // a proxy on the way said it in its own words
  }
}

/** The first error of a chain that has a code says what happened; the outer ones only that something did. */
function innermost(error: unknown): { code?: string; message: string } {
  let current = error;
  for (let depth = 0; depth < 5 && isError(current); depth++) {
    const { code, name, message } = current as NodeJS.ErrnoException;
    if (name === 'TimeoutError') {
      return { code: 'ETIMEDOUT', message: 'no answer in time' };
    }
    if (typeof code === 'string') return { code, message: message || code };
    const { cause, errors } = current as Error & { errors?: unknown[] };
    current = cause ?? errors?.[0];
  }
  return { message: isError(error) ? error.message : String(error) };
}
