import { InputError } from '@backstage/errors';

/** The name of an image or artifact in a registry. At least one of tag and digest is there. */
export interface Reference {
  /** Host name or address, with a port where it is not the usual one. */
  registry: string;
  repository: string;
  tag?: string;
  /** `sha256:` and 64 hexadecimal digits. */
  digest?: string;
}

const HOST =
  /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:(?<port>\d{1,5}))?$/i;
const REPOSITORY =
  /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const LONGEST_REPOSITORY = 255;

/** Says what is wrong with the name of a registry, or `undefined` if nothing is. */
export function registryProblem(registry: string): string | undefined {
  if (/^[a-z]+:\/\//i.test(registry)) {
    return `"${registry}" must be without "${
      registry.split('://')[0]
    }://": a host name with an optional port, as in the names of images`;
  }
  const port = Number(HOST.exec(registry)?.groups?.port ?? 443);
  if (HOST.test(registry) && port >= 1 && port <= 65535) return undefined;
  return `"${registry}" is not the name of a registry: it must be a host name or an IPv4 address, with an optional port`;
}

/** Says what is wrong with the name of a repository, or `undefined` if nothing is. */
export function repositoryProblem(repository: string): string | undefined {
  if (repository.length <= LONGEST_REPOSITORY && REPOSITORY.test(repository))
    return undefined;
  return `"${repository}" is not the name of a repository: parts of a-z, 0-9 and single ".", "_" or "-" between them, separated by "/", at most ${LONGEST_REPOSITORY} characters`;
}

/** Says what is wrong with a digest, or `undefined` if nothing is. */
export function digestProblem(digest: string): string | undefined {
  return DIGEST.test(digest)
    ? undefined
    : `"${digest}" is not a digest: it must be "sha256:" and 64 hexadecimal digits`;
}

function requireSound(problem: string | undefined) {
  if (problem) throw new InputError(problem);
}

/**
 * Reads `registry/repository[:tag][@digest]`. There is no default registry here: a name
 * without one is refused, as is everything that could mean something else.
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/');
  const registry = text.slice(0, Math.max(slash, 0));
  if (!/[.:]|^localhost$/.test(registry)) {
    throw new InputError(
      `"${text}" does not begin with a registry: write registry/repository:tag or registry/repository@digest`,
    );
  }
  requireSound(registryProblem(registry));
  const [name, digest, ...more] = text.slice(slash + 1).split('@');
  const [repository, tag, ...others] = name.split(':');
  requireSound(repositoryProblem(repository));
  if (digest !== undefined) requireSound(digestProblem(digest));
  if (tag !== undefined && !TAG.test(tag))
    throw new InputError(`"${tag}" in "${text}" is not a tag`);
  if (more.length > 0 || others.length > 0 || (tag ?? digest) === undefined) {
    throw new InputError(
      `"${text}" is not the name of one image: write registry/repository:tag or registry/repository@digest`,
    );
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** Writes a reference as `parseReference` reads it. */
export function formatReference({
  registry,
  repository,
  tag,
  digest,
}: Reference): string {
  return `${registry}/${repository}${tag ? `:${tag}` : ''}${
    digest ? `@${digest}` : ''
  }`;
}
