import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { engineFailure, isNotFound } from '../failures';
import type { ChangedDockerfile } from './BuildProgress';
import type { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';

/** Below /dev, which is a file system of the step's own: a mount there leaves no trace in the image. */
const DIRECTORY = '/dev/.slipway-certificates';
const BUNDLE = `${DIRECTORY}/ca.pem`;

/** What makes the usual tools use another bundle than the image's. APT_CONFIG names a file of settings. */
const VARIABLES: Record<string, string> = {
  SSL_CERT_FILE: BUNDLE, // OpenSSL and what is built on it, Go, apk
  CURL_CA_BUNDLE: BUNDLE,
  GIT_SSL_CAINFO: BUNDLE,
  NODE_EXTRA_CA_CERTS: BUNDLE, // Node and npm
  PIP_CERT: BUNDLE,
  REQUESTS_CA_BUNDLE: BUNDLE,
  CARGO_HTTP_CAINFO: BUNDLE,
  APT_CONFIG: `${DIRECTORY}/apt.conf`,
};

const REPOSITORY = 'slipway/build-certificates';

/**
 * A Dockerfile whose RUN steps see a CA bundle, and the way back for what the engine says of it.
 *
 * Each RUN mounts the bundle, and each stage declares as ARG the variables that point to it. Both hold
 * while a step runs and are not in the image. What is not reached: ADD of an address (the engine fetches
 * that), RUN in triggers of a base image, and tools with a trust store of their own, such as Java.
 */
export interface CertifiedDockerfile extends ChangedDockerfile {
  text: string;
}

/** Lets builds trust the certificate authorities of this machine's bundle: `workspaces.builds.caBundle`. */
export class Certificates {
  readonly #docker: Docker;
  readonly #path: string;
  readonly #instance: string;

  constructor(options: { docker: Docker; path: string; instance: string }) {
    this.#docker = options.docker;
    this.#path = options.path;
    this.#instance = options.instance;
  }

  /** Brings the bundle to the engine, as an image that holds nothing else. Gives the image's name, which follows from the content. */
  async ensureImage(signal: AbortSignal): Promise<string> {
    const bundle = await readFile(this.#path);
    const tag = createHash('sha256')
      .update(bundle)
      .update(JSON.stringify(VARIABLES))
      .digest('hex')
      .slice(0, 12);
    const image = `${REPOSITORY}:${tag}`;
    try {
      await this.#docker.getImage(image).inspect();
      return image;
    } catch (error) {
      if (!isNotFound(error))
        throw engineFailure(`Could not look for the image ${image}`, error);
    }
    signal.throwIfAborted();
    const files = pack();
    files.entry({ name: 'ca.pem', mode: 0o644, mtime: new Date(0) }, bundle);
    files.entry(
      { name: 'apt.conf', mode: 0o644, mtime: new Date(0) },
      `Acquire::https::CAInfo "${BUNDLE}";\n`,
    );
    files.finalize();
    try {
      const answer = await this.#docker.importImage(
        Readable.from(files).pipe(new PassThrough()),
        {
          repo: REPOSITORY,
          tag,
          changes: `LABEL ${labels.instance}=${this.#instance}`,
        },
      );
      await new Promise<void>((resolve, reject) => {
        this.#docker.modem.followProgress(answer, error =>
          error ? reject(error) : resolve(),
        );
      });
    } catch (error) {
      throw engineFailure(
        'Could not bring the CA bundle for builds to the engine',
        error,
      );
    }
    return image;
  }
}

/** The Dockerfile that is built in place of the user's; its line numbers and steps are put right by `restore`. */
export function certify(
  dockerfile: Dockerfile,
  image: string,
): CertifiedDockerfile {
  const mount = ` --mount=type=bind,from=${image},target=${DIRECTORY}`;
  const declaration = `ARG ${Object.entries(VARIABLES)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`;
  const starts = new Set(
    dockerfile.instructions
      .filter(({ keyword }) => keyword === 'RUN')
      .map(({ line }) => line),
  );
  const stages = dockerfile.instructions
    .filter(({ keyword }) => keyword === 'FROM')
    .map(({ lastLine }) => lastLine);
  const lines = dockerfile.text.split('\n').flatMap((source, index) => {
    const line = index + 1;
    const certified = starts.has(line)
      ? source.replace(/^(\s*RUN)/i, `$1${mount}`)
      : source;
    return stages.includes(line) ? [certified, declaration] : [certified];
  });
  return {
    text: lines.join('\n'),
    added: step => step.startsWith('FROM ') && step.endsWith(image),
    restore: said =>
      said
        .replaceAll(mount, '')
        .replace(
          /(parse error (?:on )?line )(\d+)/g,
          (_, words: string, line: string) => {
            const added = stages.filter(
              (lastLine, index) => lastLine + index + 1 < Number(line),
            ).length;
            return `${words}${Number(line) - added}`;
          },
        ),
  };
}
