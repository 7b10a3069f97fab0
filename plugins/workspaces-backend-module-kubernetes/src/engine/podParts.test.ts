import { nodesOf, runnableOn } from './podParts';

it.each([
  ['linux/amd64', ['amd64']],
  ['linux/386', ['386', 'amd64']],
  ['linux/arm/v7', ['arm', 'arm64']],
  ['linux/arm64', ['arm64']],
])('%s runs on nodes of %j', (platform, values) => {
  expect(nodesOf(platform).matchExpressions).toEqual([
    { key: 'kubernetes.io/arch', operator: 'In', values },
  ]);
});

it('leaves a pod to any node whose image is for any', () => {
  expect(runnableOn(undefined)).toEqual({});
});
