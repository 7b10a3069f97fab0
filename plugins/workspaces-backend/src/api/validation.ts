import { InputError } from '@backstage/errors';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { middleware as validationMiddleware } from 'express-openapi-validator';
import { spec } from '../schema/openapi';
import { acceptedFields, acceptedQueryParameters } from './accepted';

const BODY_LIMIT = '1mb';

/** What the validator says of one field. */
interface Problem {
  /** For example `/body/apps/0/port`. */
  path: string;
  message: string;
  /** For example `additionalProperties.openapi.validation`. */
  errorCode: string;
}

/**
 * Checks of every request against the API document. A refusal is an InputError that names
 * the field, what is wrong with it and what is accepted. `POST /sources` is left out: its
 * body is streamed to disk.
 */
export function requestValidation(): RequestHandler[] {
  const validators = validationMiddleware({
    apiSpec: JSON.parse(JSON.stringify(spec)),
    validateRequests: {
      coerceTypes: false,
      allowUnknownQueryParameters: false,
      allErrors: true,
    },
    validateResponses: false,
    validateSecurity: false,
    ignoreUndocumented: true,
    ignorePaths: /^\/sources\/?(\?|$)/,
    useRequestUrl: true,
  });
  return [
    express.json({ limit: BODY_LIMIT }),
    ...validators,
    refuseControlCharacters,
  ].map(explaining);
}

/** Hands on what a check found as an error that says what to do. */
function explaining(handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    const explain: NextFunction = error =>
      next(error === undefined ? undefined : toInputError(error, request));
    return handler(request, response, explain);
  };
}

function toInputError(error: unknown, request: Request): unknown {
  const { status, errors, type } = error as {
    status?: number;
    errors?: Problem[];
    type?: string;
  };
  if (type === 'entity.too.large')
    return new InputError(`The body is larger than the accepted ${BODY_LIMIT}`);
  if (type === 'entity.parse.failed')
    return new InputError(`The body is not JSON: ${(error as Error).message}`);
  if (status === 415)
    return new InputError('The header Content-Type must be application/json');
  if (status !== 400 || !errors) return error;
  return new InputError(
    [...new Set(errors.map(problem => sentence(problem, request)))].join('; '),
  );
}

function sentence(problem: Problem, request: Request): string {
  const [, where, ...rest] = problem.path.split('/');
  const field = fieldName(rest);
  const keyword = problem.errorCode?.split('.')[0];
  if (keyword === 'required') {
    const place = where === 'query' ? ' as a query parameter' : '';
    return `${field || 'the body'}: is required${place}`;
  }
  if (where === 'query') {
    const known = acceptedQueryParameters(request);
    if (!known.includes(rest[0])) {
      return `${field}: unknown query parameter; accepted are ${
        known.join(', ') || 'none'
      }`;
    }
    return `${field}: ${problem.message.replace(
      /^Empty value found.*/,
      'must not be empty',
    )}`;
  }
  if (keyword === 'additionalProperties') {
    return `${field}: unknown field; accepted are ${acceptedFields(
      request,
      rest.slice(0, -1),
    ).join(', ')}`;
  }
  return `${field || 'the body'}: ${problem.message}`;
}

/** `apps/0/port` as a person writes it: `apps[0].port`. */
function fieldName(segments: string[]): string {
  return segments
    .map(segment => segment.replace(/~1/g, '/').replace(/~0/g, '~'))
    .map((segment, index) =>
      /^\d+$/.test(segment)
        ? `[${segment}]`
        : `${index > 0 ? '.' : ''}${segment}`,
    )
    .join('');
}

/** No text of a request may hold NUL, which neither databases nor processes take. */
function refuseControlCharacters(
  request: Request,
  _response: Response,
  next: NextFunction,
): void {
  refuseNul(request.body);
  refuseNul(request.query);
  refuseNul(request.params);
  next();
}

/** No database keeps the character NUL; wherever it stands it is an InputError that names the field. */
export function refuseNul(input: unknown): void {
  const found = findNul(input, []);
  if (found)
    throw new InputError(
      `${fieldName(found)}: must not hold the character NUL`,
    );
}

function findNul(value: unknown, path: string[]): string[] | undefined {
  if (typeof value === 'string')
    return value.includes('\u0000') ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = key.includes('\u0000')
      ? [...path, key]
      : findNul(inner, [...path, key]);
    if (found) return found;
  }
  return undefined;
}
