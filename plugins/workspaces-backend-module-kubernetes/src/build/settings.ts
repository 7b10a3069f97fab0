import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { BuilderSettings, buildersOf } from './choice';
import { BuilderName, BUILDERS } from './strategies';

const PATH = 'workspaces.kubernetes.builds';
const DEFAULT_IMAGE = 'docker.io/moby/buildkit:rootless';

/** Reads which builders of images there are; throws a clear message for one that has no image. */
export function readBuilders(given: Config | undefined): BuilderSettings {
  const wanted = given?.getOptionalString('builder') ?? 'auto';
  if (!isChoice(wanted))
    throw new InputError(
      `${PATH}.builder: "${wanted}" must be one of auto, ${BUILDERS.join(
        ', ',
      )}`,
    );
  const images = Object.fromEntries(
    BUILDERS.map(name => [name, given?.getOptionalString(`images.${name}`)]),
  );
  const builders = buildersOf({
    ...images,
    buildkit: images.buildkit ?? DEFAULT_IMAGE,
  });
  if (
    wanted !== 'auto' &&
    !builders.some(({ strategy }) => strategy.name === wanted)
  )
    throw new InputError(
      `${PATH}.builder: "${wanted}" needs its image, ${PATH}.images.${wanted}`,
    );
  return { wanted, builders };
}

function isChoice(name: string): name is BuilderName | 'auto' {
  return name === 'auto' || BUILDERS.some(builder => builder === name);
}
