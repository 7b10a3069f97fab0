import { paths } from './script';
import type { BuildTask } from './Strategy';

/** The arguments that builders in the manner of `docker build` have in common. */
export function buildWords({ request, labels }: BuildTask): string[] {
  const { target } = request;
  return [
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...request.arguments.map(
      ({ name, value }) => `--build-arg=${name}=${value}`,
    ),
    ...Object.entries(labels).map(
      ([name, value]) => `--label=${name}=${value}`,
    ),
  ];
}

/** What machines an image is for, by the option that a builder has for it. */
export function platformWords(
  option: string,
  { request: { platform } }: BuildTask,
): string[] {
  return platform === undefined ? [] : [`${option}=${platform}`];
}

/** The secrets of a build, each by its name and its file. */
export function secretsOf({ request }: BuildTask): string[] {
  return request.secrets.map(
    ({ name }) => `id=${name},src=${paths.secrets}/${name}`,
  );
}
