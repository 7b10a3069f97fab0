import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** What `POST /build` of the Docker API takes. */
export interface BuildParameters {
  /** Names for the image. */
  t: string[];
  dockerfile: string;
  buildargs: Record<string, string>;
  labels: Record<string, string>;
  target?: string;
  platform?: string;
  /** Id of the session in which the engine asks for secrets. */
  session?: string;
  nocache: boolean;
}

/** A line of the answer. */
export interface BuildMessage {
  id?: string;
  aux?: unknown;
  error?: string;
  errorDetail?: { code?: number; message?: string };
}

/**
 * Starts a build with BuildKit (`version=2`) and gives the answer as soon as the engine begins it,
 * which may be before it has read the whole context. The build lives as long as the connection.
 *
 * It dials itself, because the client's `buildImage` opens a session for registry credentials beside each
 * BuildKit build, and leaves it open where the build fails or is aborted; base images are brought before.
 */
export function startBuild(
  docker: Docker,
  context: Readable,
  parameters: BuildParameters,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/build?',
        method: 'POST',
        file: context,
        options: { ...parameters, version: '2' },
        isStream: true,
        abortSignal: signal,
        statusCodes: { 200: true, 400: 'bad parameter', 500: 'server error' },
      },
      (error, response) =>
        error ? reject(error) : resolve(response as IncomingMessage),
    );
  });
}

/** The messages of an answer, one JSON document a line. */
export async function* messagesOf(
  response: IncomingMessage,
): AsyncGenerator<BuildMessage> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
