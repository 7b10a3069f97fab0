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
  const mounts = dockerfile.instructions.flatMap(({ text, line }) =>
    mountedSecrets(text).map(name => ({ name, line })),
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

/** The ids of the secrets that an instruction mounts; without one that is the last part of its target. */
function mountedSecrets(instruction: string): string[] {
  const [, flags = ''] = FLAGS_OF_RUN.exec(instruction) ?? [];
  return [...flags.matchAll(/--mount=(\S+)/g)].flatMap(([, mount]) => {
    const options = new Map(
      mount.split(',').map(option => {
        const [name, ...value] = option.split('=');
        return [name, value.join('=')];
      }),
    );
    if (options.get('type') !== 'secret') return [];
    const target = options.get('target') ?? options.get('dst');
    const id = options.get('id') ?? target?.split('/').at(-1);
    return id && !id.includes('$') ? [id] : [];
  });
}
