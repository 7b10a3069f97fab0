import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadAllYaml } from '@kubernetes/client-node';
import { mockServices } from '@backstage/backend-test-utils';
import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import { PortalAccount } from '../__testUtils__/PortalAccount';
import {
  openTestCluster,
  testCluster,
  testKubeconfig,
} from '../__testUtils__/testCluster';
import { Cluster, ClusterObject, kinds, labelSelector } from '../client';
import { Names } from '../engine/names';
import { Grounds } from '../ground';
import { OciRegistry } from '../registry';
import { nodeTrustChecks } from './checks';
import { nodeTrustFixes } from './fixes';
import { NodePods } from './NodePods';
import { NodeTrust } from './NodeTrust';
import { TRUST_LABEL } from './types';

const given = testCluster();
const { address, authority, user, password } = given.registry;
const place = join(given.trust, address);
const kept = mkdtempSync(join(tmpdir(), 'slipway-trust-'));
const { signal } = new AbortController();
const logger = mockServices.logger.mock();
const names = new Names(`trust-${Date.now().toString(36)}`);
const UNTRUSTED = /x509: certificate signed by unknown authority/;

const RIGHTS = join(__dirname, '../../rbac-node-trust.yaml');
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  name: 'slipway-node-trust',
};

/** Waits until something is seen; for half a minute at most. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(30_000);
  while (!(await holds())) await pause(200, patience);
}

/** Everything about the files of a folder or about one file, for a comparison byte for byte. */
function snapshot(path: string): unknown {
  if (!existsSync(path)) return 'absent';
  const { mode, uid, gid, mtimeMs } = lstatSync(path);
  return lstatSync(path).isDirectory()
    ? [
        mode,
        uid,
        gid,
        readdirSync(path)
          .sort()
          .map(name => [name, snapshot(join(path, name))]),
      ]
    : [mode, uid, gid, mtimeMs, readFileSync(path, 'hex')];
}

