import { Readable } from 'node:stream';
import { kinds } from '../client';
import { outcomeOf, contextOf } from './__testUtils__/builds';
import { ClusterBuilds } from './__testUtils__/ClusterBuilds';
import { buildersOf } from './choice';
import { TASK_RUN, taskRunName } from './taskRun';

const builds = new ClusterBuilds();
const { address, cluster, namespace, workspace } = builds;

jest.setTimeout(90_000);

beforeAll(() => builds.begin());
afterAll(() => builds.end());

/** Follows a build until it says something, then cancels it. */
async function untilItSays(
  wording: RegExp,
  given: Parameters<ClusterBuilds['builder']>[0],
) {
  const builder = builds.builder(given);
  const context = contextOf(workspace);
  const request = await builds.slowRequest(0);
  let said: { text: string; after: number } | undefined;
  let cancelled: Promise<void> | undefined;
  const begun = performance.now();
  const outcome = await outcomeOf(builder.build(request, context), event => {
    if (event.type !== 'log' || !wording.test(event.text)) return;
    said ??= { text: event.text, after: performance.now() - begun };
    cancelled ??= builder.cancel(context.key);
  });
  await cancelled;
  return { ...outcome, said };
}

it('says at once that the image of the builder cannot be pulled', async () => {
  const { said, failure } = await untilItSays(/pull and unpack image/, {
    builders: {
      wanted: 'buildkit',
      builders: buildersOf({ buildkit: `${address}/test/none:1` }),
    },
  });
  expect(said!.text).toContain(`${address}/test/none:1: not found`);
  expect(said!.after).toBeLessThan(15_000); // Tekton itself would take 40 s
  expect(failure!.evidence[0]).toMatchObject({
    first: true,
    text: expect.stringMatching(
      /^Failed: Failed to pull image .*test\/none:1.*not found/,
    ),
    facts: { askedBy: 'node', registry: address, namespace },
  });
});

it('says that no node has room, and what each lacks', async () => {
  const { lines } = await untilItSays(/^FailedScheduling/, {
    resources: {
      requests: { cpu: '3500m', memory: '64Mi' },
      limits: { cpu: '4', memory: '64Mi' },
    },
  });
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^FailedScheduling: 0\/1 nodes are available: 1 Insufficient cpu/,
      ),
    ]),
  );
});

it('says that the quota of the namespace is used up', async () => {
  const { said, failure } = await untilItSays(/^ExceededResourceQuota/, {
    resources: {
      requests: { cpu: '16', memory: '64Mi' },
      limits: { cpu: '16', memory: '64Mi' },
    },
  });
  expect(said!.text).toMatch(
    /exceeded quota: slipway-build, requested: requests.cpu=\S+, used: .*, limited: requests.cpu=4/,
  );
  expect(failure!.evidence[0].text).toBe(said!.text);
});

it('follows the pod that does all again where somebody deletes the first', async () => {
  const context = contextOf(workspace);
  const name = `${taskRunName('web', context.key)}-pod`;
  const request = await builds.slowRequest(8);
  let deleted: Promise<unknown> | undefined;
  const outcome = await outcomeOf(
    builds.builder().build(request, context),
    event => {
      if (event.type === 'log' && event.text === 'begun')
        deleted ??= cluster.delete(
          { ...kinds.Pod, namespace, name },
          { grace: 0 },
        );
    },
  );
  await deleted;
  expect(outcome.lines).toContain('Another pod does all of the build again');
  expect(outcome.lines.filter(line => line === 'begun')).toHaveLength(2);
  expect(outcome.digest).toMatch(/^sha256:/);
});

it('names a step that the lack of memory has ended', async () => {
  const request = await builds.request({
    Dockerfile: 'FROM busybox\nRUN x=aaaaaaaa; while true; do x=$x$x; done\n',
  });
  const { failure } = await outcomeOf(
    builds
      .builder({
        resources: {
          requests: { cpu: '100m', memory: '128Mi' },
          limits: { cpu: '2', memory: '256Mi' },
        },
      })
      .build(request, contextOf(workspace)),
  );
  const facts = failure!.evidence.map(({ facts: found }) => found ?? {});
  expect(
    facts.some(
      ({ exitCode, outOfMemory }) => exitCode === 137 || outOfMemory === true,
    ),
  ).toBe(true);
});

it('makes no TaskRun when it is cancelled before', async () => {
  const context = contextOf(workspace);
  const request = await builds.slowRequest(20);
  const builder = builds.builder();
  let cancelled: Promise<void> | undefined;
  const { failure } = await outcomeOf(
    builder.build(
      {
        ...request,
        bundle: () => {
          cancelled = builder.cancel(context.key);
          return request.bundle();
        },
        bundleDigest: '0'.repeat(64),
      },
      context,
    ),
  );
  await cancelled;
  expect(failure!.message).toBe('The build was cancelled');
  const name = taskRunName('web', context.key);
  await expect(
    cluster.get({ ...TASK_RUN, namespace, name }),
  ).resolves.toBeUndefined();
});

it('says that a bundle cannot be read, and not that the cluster failed', async () => {
  const request = await builds.slowRequest(0);
  const bundle = () =>
    new Readable({
      construct: done => done(new Error('ENOENT: no such bundle')),
    });
  const { failure } = await outcomeOf(
    builds
      .builder()
      .build(
        { ...request, bundle, bundleDigest: '1'.repeat(64) },
        contextOf(workspace),
      ),
  );
  expect(failure!.evidence[0]).toMatchObject({
    source: 'bundle',
    text: 'ENOENT: no such bundle',
  });
});

it('leaves a namespace alone that belongs to another portal', async () => {
  const request = await builds.slowRequest(0);
  const { failure } = await outcomeOf(
    builds
      .builder({ instance: 'another' })
      .build(request, contextOf(workspace)),
  );
  expect(failure!.message).toBe(
    `The Namespace ${workspace}-build is there already, and is not of this portal`,
  );
});
