import type { Dockerfile } from './Dockerfile';

const FLAGS_OF_RUN = /^RUN\s+((?:--\S+\s+)+)/i;

/**
 * What whoever reads the log of a build should know of its secrets: which ones the Dockerfile mounts without getting
 * them, where a command only finds a file missing, and which ones nothing mounts. By names, never by values.
 *
 * @public
 */
export function secretRemarks(
  secrets: { name: string }[],
  dockerfile: Dockerfile | undefined,
): string[] {
  if (!dockerfile) return [];
  const mounts = mountedSecrets(dockerfile).filter(
    ({ name }) => !name.includes('$'), // only the build knows that one
  );
  const given = new Set(secrets.map(({ name }) => name));
  const missing = mounts.filter(({ name }) => !given.has(name));
  const mounted = new Set(mounts.map(({ name }) => name));
  return [
    ...missing.map(
      ({ name, line }) =>
        `Warning: line ${line} of the Dockerfile mounts the secret "${name}", which "build.secrets" does not name: it is missing there`,
    ),
    ...[...given]
      .filter(name => !mounted.has(name))
      .map(
        name =>
          `Warning: nothing in the Dockerfile mounts the secret "${name}"; "RUN --mount=type=secret,id=${name}" does`,
      ),
  ];
}

/**
 * The secrets that instructions of a Dockerfile mount, by their ids as they stand there, and the lines of these.
 *
 * @public
 */
export function mountedSecrets({
  instructions,
}: Dockerfile): { name: string; line: number }[] {
  return instructions.flatMap(({ text, line }) => {
    const [, flags = ''] = FLAGS_OF_RUN.exec(text) ?? [];
    return [...flags.matchAll(/--mount=(\S+)/g)].flatMap(([, mount]) => {
      const name = secretOf(mount);
      return name ? [{ name, line }] : [];
    });
  });
}

/** The id of the secret that a mount is of; where it does not say, the last part of its target. */
function secretOf(mount: string): string | undefined {
  const options = new Map(
    mount.split(',').map(option => {
      const [name, ...value] = option.split('=');
      return [name.toLowerCase(), value.join('=')];
    }),
  );
  if (options.get('type') !== 'secret') return undefined;
  const first = (...names: string[]) =>
    names.map(name => options.get(name)).find(Boolean);
  return (
    first('id', 'source', 'src') ??
    first('target', 'destination', 'dst')?.split('/').at(-1)
  );
}
