import {
  AuthenticationError,
  ConflictError,
  InputError,
  isError,
  NotAllowedError,
  NotFoundError,
  ResponseError,
} from '@backstage/errors';
import type { TypedResponse } from '@slipway/backstage-plugin-workspaces-common';

const refusals: Record<number, new (message: string) => Error> = {
  400: InputError,
  401: AuthenticationError,
  403: NotAllowedError,
  404: NotFoundError,
  409: ConflictError,
};

/** What the core answered; its refusals as errors of their kind, in its own words. */
export async function answerOf<T>(response: TypedResponse<T>): Promise<T> {
  if (response.ok) return response.json();
  throw inItsWords(await ResponseError.fromResponse(response));
}

/** A refusal of the core as an error of its kind with the message of the core; other errors as they are. */
export function inItsWords(error: Error): Error {
  if (error.name !== 'ResponseError') return error;
  const { statusCode, body } = error as ResponseError;
  const Refusal = refusals[statusCode];
  return Refusal ? new Refusal(body.error.message) : error;
}

/** Whether asking once more may be answered otherwise: nothing was refused, the core was out of reach. */
export function mayPass(error: unknown): boolean {
  const names = Object.values(refusals).map(({ name }) => name);
  return !isError(error) || !names.includes(error.name);
}
