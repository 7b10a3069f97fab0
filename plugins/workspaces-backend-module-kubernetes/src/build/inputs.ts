import { createHash } from 'node:crypto';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import {
  buildSpecification,
  type Dockerfile,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { OciRegistry, parseReference } from '../registry';
import { familiarImageName } from './imageNames';
import type { BuildTask } from './strategies';

/** Changed with whatever makes another image of the same inputs: all are then built once more. */
const FORMAT = 1;

/**
 * What may change unseen: what ADD fetches, an image by variables that only builders fill in, and one that some builders
 * are not told the place of, because they read it line by line.
 */
const UNSEEN = [
  /^ADD\s.*(:\/\/|\S@\S+:|\$)/i,
  /^FROM\s+(--\S+\s+)*\S*\$(\{?(TARGET|BUILD)|\{\w+[^}\w])/i,
  /^(COPY|ADD)\s.*--from=\S*\$/i,
  /^RUN\s.*--mount=\S*\bfrom=/i,
];

/**
 * Digest of all that an image is made from: what is asked for, and what its base images and secrets are now. `undefined` where
 * one of them may change unseen, as does a base image that is not of the portal's registry and has no digest.
 */
export async function inputsOf(
  { request, dockerfile, images }: BuildTask,
  registry: OciRegistry,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!dockerfile || readsUnseen(dockerfile)) return undefined;
  const sources = baseImages(request, dockerfile).map(
    image => images.get(familiarImageName(image)) ?? image,
  );
  const digests = await Promise.all(
    sources.map(source => digestNow(source, registry, signal)),
  );
  if (digests.includes(undefined)) return undefined;
  const versions = request.secrets.map(({ version }) => version);
  const inputs = [FORMAT, buildSpecification(request), sources, digests];
  return createHash('sha256')
    .update(JSON.stringify(versions.length ? [...inputs, versions] : inputs))
    .digest('hex');
}

function readsUnseen({ instructions }: Dockerfile): boolean {
  return instructions.some(
    ({ text, line, lastLine }) =>
      UNSEEN.some(pattern => pattern.test(text)) ||
      (line !== lastLine && /^COPY\s.*--from=/i.test(text)),
  );
}

function baseImages(request: BuildRequest, dockerfile: Dockerfile): string[] {
  const values = request.arguments.map(
    ({ name, value }) => [name, value] as const,
  );
  return dockerfile.images(request.target, new Map(values)).needed;
}

async function digestNow(
  source: string,
  registry: OciRegistry,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const reference = parseReference(source);
    if (reference.digest) return reference.digest;
    if (reference.registry !== registry.address) return undefined;
    return await registry.digest(reference, signal);
  } catch {
    signal.throwIfAborted();
    return undefined; // the build finds out, and says, what is wrong with it
  }
}
