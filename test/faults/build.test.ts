import { all, expect, test } from '../support/faults';

test('an instruction of the Dockerfile that fails', async ({ workspace }) => {
  const dockerfile = 'FROM node:22-slim\nRUN echo boom >&2; exit 3\n';
  const run = await workspace.deploy({}, { dockerfile });
  await workspace.fails(run, {
    code: 'BUILD_STEP_FAILED',
    stage: 'build',
    first: /did not complete successfully: exit code: 3/,
    fix: /its last lines are in the evidence/,
    fixedBy: 'user',
  });
});

test(
  'an instruction that takes more memory than it may',
  all,
  async ({ workspace }) => {
    const dockerfile = `FROM node:22-slim\nRUN node -e 'for (const kept = []; ; ) kept.push(Buffer.alloc(2 ** 24, 1))'\n`;
    const run = await workspace.deploy({}, { dockerfile });
    await workspace.fails(run, {
      code: 'OOM_BUILD',
      stage: 'build',
      first: /137|OOMKilled/,
      fix: /less memory/,
      fixedBy: 'user',
    });
  },
);

test('a base image that is not there', all, async ({ workspace, cluster }) => {
  const image = `${cluster.registry.address}/base/none:1`;
  const run = await workspace.deploy({}, { dockerfile: `FROM ${image}\n` });
  await workspace.fails(run, {
    code: 'BASE_IMAGE_PULL',
    stage: 'build',
    first: /base\/none:1: not found/,
    fix: /^Correct the name/,
    fixedBy: 'user',
  });
});

test('a cluster without Tekton', all, async ({ workspace, kubectl }) => {
  test.setTimeout(180_000);
  const name = 'taskruns.tekton.dev';
  const definition = JSON.parse(
    await kubectl.run('get', 'customresourcedefinition', name, '--output=json'),
  );
  const { labels, annotations } = definition.metadata;
  await kubectl.run('delete', 'customresourcedefinition', name, '--wait');
  try {
    await workspace.fails(await workspace.deploy({}, { text: 'no Tekton' }), {
      code: 'TEKTON_MISSING',
      stage: 'build',
      first: /^tekton\.dev\/v1: /,
      fix: /^Install Tekton Pipelines/,
    });
    const { items } = await workspace.client.request<{
      items: { id: string; state: string }[];
    }>('GET', '/checks');
    expect(items).toContainEqual(
      expect.objectContaining({ id: 'kubernetes-tekton', state: 'failed' }),
    );
  } finally {
    const { apiVersion, kind, spec } = definition;
    await kubectl.apply({
      apiVersion,
      kind,
      metadata: { name, labels, annotations },
      spec,
    });
    await kubectl.run(
      'wait',
      `crd/${name}`,
      '--for=condition=Established',
      '--timeout=60s',
    );
  }
  await workspace.succeeds(
    await workspace.deploy({}, { text: 'Tekton again' }),
  );
});
