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
