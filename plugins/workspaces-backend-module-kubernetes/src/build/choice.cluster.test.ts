import { mockServices } from '@backstage/backend-test-utils';
import { testCluster } from '../__testUtils__/testCluster';
import { Names } from '../engine/names';
import { contextOf, outcomeOf } from './__testUtils__/builds';
import { ClusterBuilds } from './__testUtils__/ClusterBuilds';
import { Builder, BuilderChoice, buildersOf } from './choice';
import { TASK_RUN } from './taskRun';

const builds = new ClusterBuilds();
const { cluster, namespace, workspace, id } = builds;
const { signal } = new AbortController();
const { images } = testCluster();
const [buildkit, ...others] = buildersOf({ ...images, kaniko: undefined });
/** Nothing of it runs: it is taken at its word. */
const [kaniko] = buildersOf({ kaniko: 'builder.invalid/kaniko:1' });

/** The same with other rights: nodes that refuse it make a builder fail by the same words. */
function withRights(builder: Builder, rights: object): Builder {
  const { securityContext } = builder.strategy;
  const strategy = {
    ...builder.strategy,
    securityContext: { ...securityContext, ...rights },
  };
  return { ...builder, strategy };
}

/** As on nodes that give every pod the profile of the container runtime, which lets nobody make namespaces. */
const profile = { seccompProfile: { type: 'RuntimeDefault' } };
const confined = withRights(buildkit, profile);
/** As where pods may not gain rights: newuidmap then has none. */
const unprivileged = withRights(buildkit, { allowPrivilegeEscalation: false });

const place = {
  namespace,
  labels: new Names(`test-${id}`).workspace(workspace),
};

function choiceOf(...builders: Builder[]) {
  const logger = mockServices.logger.mock();
  const settings = { wanted: 'auto' as const, builders };
  return new BuilderChoice({ cluster, settings, logger });
}

jest.setTimeout(90_000);

beforeAll(async () => {
  await builds.begin();
  // Makes the namespace, and what is in it.
  const request = await builds.slowRequest(0);
  const { failure } = await outcomeOf(
    builds.builder().build(request, contextOf(workspace)),
  );
  if (failure) throw failure;
});
afterAll(() => builds.end());

it('takes the first that works, and remembers it until it is told to forget', async () => {
  const choice = choiceOf(buildkit, kaniko);
  const chosen = await choice.forBuild(place, signal);
  expect(chosen).toMatchObject({
    strategy: { name: 'buildkit' },
    why: 'the nodes let it work',
  });
  await expect(choice.forBuild(place, signal)).resolves.toBe(chosen);
  choice.forget();
  expect(choice.known).toBeUndefined();
  const { items } = await cluster.list(TASK_RUN, { namespace });
  const names = items.map(({ metadata }) => metadata.name);
  expect(names.filter(name => name?.startsWith('probe-'))).toEqual([]);
});

it.each<[string, Builder]>([
  ['fork/exec /proc/self/exe: operation not permitted', confined],
  ['write to uid_map failed: Operation not permitted', unprivileged],
  ...others.map((buildah): [string, Builder] => [
    'unshare(CLONE_NEWUSER): Operation not permitted',
    withRights(buildah, profile),
  ]),
])('takes the next where the nodes refuse one: %s', async (said, refused) => {
  const { strategy, why } = await choiceOf(refused, kaniko).forBuild(
    place,
    signal,
  );
  expect(strategy.name).toBe('kaniko');
  expect(why).toMatch(
    /^it needs nothing of the nodes; .* is refused by the nodes/,
  );
  expect(why).toContain(said);
});

it('fails with what was said where none works', async () => {
  const choice = choiceOf(confined, unprivileged);
  await expect(choice.forBuild(place, signal)).rejects.toMatchObject({
    message: expect.stringMatching(/^No builder works: BuildKit/),
    evidence: expect.arrayContaining([
      expect.objectContaining({
        text: expect.stringContaining('write to uid_map failed'),
      }),
    ]),
  });
});

it('does not take an image that is not there for a refusal', async () => {
  const gone = { ...buildkit, image: `${builds.address}/test/none:1` };
  await expect(choiceOf(gone, kaniko).forBuild(place, signal)).rejects.toThrow(
    /test\/none:1: not found/,
  );
});
