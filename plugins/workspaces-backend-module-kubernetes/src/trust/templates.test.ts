import { loadYaml } from '@kubernetes/client-node';
import { parse } from 'smol-toml';
import { byHand } from './byHand';
import { usualPlan } from './containerd';
import { planByRuntime } from './plan';
import { isAtLeast, NodeRuntime, runtimeOf } from './runtime';
import type { TrustMode, WantedTrust } from './types';

const registry = 'registry.test:5000';
const authority = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';
const wanted = (mode: TrustMode): WantedTrust => ({
  registry,
  mode,
  authority,
});

function node(containerRuntimeVersion: string, kubeletVersion = 'v1.34.4') {
  return runtimeOf({
    metadata: { name: 'n', uid: 'u' },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: {
        containerRuntimeVersion,
        kubeletVersion,
        architecture: 'arm64',
        operatingSystem: 'linux',
      } as never,
    },
  });
}

function filesFor(runtime: NodeRuntime, mode: TrustMode) {
  const plan = planByRuntime(wanted(mode), runtime);
  return {
    files: Object.fromEntries(
      plan.edits.map(({ path, content }) => [path, content]),
    ),
    restart: plan.restart,
  };
}

describe('runtime of a node', () => {
  it.each([
    ['containerd://1.6.20~ds1', 'v1.34.4', 'containerd', '1.6.20~ds1'],
    ['containerd://2.1.4', 'v1.34.4', 'containerd', '2.1.4'],
    ['containerd://2.0.5-k3s1.32', 'v1.32.3+k3s1', 'k3s', '2.0.5-k3s1.32'],
    ['containerd://1.7.26-k3s1', 'v1.31.7+rke2r1', 'rke2', '1.7.26-k3s1'],
    ['cri-o://1.33.2', 'v1.33.2', 'crio', '1.33.2'],
    ['docker://20.10.7', 'v1.23.0', 'other', '20.10.7'],
    ['', '', 'other', 'unknown'],
  ])('%s of kubelet %s is %s', (runtime, kubelet, kind, version) => {
    expect(node(runtime, kubelet)).toMatchObject({
      node: 'n',
      kind,
      version,
      architecture: 'arm64',
      isLinux: true,
      isReady: true,
    });
  });

  it('has a version that can be compared', () => {
    expect(isAtLeast('2.1.0', 2, 1)).toBe(true);
    expect(isAtLeast('10.0.0', 2, 1)).toBe(true);
    expect(isAtLeast('2.0.9', 2, 1)).toBe(false);
    expect(isAtLeast('1.7.24', 2, 1)).toBe(false);
    expect(isAtLeast('unknown', 2, 1)).toBe(false);
    const said = 'containerd github.com/containerd/containerd';
    expect(isAtLeast(`${said}/v2 v2.3.6 a1b2c3`, 2, 1)).toBe(true);
    expect(isAtLeast(`${said} 1.6.20~ds1 1.6.20~ds1-1`, 2, 1)).toBe(false);
  });
});

describe('plan for CRI-O', () => {
  const runtime = node('cri-o://1.33.2');

  it('puts the authority where it is read at each pull', () => {
    expect(filesFor(runtime, 'caBundle')).toEqual({
      files: {
        [`/etc/containers/certs.d/${registry}/slipway.crt`]: `${authority}\n`,
      },
      restart: [],
    });
  });

  it.each(['skipVerify', 'plainHttp'] as const)('marks it for %s', mode => {
    const { files, restart } = filesFor(runtime, mode);
    const path =
      '/etc/containers/registries.conf.d/50-slipway-registry.test_5000.conf';
    expect(Object.keys(files)).toEqual([path]);
    expect(parse(files[path])).toEqual({
      registry: [{ prefix: registry, location: registry, insecure: true }],
    });
    expect(restart).toEqual(['systemctl reload crio']);
  });
});

describe.each([
  ['k3s', 'v1.32.3+k3s1', 'systemctl restart k3s  # on an agent: k3s-agent'],
  [
    'rke2',
    'v1.31.7+rke2r1',
    'systemctl restart rke2-server  # on an agent: rke2-agent',
  ],
])('plan for %s', (distribution, kubelet, restart) => {
  const runtime = node('containerd://2.0.5-k3s1', kubelet);
  const path = `/etc/rancher/${distribution}/registries.yaml`;
  const file = `/etc/rancher/${distribution}/slipway-registry.crt`;

  it.each([
    ['caBundle', { configs: { [registry]: { tls: { ca_file: file } } } }],
    [
      'skipVerify',
      { configs: { [registry]: { tls: { insecure_skip_verify: true } } } },
    ],
    [
      'plainHttp',
      { mirrors: { [registry]: { endpoint: [`http://${registry}`] } } },
    ],
  ] as const)('says %s in its own file, and restarts it', (mode, content) => {
    const planned = filesFor(runtime, mode);
    expect(loadYaml(planned.files[path])).toEqual(content);
    expect(planned.files[file]).toBe(
      mode === 'caBundle' ? `${authority}\n` : undefined,
    );
    expect(planned.restart).toEqual([restart]);
  });
});

describe('text for who does it by hand', () => {
  it('is a script of the shell', () => {
    const folder = `/etc/containerd/certs.d/${registry}`;
    expect(byHand(usualPlan(wanted('caBundle')))).toBe(
      `# containerd must look for registries in /etc/containerd/certs.d (config_path, one folder and no list). Where it does not, set it in its configuration and restart containerd.
mkdir -p '${folder}'
cat > '${folder}/slipway.crt' <<'SLIPWAY'
${authority}
SLIPWAY
cat > '${folder}/hosts.toml' <<'SLIPWAY'
server = "https://${registry}"
ca = "${folder}/slipway.crt"
SLIPWAY`,
    );
  });

  it('says in which table a setting belongs, and what is in the way', () => {
    expect(
      byHand({
        edits: [
          {
            kind: 'splice',
            path: '/etc/containerd/config.toml',
            description: 'in the table [a]',
            first: 3,
            count: 0,
            content: '    config_path = "/x"\n',
          },
        ],
        restart: ['systemctl restart containerd'],
        notes: ['Mind this.'],
        obstacle: 'Something is in the way',
      }),
    ).toBe(`# Something is in the way
# Mind this.
# In /etc/containerd/config.toml, in the table [a]:
#     config_path = "/x"
systemctl restart containerd`);
  });

  it('is none for a runtime that nobody knows', () => {
    expect(planByRuntime(wanted('caBundle'), node('docker://20.10.7'))).toEqual(
      {
        edits: [],
        restart: [],
        notes: [],
        obstacle: expect.stringContaining('20.10.7'),
      },
    );
  });
});
