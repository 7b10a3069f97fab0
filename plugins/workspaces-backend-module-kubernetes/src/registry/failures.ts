import { STATUS_CODES } from 'node:http';
import type { JsonObject } from '@backstage/types';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null
    ? (error as Record<string, unknown>)[name]
    : undefined;
}

/** The code of a failed connection: of the socket, of TLS or of the HTTP client. */
export function codeOf(error: unknown): string | undefined {
  const code =
    propertyOf(error, 'code') ?? propertyOf(propertyOf(error, 'cause'), 'code');
  return typeof code === 'string' ? code : undefined;
}

/** What a failed connection says of itself. Where several addresses were tried, what each said. */
export function connectionText(error: unknown): string {
  const tried = propertyOf(error, 'errors');
  if (Array.isArray(tried) && tried.length > 0)
    return tried.map(connectionText).join('; ');
  const message = String(propertyOf(error, 'message') ?? error);
  const cause = propertyOf(error, 'cause');
  return message === 'fetch failed' && cause ? connectionText(cause) : message;
}

/** A request, in a line: `HEAD https://registry/v2/`. */
function requestText(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`; // the query of an upload is a secret of the registry's
}

function asked(url: URL): JsonObject {
  return { registry: url.host, askedBy: 'portal' };
}

/** A registry that could not be asked at all. */
export function unreachable(
  method: string,
  url: URL,
  error: unknown,
  facts: JsonObject = {},
): EngineError {
  const code = codeOf(error);
  const text = `${requestText(method, url)}: ${connectionText(error)}`;
  return failure(
    text,
    [
      evidenceOf('error', 'registry', text, {
        facts: {
          ...asked(url),
          ...(code ? { code } : {}),
          ...facts,
        },
      }),
    ],
    error,
  );
}

const LONGEST_BODY = 2000;

/** What the body of a refusal says: the messages of the registry, else its text. */
function bodyText(body: string): string {
  try {
    const { errors } = JSON.parse(body) as {
      errors?: { code?: string; message?: string; detail?: unknown }[];
    };
    if (Array.isArray(errors) && errors.length > 0) {
      return errors
        .map(({ code, message, detail }) =>
          [code, message, typeof detail === 'string' ? detail : '']
            .filter(Boolean)
            .join(': '),
        )
        .join('; ');
    }
  } catch {
    // no JSON: a proxy in between has answered, and its page is all there is
  }
  return body.trim().slice(0, LONGEST_BODY);
}

/** A refusal, with the status as every program writes it: `401 Unauthorized`. */
export function refusal(
  method: string,
  url: URL,
  { status, body, error }: { status: number; body: string; error?: string },
  facts: JsonObject = {},
): EngineError {
  const said = [error, bodyText(body)].filter(Boolean).join(': ');
  const text = `${requestText(method, url)}: ${status} ${
    STATUS_CODES[status] ?? ''
  }${said ? `: ${said}` : ''}`;
  return failure(text, [
    evidenceOf('error', 'registry', text, {
      facts: { ...asked(url), status, ...facts },
    }),
  ]);
}
