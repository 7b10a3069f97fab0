import { createWriteStream } from 'node:fs';
import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  displayUrl,
  hostOf,
  portOf,
  type AddressGuard,
} from './guard/addresses';
import { Meter } from './meter';
import { formatBytes, refused, sourceError } from './refusal';
import type { SourceLimits } from './settings';
import { authorization } from './token';

const MOST_REDIRECTS = 5;
const SILENCE_MILLISECONDS = 30_000;

interface DownloadOptions {
  guard: AddressGuard;
  limits: SourceLimits;
  token?: string;
  log(line: string): void;
  signal: AbortSignal;
}

/** Brings a file by https, redirects followed one by one and each checked like the first. */
export async function download(
  address: string,
  file: string,
  options: DownloadOptions,
): Promise<Meter> {
  const first = options.guard.parse(address);
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const addresses = await options.guard.resolve(url, 'https');
    // A token is for the host that it was given for, and for no other.
    const token = url.host === first.host ? options.token : undefined;
    const response = await get(url, addresses, token, options.signal);
    const location = redirectOf(response);
    if (location === undefined) {
      options.log(`Downloading ${displayUrl(url)}`);
      return save(response, url, file, options);
    }
    response.destroy();
    if (!URL.canParse(location, url))
      throw httpError(
        url,
        `redirects to ${JSON.stringify(location)}, which is no address`,
        response,
      );
    const next = new URL(location, url);
    options.log(`Redirected to ${displayUrl(next)}`);
    url = options.guard.parse(next.href);
  }
  throw refused(
    'download',
    `${displayUrl(first)} redirects more than ${MOST_REDIRECTS} times`,
  );
}

function get(
  url: URL,
  addresses: LookupAddress[],
  token: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = hostOf(url);
  return new Promise((resolve, reject) => {
    const request = https.get(
      {
        host,
        port: portOf(url),
        path: `${url.pathname}${url.search}`,
        servername: isIP(host) ? '' : host,
        agent: false, // a connection of its own: one that is kept could be to another address
        signal,
        timeout: SILENCE_MILLISECONDS,
        headers: {
          'Accept-Encoding': 'identity',
          'User-Agent': 'slipway',
          ...(token === undefined
            ? {}
            : { Authorization: authorization(token, 'Bearer') }),
        },
        // The name was resolved and checked; it is not asked for again.
        lookup: (_host, lookupOptions, callback) => {
          if (lookupOptions.all) callback(null, addresses);
          else callback(null, addresses[0].address, addresses[0].family);
        },
      },
      resolve,
    );
    request.on('timeout', () =>
      request.destroy(
        new Error(`no answer within ${SILENCE_MILLISECONDS / 1000} s`),
      ),
    );
    request.on('error', error =>
      reject(signal.aborted ? error : unreachable(url, error)),
    );
  });
}

function redirectOf(response: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0)
    ? response.headers.location
    : undefined;
}

async function save(
  response: IncomingMessage,
  url: URL,
  file: string,
  options: DownloadOptions,
): Promise<Meter> {
  const { limits, signal } = options;
  const tooLarge = () =>
    refused(
      'download',
      `${displayUrl(url)} is larger than ${formatBytes(
        limits.totalBytes,
      )}, the limit (workspaces.sources.limits.totalMiB)`,
    );
  const problem =
    answerProblem(response, url) ??
    (Number(response.headers['content-length'] ?? 0) > limits.totalBytes
      ? tooLarge()
      : undefined);
  if (problem) {
    response.destroy();
    throw problem;
  }
  const meter = new Meter(bytes =>
    bytes > limits.totalBytes ? tooLarge() : undefined,
  );
  try {
    await pipeline(
      response,
      meter,
      createWriteStream(file, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ECONNRESET'
      ? unreachable(url, error as Error)
      : error;
  }
  return meter;
}

function answerProblem(
  response: IncomingMessage,
  url: URL,
): EngineError | undefined {
  if (response.statusCode !== 200)
    return httpError(
      url,
      `answered ${response.statusCode} ${response.statusMessage}`,
      response,
    );
  const encoding = response.headers['content-encoding'] ?? 'identity';
  return encoding === 'identity'
    ? undefined
    : httpError(
        url,
        `answered with the encoding ${JSON.stringify(
          encoding,
        )}, which was not asked for`,
        response,
      );
}

function httpError(
  url: URL,
  what: string,
  response: IncomingMessage,
): EngineError {
  const text = `${displayUrl(url)} ${what}`;
  return sourceError(`The source cannot be downloaded: ${text}`, {
    source: 'https',
    text,
    facts: { status: response.statusCode ?? 0, host: hostOf(url) },
  });
}

function unreachable(url: URL, error: Error): EngineError {
  const { code } = error as NodeJS.ErrnoException;
  return sourceError(
    `The source cannot be downloaded from ${displayUrl(url)}`,
    {
      source: 'https',
      text: error.message,
      facts: {
        host: hostOf(url),
        ...(code === undefined ? {} : { errorCode: code }),
      },
      cause: error,
    },
  );
}
