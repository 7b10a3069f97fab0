import { createHash } from 'node:crypto';
import type { JsonValue } from '@backstage/types';

/**
 * Digest of all that an image is asked to be made from, as 64 hexadecimal digits. Not of what may change while it is
 * built, of which it knows nothing: its base images, and the values of its secrets.
 *
 * @param request - What is to be built.
 * @param more - What else the builder makes it from.
 *
 * @public
 */
export function buildSpecification(
  request: {
    bundleDigest: string;
    dockerfile: string;
    target?: string;
    arguments: { name: string; value: string }[];
    platform?: string;
    secrets: { name: string }[];
  },
  ...more: JsonValue[]
): string {
  const { bundleDigest, dockerfile, target, platform } = request;
  const values = request.arguments.map(({ name, value }) => [name, value]);
  const secrets = request.secrets.map(({ name }) => name);
  const specification = [
    bundleDigest,
    dockerfile,
    target ?? null,
    values,
    ...more,
    ...(platform === undefined ? [] : [{ platform }]),
    ...(secrets.length === 0 ? [] : [{ secrets }]),
  ];
  return createHash('sha256')
    .update(JSON.stringify(specification))
    .digest('hex');
}
