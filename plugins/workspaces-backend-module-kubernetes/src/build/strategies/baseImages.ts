import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import { familiarImageName } from '../imageNames';
import type { BuildTask, Inability } from './Strategy';

const FROM = /^(\s*FROM\s+(?:--\S+\s+)*)(\S+)/i;
const COPY_FROM = /^(\s*COPY\s+(?:--\S+\s+)*?--from=)(\S+)/i;

/**
 * The Dockerfile with base images by where they really come from, line by line as it was written; for builders that
 * cannot be told otherwise.
 */
export function withSources(
  dockerfile: Dockerfile,
  images: ReadonlyMap<string, string>,
): Dockerfile {
  const put = (line: string, pattern: RegExp) =>
    line.replace(
      pattern,
      (_, before: string, image: string) =>
        before + (images.get(familiarImageName(image)) ?? image),
    );
  const text = dockerfile.text
    .split('\n')
    .map(line => [FROM, COPY_FROM].reduce(put, line))
    .join('\n');
  return text === dockerfile.text ? dockerfile : new Dockerfile(text);
}

/** A base image that comes from elsewhere, and that no instruction names by itself, so that it cannot be replaced. */
export function unnamedSource({
  request,
  dockerfile,
  images,
}: BuildTask): Inability | undefined {
  const named = dockerfile?.text.split('\n').flatMap(line => {
    const image = FROM.exec(line)?.[2] ?? COPY_FROM.exec(line)?.[2];
    return image === undefined ? [] : [familiarImageName(image)];
  });
  const hidden = request.baseImages
    .map(familiarImageName)
    .find(image => images.has(image) && !named?.includes(image));
  const from = dockerfile?.instructions.find(
    ({ keyword, text }) => keyword === 'FROM' && text.includes('$'),
  );
  return hidden && from
    ? {
        cannot: `take the image "${hidden}", which an argument names, from where workspaces.images says`,
        instruction: from.text,
        line: from.line,
      }
    : undefined;
}
