import { ContainerdSight, folderNames, planContainerd } from './containerd';
import { edited } from './text';
import type { TrustPlan, WantedTrust } from './types';

const registry = 'registry.test:5000';
const root = '/etc/containerd/certs.d';
const place = `${root}/${registry}`;
const authority =
  '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const wanted: WantedTrust = { registry, mode: 'caBundle', authority };

function sight(change: Partial<ContainerdSight> = {}): ContainerdSight {
  return {
    version: '1.7.24',
    config: '/etc/containerd/config.toml',
    configText: 'version = 2\n',
    dump: `version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "${root}"\n`,
    files: new Map(),
    folders: [],
    others: [],
    ...change,
  };
}

const withHosts = (hosts: string, more: [string, string][] = []) =>
  sight({
    folders: [place],
    files: new Map([[`${place}/hosts.toml`, hosts], ...more]),
  });

/** What the files of a plan will be. */
function filesOf(
  plan: TrustPlan,
  seen: ContainerdSight,
): Record<string, string> {
  const files = new Map(seen.files);
  if (seen.configText !== undefined) files.set(seen.config, seen.configText);
  const changed: Record<string, string> = {};
  for (const edit of plan.edits) {
    const text = changed[edit.path] ?? files.get(edit.path) ?? '';
    changed[edit.path] = edited(text, edit);
  }
  return changed;
}

function plannedFiles(given: WantedTrust, seen: ContainerdSight) {
  const plan = planContainerd(given, seen);
  expect(plan.obstacle).toBeUndefined();
  return filesOf(plan, seen);
}

describe('plan for containerd', () => {
  it('writes the authority and hosts.toml below the folder that is known, without a restart', () => {
    const plan = planContainerd(wanted, sight());
    expect(filesOf(plan, sight())).toEqual({
      [`${place}/slipway.crt`]: authority,
      [`${place}/hosts.toml`]: `server = "https://${registry}"\nca = "${place}/slipway.crt"\n`,
    });
    expect(plan).toMatchObject({ restart: [], notes: [] });
    expect(plan.configPath).toBeUndefined();
  });

  it('trusts whoever answers, or speaks without TLS, only where that is configured', () => {
    expect(plannedFiles({ registry, mode: 'skipVerify' }, sight())).toEqual({
      [`${place}/hosts.toml`]: `server = "https://${registry}"\nskip_verify = true\n`,
    });
    expect(plannedFiles({ registry, mode: 'plainHttp' }, sight())).toEqual({
      [`${place}/hosts.toml`]: `server = "http://${registry}"\n`,
    });
  });

  it.each([
    ['1.6.20', 2, 'io.containerd.grpc.v1.cri', '""'],
    ['2.0.4', 3, 'io.containerd.cri.v1.images', '""'],
    ['2.3.6', 3, 'io.containerd.cri.v1.images', '""'],
    [
      '2.3.6',
      3,
      'io.containerd.cri.v1.images',
      `"${root}:/etc/docker/certs.d"`,
    ],
  ])(
    'sets config_path of containerd %s, format %s, and restarts it',
    (version, format, plugin, found) => {
      const table = `[plugins."${plugin}".registry]\n`;
      const seen = sight({
        version,
        configText: `version = ${format}\n`,
        dump: `version = ${format}\n${table}config_path = ${found}\n`,
      });
      const plan = planContainerd(wanted, seen);
      expect(filesOf(plan, seen)[seen.config]).toBe(
        `version = ${format}\n${table}  config_path = "${root}"\n`,
      );
      expect(plan).toMatchObject({
        configPath: root,
        restart: ['systemctl restart containerd'],
      });
    },
  );

  it('uses the first of several folders where containerd takes a list apart', () => {
    const seen = sight({
      version: '2.0.4',
      dump: `version = 3\n[plugins.'io.containerd.cri.v1.images'.registry]\nconfig_path = '/a:/b'\n`,
    });
    expect(Object.keys(plannedFiles(wanted, seen))).toEqual([
      `/a/${registry}/slipway.crt`,
      `/a/${registry}/hosts.toml`,
    ]);
    const found = { ...seen, folders: [`/b/${registry}`] };
    expect(Object.keys(plannedFiles(wanted, found))[0]).toBe(
      `/b/${registry}/slipway.crt`,
    );
  });

  it('uses the folder that containerd reads first', () => {
    expect(folderNames(registry)).toEqual(['registry.test_5000_', registry]);
    expect(folderNames('registry.test')).toEqual(['registry.test']);
    const seen = sight({ folders: [place, `${root}/registry.test_5000_`] });
    expect(Object.keys(plannedFiles(wanted, seen))).toEqual([
      `${root}/registry.test_5000_/slipway.crt`,
      `${root}/registry.test_5000_/hosts.toml`,
    ]);
  });

  it('changes nothing where the authority is trusted already, by whatever name', () => {
    const hosts = `ca = ["ca.crt"]\nserver = "https://${registry}"\n`;
    const seen = withHosts(hosts, [[`${place}/ca.crt`, `old\n${authority}`]]);
    expect(planContainerd(wanted, seen).edits).toEqual([]);
  });

  it('trusts another authority beside those that are trusted', () => {
    const hosts = `# mine\nserver = "https://${registry}"\nca = "ca.crt"\n[host."https://mirror.test"]\n`;
    expect(
      plannedFiles(wanted, withHosts(hosts, [[`${place}/ca.crt`, 'other']])),
    ).toEqual({
      [`${place}/slipway.crt`]: authority,
      [`${place}/hosts.toml`]: `server = "https://${registry}"\nca = [ "ca.crt", "${place}/slipway.crt" ]\n# mine\n[host."https://mirror.test"]\n`,
    });
  });

  it('brings a new authority in the place of an old one of ours', () => {
    const hosts = `server = "https://${registry}"\nca = "${place}/slipway.crt"\n`;
    const seen = withHosts(hosts, [[`${place}/slipway.crt`, 'old']]);
    expect(plannedFiles(wanted, seen)).toEqual({
      [`${place}/slipway.crt`]: authority,
    });
  });

  it('only adds the certificate to a folder in the form of Docker', () => {
    const seen = sight({ folders: [place], others: [`${place}/client.key`] });
    expect(plannedFiles(wanted, seen)).toEqual({
      [`${place}/slipway.crt`]: authority,
    });
  });

  it('says whose word no longer holds', () => {
    const seen = sight({ folders: [`${root}/_default`] });
    expect(planContainerd(wanted, seen).notes).toEqual([
      `What ${root}/_default says no longer holds for ${registry}.`,
    ]);
  });

  it.each([
    [
      'settings of old',
      sight({
        dump: `version = 2\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]\n`,
      }),
      'mirrors."docker.io"',
    ],
    [
      'a list of authorities over several lines',
      withHosts(`ca = [\n  "a.crt",\n]\n`),
      'hosts.toml cannot be changed',
    ],
    ['what is not TOML', withHosts('ca = \n'), 'Invalid TOML document'],
    ['an unreadable dump', sight({ dump: '[' }), 'Invalid TOML document'],
  ])('is none for %s, and says why', (_, seen, obstacle) => {
    expect(planContainerd(wanted, seen)).toMatchObject({
      obstacle: expect.stringContaining(obstacle),
    });
  });
});
