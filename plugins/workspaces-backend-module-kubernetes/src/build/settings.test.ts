import { ConfigReader } from '@backstage/config';
import { readBuilders } from './settings';

const read = (builds: object) => {
  const { wanted, builders } = readBuilders(new ConfigReader({ ...builds }));
  const named = builders.map(({ strategy, image }) => [strategy.name, image]);
  return { wanted, builders: Object.fromEntries(named) };
};

it('has rootless BuildKit where nothing is configured', () => {
  expect(read({})).toEqual({
    wanted: 'auto',
    builders: { buildkit: 'docker.io/moby/buildkit:rootless' },
  });
});

it('tries those that have an image, the best first', () => {
  const images = { kaniko: 'r.test/kaniko:1', buildah: 'r.test/buildah:1' };
  expect(Object.keys(read({ images }).builders)).toEqual([
    'buildkit',
    'buildah',
    'kaniko',
  ]);
});

it.each([
  [{ builder: 'docker' }, /must be one of auto, buildkit, buildah, kaniko/],
  [{ builder: 'kaniko' }, /needs its image, .*builds\.images\.kaniko/],
])('refuses %j', (builds, message) => {
  expect(() => read(builds)).toThrow(message);
});
