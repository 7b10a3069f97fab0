import {
  buildNamespace,
  imageRepository,
  workspaceNameProblem,
  WORKSPACE_PREFIX,
} from './names';

it('leaves room for the namespace of the builds of the longest workspace', () => {
  const longest = `${WORKSPACE_PREFIX}${'a'.repeat(40)}`;
  expect(workspaceNameProblem(longest)).toBeUndefined();
  expect(buildNamespace(longest)).toBe(`${longest}-build`);
  expect(buildNamespace(longest).length).toBeLessThanOrEqual(63);
});

it('gives each app a repository of its own', () => {
  expect(imageRepository('ws-a', 'web')).toBe('slipway/ws-a/web');
});
