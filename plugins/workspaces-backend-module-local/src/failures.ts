import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { JsonObject } from '@backstage/types';

/** Codes of the socket that mean that nobody answers there. */
const UNREACHABLE = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null
    ? (error as Record<string, unknown>)[name]
    : undefined;
}

/** The HTTP status with which the engine refused, or `undefined` where the failure is another. */
export function statusOf(error: unknown): number | undefined {
  const status = propertyOf(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** Whether the engine said that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Whether the engine could not be asked at all. */
export function isUnreachable(error: unknown): boolean {
  return (
    statusOf(error) === undefined &&
    UNREACHABLE.has(String(propertyOf(error, 'code')))
  );
}

/**
 * What the engine said, verbatim. The client wraps it as `(HTTP code 404) reason - text `, and words a missing
 * socket as Node does; the latter gets the sentence by which everybody knows it.
 */
export function engineText(error: unknown): string {
  const said = propertyOf(propertyOf(error, 'json'), 'message');
  if (typeof said === 'string' && said !== '') return said.trim();
  const text = String(propertyOf(error, 'message') ?? error);
  if (isUnreachable(error))
    return `Cannot connect to the Docker daemon: ${text}`;
  return text.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

/** A refusal of the engine as a failure: `message` says what was tried, the evidence what the engine answered. */
export function engineFailure(
  message: string,
  error: unknown,
  facts?: JsonObject,
): EngineError {
  if (error instanceof EngineError) return error;
  const text = engineText(error);
  return failure(
    `${message}: ${text}`,
    [evidenceOf('error', 'container engine', text, { facts })],
    error,
  );
}
