import { parse } from 'smol-toml';
import { editConfigPath, readRegistrySettings } from './containerdConfig';
import { edited } from './text';

const path = '/etc/containerd/config.toml';
const folder = '/etc/containerd/certs.d';

/** As `containerd config dump` of 1.6 and 1.7 says it. */
const dumpOfVersion2 = (registry: string) => `version = 2
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.6"
    [plugins."io.containerd.grpc.v1.cri".registry]
${registry}
`;

/** As containerd 2 says it. */
const dumpOfVersion3 = (registry: string, more = '') => `version = 3
[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'
${more}
    [plugins.'io.containerd.cri.v1.images'.registry]
${registry}
  [plugins.'io.containerd.transfer.v1.local']
    config_path = '/elsewhere'
`;

function set(before: string | undefined, format = 2): string | undefined {
  const edit = editConfigPath(path, before, { format, folder });
  return edit && edited(before ?? '', edit);
}

describe('what containerd says of registries', () => {
  it('is read of containerd 1, which by default looks nowhere', () => {
    expect(
      readRegistrySettings(dumpOfVersion2('config_path = ""'), '1.6.20'),
    ).toEqual({ format: 2, paths: [], takesSeveral: true, excluding: [] });
  });

  it.each([
    ['2.0.4', '', true],
    ['2.1.0', '', false],
    ['2.3.6', '', false],
    ['2.3.6', 'use_local_image_pull = true', true],
  ])(
    'is read of containerd %s with "%s": a list is taken apart: %s',
    (version, more, takesSeveral) => {
      const dump = dumpOfVersion3(
        "config_path = '/etc/containerd/certs.d:/etc/docker/certs.d'",
        more,
      );
      expect(readRegistrySettings(dump, version)).toEqual({
        format: 3,
        paths: ['/etc/containerd/certs.d', '/etc/docker/certs.d'],
        takesSeveral,
        excluding: [],
      });
    },
  );

  it('names settings of old that exclude folders of registries', () => {
    const dump = dumpOfVersion2(`
      config_path = ""
      [plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
        endpoint = ["https://mirror.test"]
      [plugins."io.containerd.grpc.v1.cri".registry.configs."a.test".tls]
        insecure_skip_verify = true
      [plugins."io.containerd.grpc.v1.cri".registry.configs."b.test".auth]
        username = "ann"`);
    expect(readRegistrySettings(dump, '1.7.24').excluding).toEqual([
      'mirrors."docker.io"',
      'configs."a.test".tls',
    ]);
  });
});

describe('config_path', () => {
  it('is set in the table that is there, and nothing else changes', () => {
    const before = `# mine
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "pause" # kept
  [plugins."io.containerd.grpc.v1.cri".registry]
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
`;
    expect(set(before)).toBe(`# mine
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "pause" # kept
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
`);
  });

  it('replaces an old value, in the quotes of containerd 2 as well', () => {
    const before = `version = 3
[plugins.'io.containerd.cri.v1.images'.registry]
  headers = {}
  config_path = '/etc/containerd/certs.d:/etc/docker/certs.d'
[debug]
  level = 'info'
`;
    expect(set(before)).toBe(
      before.replace(
        /config_path.*/,
        'config_path = "/etc/containerd/certs.d"',
      ),
    );
  });

  it.each([
    ['version = 2\n', 'io.containerd.grpc.v1.cri'],
    ['version = 2', 'io.containerd.grpc.v1.cri'],
    ['version = 3\n[debug]\n  level = "info"', 'io.containerd.cri.v1.images'],
    ['version = 4\n', 'io.containerd.cri.v1.images'],
    ['root = "/data"\n', 'cri'],
  ])('comes in a table of its own where %j has none', (before, plugin) => {
    const after = set(before)!;
    expect(after.startsWith(before)).toBe(true);
    expect(parse(after)).toMatchObject({
      ...parse(before),
      plugins: { [plugin]: { registry: { config_path: folder } } },
    });
  });

  it.each([
    [2, 'io.containerd.grpc.v1.cri'],
    [3, 'io.containerd.cri.v1.images'],
  ])('comes in a new file of format %s', (format, plugin) => {
    expect(parse(set(undefined, format)!)).toEqual({
      version: format,
      plugins: { [plugin]: { registry: { config_path: folder } } },
    });
  });

  it.each([
    [
      'an inline table',
      'version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { registry = { config_path = "" } } }\n',
    ],
    [
      'a dotted key',
      'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\nregistry.config_path = ""\n',
    ],
  ])('is left to somebody else in %s', (_, before) => {
    expect(set(before)).toBeUndefined();
  });
});
