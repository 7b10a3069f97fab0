import { ResponseError } from '@backstage/errors';

/** Whether the backend, or the permission framework before it, said no. */
export function isNotAllowed(error: Error): boolean {
  return nameOf(error) === 'NotAllowedError';
}

/** Whether the thing is not there, or not for this user's eyes. */
export function isNotFound(error: Error): boolean {
  return nameOf(error) === 'NotFoundError';
}

/** What the backend said, without the words of the transport around it. */
export function messageOf(error: Error): string {
  return error instanceof ResponseError ? error.cause.message : error.message;
}

/** The name of the error as the backend threw it. */
export function nameOf(error: Error): string {
  return error instanceof ResponseError ? error.cause.name : error.name;
}