describe('trust of the nodes of a real cluster', () => {
  let admin: Cluster;
  let portal: PortalAccount;
  let cluster: Cluster; // as the portal's account
  let registry: OciRegistry;

  const trustWith = (
    way: {
      mode?: 'caBundle';
      registry?: OciRegistry;
      newFor?: number;
    } = {},
  ) =>
    new NodeTrust({
      cluster,
      registry: way.registry ?? registry,
      names,
      settings: { mode: way.mode, newNodes: false },
      image: given.images.busybox,
      newFor: way.newFor ?? Infinity,
      logger,
    });
  const trust = () => trustWith({ mode: 'caBundle' });

  const nodePods = () =>
    new NodePods({
      cluster,
      grounds: new Grounds({ cluster, names, label: TRUST_LABEL, logger }),
      instance: names.instance,
      image: given.images.busybox,
      registry: { address, pullSecret: registry.dockerConfig() },
      logger,
    });

  /** As an operator would: containerd reads its configuration when it starts. */
  const restartRuntime = () =>
    nodePods().within(given.node, signal, run =>
      run({ task: 'write', restart: true }),
    );

  /** With what was said meanwhile. */
  const applyTrust = async () => {
    const said: string[] = [];
    const report = (message: string) => void said.push(message);
    const outcomes = await trust().apply({ signal, report });
    return { outcomes, said };
  };

  const leftovers = async () => {
    const selector = labelSelector({ [TRUST_LABEL]: null });
    const all = await Promise.all(
      [kinds.Namespace, kinds.Pod, kinds.Job].map(kind =>
        admin.list(kind, { labelSelector: selector }),
      ),
    );
    return all.flatMap(({ items }) =>
      items.map(({ metadata }) => metadata.name),
    );
  };

  const mayMakePods = async () => {
    const { status } = await cluster.call<{ status: { allowed: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'create', resource: 'pods' } },
      },
    });
    return status.allowed;
  };

  const allowNodeTrust = async () => {
    for (const object of loadAllYaml(readFileSync(RIGHTS, 'utf8'))) {
      await admin.apply(object as ClusterObject);
    }
    await until(mayMakePods);
  };

  beforeAll(async () => {
    admin = openTestCluster();
    portal = new PortalAccount(testKubeconfig());
    await portal.begin();
    cluster = portal.cluster;
    await allowNodeTrust();
    registry = new OciRegistry({
      address,
      username: user,
      password,
      caFile: authority,
    });
    cpSync(given.runtime, join(kept, 'runtime'), { preserveTimestamps: true });
    renameSync(place, join(kept, 'place'));
  });

  afterAll(async () => {
    rmSync(place, { recursive: true, force: true });
    cpSync(join(kept, 'place'), place, { recursive: true });
    rmSync(kept, { recursive: true });
    await admin.delete(binding);
    await portal.end();
    await admin.close();
    await registry.close();
  });

  it('is seen by a pull without any privilege, with what was not seen', async () => {
    const [state] = await trustWith().look({ signal });
    expect(state).toMatchObject({
      node: given.node,
      runtime: 'containerd',
      state: 'untrusted',
      why: expect.stringMatching(UNTRUSTED),
      unseen: 'The files of the node were not read',
    });
    expect(state.byHand).toContain(
      `cat > '/etc/containerd/certs.d/${address}/hosts.toml'`,
    );
  });

  it('is changed by nobody who was not told to', async () => {
    await expect(trustWith().apply({ signal })).rejects.toThrow(
      'workspaces.kubernetes.registry.trust.mode is not configured',
    );
  });

  it('is planned to the byte, applied without a restart, proven by a pull, and undone', async () => {
    const before = snapshot(given.trust);
    const [planned] = await trust().look({ signal, readNodes: true });
    expect(planned.unseen).toBeUndefined();
    expect(planned.plan).toMatchObject({ restart: [], notes: [] });
    expect(snapshot(given.trust)).toEqual(before);

    const { outcomes, said } = await applyTrust();
    expect(outcomes).toEqual([
      {
        node: given.node,
        outcome: 'changed',
        state: 'trusted',
        why: expect.stringMatching(
          new RegExp(
            `Successfully pulled image "${address}/slipway/node-trust@sha256:`,
          ),
        ),
        restarted: false,
      },
    ]);
    expect(said).toContainEqual(expect.stringContaining('writing'));
    for (const { path, content } of planned.plan.edits) {
      const file = path.replace('/etc/containerd/certs.d', given.trust);
      expect(readFileSync(file, 'utf8')).toBe(content);
    }

    await expect(trust().apply({ signal })).resolves.toMatchObject([
      { outcome: 'unchanged', state: 'trusted' },
    ]);

    await expect(trust().undo({ signal })).resolves.toMatchObject([
      { outcome: 'changed', restarted: false },
    ]);
    expect(snapshot(given.trust)).toEqual(before);
    await expect(trust().undo({ signal })).resolves.toMatchObject([
      { outcome: 'unchanged', why: 'Nothing was written there' },
    ]);
    await expect(trust().look({ signal })).resolves.toMatchObject([
      { state: 'untrusted' },
    ]);
  });

  it('keeps what others wrote for the same registry, and gives it back', async () => {
    mkdirSync(place);
    writeFileSync(
      join(place, 'hosts.toml'),
      `# ours\nserver = "https://${address}"\n\n[host."https://mirror.test"]\n  capabilities = ["pull"] # only\n`,
      { mode: 0o640 },
    );
    const before = snapshot(place);
    try {
      await expect(trust().apply({ signal })).resolves.toMatchObject([
        { outcome: 'changed', state: 'trusted' },
      ]);
      expect(readFileSync(join(place, 'hosts.toml'), 'utf8')).toBe(
        `server = "https://${address}"\nca = "/etc/containerd/certs.d/${address}/slipway.crt"\n# ours\n\n[host."https://mirror.test"]\n  capabilities = ["pull"] # only\n`,
      );
      await trust().undo({ signal });
      expect(snapshot(place)).toEqual(before);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it('is not undone where somebody has changed it since', async () => {
    await trust().apply({ signal });
    const file = join(place, 'hosts.toml');
    const written = readFileSync(file);
    writeFileSync(file, `${written}# mine\n`);
    const [outcome] = await trust().undo({ signal });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('Somebody has changed what was written'),
    });
    expect(outcome.failure!.evidence[0].text).toMatch(
      /^conflict: .*hosts\.toml$/,
    );
    expect(readFileSync(file, 'utf8')).toContain('# mine');
    writeFileSync(file, written);
    await expect(trust().undo({ signal })).resolves.toMatchObject([
      { outcome: 'changed' },
    ]);
    expect(existsSync(place)).toBe(false);
  });

  it('restarts containerd where it looks for registries nowhere, and takes that back as well', async () => {
    const usual = readFileSync(given.runtime, 'utf8');
    writeFileSync(given.runtime, usual.replace(/^.*config_path.*\n/m, ''));
    const before = snapshot(given.runtime);
    try {
      await restartRuntime();
      const { outcomes } = await applyTrust();
      expect(outcomes).toMatchObject([
        { outcome: 'changed', state: 'trusted', restarted: true },
      ]);
      expect(readFileSync(given.runtime, 'utf8')).toContain(
        '    config_path = "/etc/containerd/certs.d"\n',
      );
      await expect(trust().undo({ signal })).resolves.toMatchObject([
        { outcome: 'changed', restarted: true },
      ]);
      expect(snapshot(given.runtime)).toEqual(before);
      expect(existsSync(place)).toBe(false);
    } finally {
      cpSync(join(kept, 'runtime'), given.runtime, {
        preserveTimestamps: true,
      });
      await restartRuntime();
    }
  });

  it('puts a configuration back with which containerd no longer serves the kubelet', async () => {
    const before = snapshot(given.runtime);
    const [table] = /\[plugins\.\S+\.registry(?=\])/.exec(
      readFileSync(given.runtime, 'utf8'),
    )!;
    const contradiction = `\n${table}.mirrors."docker.io"]\n  endpoint = ["https://mirror.test"]\n`;
    const last = readFileSync(given.runtime, 'utf8').split('\n').length - 1;
    await expect(
      nodePods().within(given.node, signal, run =>
        run({
          task: 'write',
          edits: [
            {
              kind: 'splice',
              path: '/etc/containerd/config.toml',
              description: '',
              first: last,
              count: 0,
              content: contradiction,
            },
          ],
          restart: true,
        }),
      ),
    ).rejects.toThrow(
      'containerd did not come back; it runs again with what was there before',
    );
    expect(snapshot(given.runtime)).toEqual(before);
    await expect(trust().look({ signal })).resolves.toMatchObject([
      { state: 'untrusted' },
    ]);
  });

  it('uses the first of several folders, which some versions take for one', async () => {
    const usual = readFileSync(given.runtime, 'utf8');
    const list = 'config_path = "/etc/containerd/certs.d:/etc/docker/certs.d"';
    writeFileSync(given.runtime, usual.replace(/config_path.*/, list));
    const before = snapshot(given.runtime);
    try {
      await restartRuntime();
      await expect(trust().apply({ signal })).resolves.toMatchObject([
        {
          outcome: 'changed',
          state: 'trusted',
          restarted: usual.includes('version = 3'), // containerd 2
        },
      ]);
      await trust().undo({ signal });
      expect(snapshot(given.runtime)).toEqual(before);
      expect(existsSync(place)).toBe(false);
    } finally {
      cpSync(join(kept, 'runtime'), given.runtime, {
        preserveTimestamps: true,
      });
      await restartRuntime();
    }
  });

  it('leaves a configuration alone that containerd would not take', async () => {
    const usual = readFileSync(given.runtime, 'utf8');
    const [table] = /\[plugins\.\S+\.registry(?=\])/.exec(usual)!;
    const legacy = `\n    ${table}.mirrors."docker.io"]\n      endpoint = ["https://mirror.test"]\n`;
    writeFileSync(
      given.runtime,
      usual.replace(/^.*config_path.*\n/m, '') + legacy,
    );
    const before = snapshot(given.runtime);
    try {
      const [outcome] = await trust().apply({ signal });
      expect(outcome).toMatchObject({
        outcome: 'failed',
        restarted: false,
        why: expect.stringContaining('mirrors."docker.io"'),
        byHand: expect.stringContaining('config_path'),
      });
      expect(snapshot(given.runtime)).toEqual(before);
    } finally {
      cpSync(join(kept, 'runtime'), given.runtime, {
        preserveTimestamps: true,
      });
    }
  });

  it('is a check for each node, and a fix that an operator can have applied', async () => {
    const engine = trust();
    const id = `kubernetes-engine-node-trust-${given.node}`;
    const context = {
      workspace: { id: 'w', name: 'ws-w' },
      signal,
      logger,
    };
    const [check] = await nodeTrustChecks(engine, 'kubernetes', signal);
    expect(check).toMatchObject({
      id,
      state: 'failed',
      message: expect.stringMatching(UNTRUSTED),
      fix: expect.stringContaining('/hosts.toml'),
      fixedBy: 'operator',
    });
    // What was seen a moment ago is not looked at again.
    await expect(
      nodeTrustChecks(engine, 'kubernetes', signal),
    ).resolves.toMatchObject([{ id, at: check.at }]);

    const said: string[] = [];
    const fixes = nodeTrustFixes(engine);
    expect(fixes.offered).toEqual({
      'node-trust': {
        title: `Let the nodes of the cluster trust ${address}`,
        scope: 'engine',
        facts: { registry: address },
      },
      'node-trust-undo': {
        title: `Take back what lets the nodes of the cluster trust ${address}`,
        scope: 'engine',
      },
    });
    for await (const { message } of fixes.apply('node-trust', context)) {
      said.push(message);
    }
    expect(said).toContain(`${given.node}: trusted`);
    expect(said.at(-1)).toMatch(`${given.node}: changed: `);
    await expect(
      nodeTrustChecks(engine, 'kubernetes', signal),
    ).resolves.toMatchObject([
      {
        id,
        state: 'passed',
        fixes: [{ engine: 'kubernetes', id: 'node-trust-undo' }],
      },
    ]);
    for await (const { message } of fixes.apply('node-trust-undo', context)) {
      said.push(message);
    }
    expect(said.at(-1)).toMatch(`${given.node}: changed: Put back: `);
    await expect(
      nodeTrustChecks(engine, 'kubernetes', signal),
    ).resolves.toMatchObject([{ id, state: 'failed' }]);
  });

  it('fails as a fix with what was seen and what to do by hand, and changes nothing, where the authority is another one', async () => {
    const other = new OciRegistry({
      address,
      username: user,
      password,
      caFile: authority,
    });
    other.authority = async () =>
      readFileSync(join(dirname(authority), 'ca.crt'), 'utf8');
    const { apply } = nodeTrustFixes(
      trustWith({ mode: 'caBundle', registry: other }),
    );
    const fix = async () => {
      for await (const _ of apply('node-trust', {
        workspace: { id: 'w', name: 'ws-w' },
        signal,
        logger,
      }));
    };
    const error = await fix().catch(found => found);
    expect(error.message).toMatch(UNTRUSTED);
    expect(error.message).toContain(`By hand, as root on ${given.node}`);
    expect(error.evidence[0]).toMatchObject({
      kind: 'event',
      first: true,
      text: expect.stringMatching(/^Failed to pull image .*unknown authority/),
    });
    expect(existsSync(place)).toBe(false);
    await other.close();
  });

  it('is given to a node that has joined, once, and to none that is old', async () => {
    const old = trustWith({ mode: 'caBundle', newFor: 0 });
    await expect(old.heal({ signal })).resolves.toEqual([]);
    const healing = trust();
    await expect(healing.heal({ signal })).resolves.toMatchObject([
      { node: given.node, outcome: 'changed', state: 'trusted' },
    ]);
    await healing.undo({ signal });
    await expect(healing.heal({ signal })).resolves.toEqual([]);
  });

  it('is not given without the right to, and what to do by hand is said', async () => {
    await admin.delete(binding);
    try {
      await until(async () => !(await mayMakePods()));
      await expect(trust().look({ signal })).resolves.toMatchObject([
        { state: 'untrusted', why: expect.stringMatching(UNTRUSTED) },
      ]);
      const [denied] = await trust().apply({ signal });
      expect(denied).toMatchObject({
        outcome: 'failed',
        why: expect.stringContaining(
          'makes namespaces of the Pod Security levels restricted and baseline only',
        ),
        byHand: expect.stringContaining(
          `cat > '/etc/containerd/certs.d/${address}/hosts.toml'`,
        ),
      });
      expect(denied.failure!.evidence[0].text).toContain('is forbidden');
      expect(existsSync(place)).toBe(false);
    } finally {
      await allowNodeTrust();
    }
  });

  it('leaves no pod and no namespace', async () => {
    await until(async () => (await leftovers()).length === 0);
    expect(await leftovers()).toEqual([]);
  });
});
