import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { Names } from '../engine/names';
import { OciRegistry, RegistryOptions } from '../registry';
import { renderBuildPlace } from './place';
import { imageMap } from './specification';

const folder = mkdtempSync(join(tmpdir(), 'place-'));
const caFile = join(folder, 'ca.crt');

beforeAll(() => writeFileSync(caFile, 'CERTIFICATE'));
afterAll(() => rmSync(folder, { recursive: true }));

async function render(settings: Partial<RegistryOptions> = {}) {
  const { namespace, objects } = await renderBuildPlace('ws-a', {
    names: new Names('test'),
    registry: new OciRegistry({
      address: 'registry.test:5000',
      username: 'ann',
      password: 'secret-of-ann',
      ...settings,
    }),
    images: imageMap({
      'node:22': 'docker.io/other/node:22',
      busybox: 'mirror.test:8443/busybox:1',
      'own.test/a:1': 'registry.test:5000/a:1',
    }),
    reachable: ['10.20.0.0/16'],
  });
  const of = (kind: string) => objects.find(object => object.kind === kind)!;
  return { namespace, objects, of };
}

it('keeps builds in a namespace of their own, where builders may run', async () => {
  const { namespace, objects } = await render();
  expect(namespace.metadata).toMatchObject({
    name: 'ws-a-build',
    labels: { 'pod-security.kubernetes.io/enforce': 'baseline' },
  });
  for (const { metadata } of objects) {
    expect(metadata.namespace).toBe('ws-a-build');
    expect(metadata.labels).toMatchObject({ 'slipway.dev/workspace': 'ws-a' });
  }
});

it('has the login in its secret and nowhere else', async () => {
  const { objects, of } = await render();
  const { data } = of('Secret') as unknown as { data: Record<string, string> };
  const login = Buffer.from(data['.dockerconfigjson'], 'base64').toString();
  expect(JSON.parse(login)).toEqual({
    auths: {
      'registry.test:5000': {
        auth: Buffer.from('ann:secret-of-ann').toString('base64'),
      },
    },
  });
  const others = objects.filter(({ kind }) => kind !== 'Secret');
  expect(JSON.stringify(others)).not.toMatch(/secret-of-ann|YW5uOnNlY3JldC/);
});

it.each([
  ['usual', {}, { 'buildkitd.toml': '[registry."registry.test:5000"]\n' }],
  [
    'private',
    { caFile },
    {
      'ca.crt': 'CERTIFICATE',
      'buildkitd.toml':
        '[registry."registry.test:5000"]\n  ca = ["/slipway/trust/ca.crt"]\n',
    },
  ],
  [
    'no',
    { plainHttp: true },
    { 'buildkitd.toml': '[registry."registry.test:5000"]\n  http = true\n' },
  ],
])('tells BuildKit of %s certificates', async (_, settings, data) => {
  const { of } = await render(settings);
  expect(of('ConfigMap').data).toMatchObject(data);
});

it('tells buildah where a registry speaks without TLS', async () => {
  const { of } = await render({ plainHttp: true });
  const { 'registries.conf': text } = of('ConfigMap').data as Record<
    string,
    string
  >;
  expect(parse(text)).toEqual({
    'unqualified-search-registries': ['docker.io'],
    registry: [{ location: 'registry.test:5000', insecure: true }],
  });
});

it('opens the ports of registries, and what an operator says', async () => {
  const { of } = await render();
  const { ingress, egress } = of('NetworkPolicy').spec as {
    ingress: unknown[];
    egress: { ports?: { port: number }[] }[];
  };
  expect(ingress).toEqual([]);
  expect(egress.at(-1)!.ports!.map(({ port }) => port)).toEqual([
    5000, 443, 8443,
  ]);
  expect(JSON.stringify(egress)).toContain('10.20.0.0/16');
});

it('gives pods no token', async () => {
  const { of } = await render();
  expect(of('ServiceAccount').automountServiceAccountToken).toBe(false);
});
