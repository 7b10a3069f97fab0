import { setTimeout as timer } from 'node:timers/promises';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { ClusterObject, kinds, labelSelector } from './client';
import { publicName } from './engine/names';
import type { EndpointSettings } from './endpoints/settings';

jest.setTimeout(120_000);

const name = 'ws-endpoints';
const app = 'sample';
const host = '{app}.{workspace}.apps.test';
const first = { release: 1, replicas: 1 };
const CLASS = 'slipway-test';
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
};

describe('the addresses of apps in a cluster', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const desired = async (
    parts: { release?: number; replicas?: number; port?: number } = {},
  ) => suite.workspace(name, { apps: [await suite.app(name, parts)] });
  const publish = (
    target: { release: number; replicas: number } | null,
    endpoints?: EndpointSettings,
  ) =>
    harness
      .createEngine({ endpoints })
      .publish({ workspace: name, app, target });
  const doors = async () => {
    const found: string[] = [];
    for (const kind of [kinds.Service, kinds.NetworkPolicy, kinds.Ingress]) {
      const { items } = await harness.cluster.list(kind, {
        namespace: name,
        labelSelector: labelSelector({ [labels.app]: app }),
      });
      found.push(
        ...items.map(({ metadata }) => `${kind.kind} ${metadata.name}`),
      );
    }
    return found;
  };

  beforeAll(async () => {
    await suite.start();
    await suite.apply(await desired(), { kind: 'all' });
  });
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  describe('by a port of the nodes', () => {
    it('stays when the app listens on another port', async () => {
      const before = await publish(first);
      const next = await desired({ release: 2, port: 9090 });
      await suite.apply(next, { kind: 'app', app });
      expect(await publish({ release: 2, replicas: 1 })).toEqual(before);
      expect(await (await fetch(before!.url)).json()).toEqual({ release: '2' });
      expect(await publish(first)).toEqual(before);
      await suite.apply(await desired(), { kind: 'all' });
    });

    it('leads to the first replicas only, those that are to go get nothing more', async () => {
      await suite.apply(await desired({ replicas: 2 }), { kind: 'all' });
      const { url } = (await publish({ release: 1, replicas: 2 }))!;
      expect(await answering(url)).toHaveLength(2);
      await publish(first);
      const [kept] = await suite.engine.addresses({
        workspace: name,
        app,
        release: 1,
      });
      let seen = await answering(url);
      // A node that is busy may do as before for a moment.
      while (seen.length > 1) seen = await answering(url);
      expect(seen).toEqual([kept.host]);
      await publish({ release: 1, replicas: 2 });
      expect(await answering(url)).toHaveLength(2);
      await suite.apply(await desired(), { kind: 'all' });
    });

    it('has the host that is configured', async () => {
      const { url } = (await publish(first, {
        type: 'nodePort',
        nodeAddress: 'fd00::1',
      }))!;
      expect(url).toMatch(/^http:\/\/\[fd00::1\]:\d+$/);
    });

    it('closes the pods to the outside when it is taken away, and not before', async () => {
      await publish(first);
      const [pod] = await suite.engine.addresses({
        workspace: name,
        app,
        release: 1,
      });
      const direct = `http://${pod.host}:${pod.port}/`;
      expect((await fetch(direct)).status).toBe(200);
      await publish(null);
      await untilSilent(direct);
      expect(await doors()).toEqual([`Service ${app}`]);
    });

    it('goes with an app that is taken out, which the plan says', async () => {
      await publish(first);
      const without = suite.workspace(name);
      const plan = await suite.engine.plan(without, suite.context());
      expect(plan).toContainEqual({
        action: 'remove',
        kind: 'NetworkPolicy',
        name: publicName(app),
      });
      await suite.apply(without, { kind: 'all' });
      expect(await doors()).toEqual([]);
      await suite.apply(await desired(), { kind: 'all' });
    });

    /** Addresses of the replicas that answer: each request goes to any of them. */
    async function answering(url: string): Promise<string[]> {
      const seen = new Set<string>();
      for (let asked = 0; asked < 40; asked += 1) {
        const answer = await fetch(`${url}/addresses`, {
          headers: { connection: 'close' },
        });
        const { addresses } = (await answer.json()) as { addresses: string[] };
        seen.add(addresses[0]);
      }
      return [...seen];
    }

    /** A policy takes a moment to be heard of. */
    async function untilSilent(url: string): Promise<void> {
      for (;;) {
        const answered = await fetch(url, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(1_000),
        }).then(
          () => true,
          () => false,
        );
        if (!answered) return;
        await timer(100);
      }
    }
  });

  describe('by an Ingress', () => {
    const settings: EndpointSettings = {
      type: 'ingress',
      host,
      tls: true,
      ingressClassName: CLASS,
    };
    afterAll(async () => {
      await harness.cluster.delete({ ...kinds.IngressClass, name: CLASS });
    });

    it('says that the class is not there, and makes nothing', async () => {
      await publish(null);
      await expect(publish(first, settings)).rejects.toMatchObject({
        message: expect.stringContaining(`There is no IngressClass ${CLASS}`),
      });
      expect(await doors()).toEqual([`Service ${app}`]);
    });

    it('says that no controller has taken it up', async () => {
      await harness.cluster.apply({
        ...kinds.IngressClass,
        metadata: { name: CLASS },
        spec: { controller: 'slipway.test/nobody' },
      });
      await expect(publish(first, settings)).rejects.toMatchObject({
        message: expect.stringContaining(
          `no controller of the class ${CLASS} has given it an address`,
        ),
      });
    });

    it('is there as soon as its controller says where, and goes when apps get ports again', async () => {
      const route = {
        ...kinds.Ingress,
        namespace: name,
        name: publicName(app),
      };
      const publishing = publish(first, settings);
      // What a controller does once it serves an Ingress, of which the test cluster has none.
      await writeStatus(route, {
        loadBalancer: { ingress: [{ ip: '203.0.113.7' }] },
      });
      expect(await publishing).toEqual({
        url: `https://${app}.${name}.apps.test`,
      });
      const { url } = (await publish(first))!;
      expect(await (await fetch(url)).json()).toEqual({ release: '1' });
      expect(await harness.cluster.get(route)).toBeUndefined();
    });
  });

  describe('by a route of a Gateway', () => {
    const gateway = { namespace: 'default', name: 'slipway-test' };
    const settings: EndpointSettings = {
      type: 'httpRoute',
      host,
      tls: false,
      gateway,
    };
    const reference = { ...kinds.Gateway, ...gateway };
    afterAll(async () => {
      for (const kind of ['gateways', 'httproutes']) {
        const crd = `${kind}.gateway.networking.k8s.io`;
        await harness.cluster.delete({ ...definition, name: crd });
      }
    });
    const routeOf = () => ({
      ...kinds.HTTPRoute,
      namespace: name,
      name: publicName(app),
    });
    /** As the Gateway API has its controllers write them. */
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason: type,
      message: '',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });

    const refusal = () =>
      publish(first, settings).then(
        () => 'It was published',
        error => String(error.message),
      );

    it('says that the Gateway API is not installed', async () => {
      expect(await refusal()).toContain('the Gateway API is not installed');
    });

    it('says that there is no such Gateway, or that nobody has taken it up', async () => {
      await installKind('Gateway', 'gateways');
      await installKind('HTTPRoute', 'httproutes');
      expect(await refusal()).toContain(
        'There is no Gateway slipway-test in default',
      );
      await harness.cluster.apply({
        ...kinds.Gateway,
        metadata: gateway,
        spec: {},
      });
      expect(await refusal()).toContain('is not Programmed');
    });

    it('says why it was not accepted', async () => {
      await writeStatus(reference, { conditions: [condition('Programmed')] });
      const refused = refusal();
      await writeStatus(routeOf(), {
        parents: [
          {
            conditions: [
              {
                ...condition('Accepted'),
                status: 'False',
                reason: 'NotAllowedByListeners',
                message: 'no',
              },
            ],
          },
        ],
      });
      expect(await refused).toContain(
        'Accepted is False: NotAllowedByListeners: no',
      );
    });

    it('is there as soon as it is accepted, and goes with the address', async () => {
      const publishing = publish(first, settings);
      await writeStatus(routeOf(), {
        parents: [
          { conditions: [condition('Accepted'), condition('ResolvedRefs')] },
        ],
      });
      expect(await publishing).toEqual({
        url: `http://${app}.${name}.apps.test`,
      });
      await publish(null);
      expect(await harness.cluster.get(routeOf())).toBeUndefined();
      expect(await doors()).toEqual([`Service ${app}`]);
    });

    /** The kind without its schema: what it is to hold is checked by nobody here. */
    async function installKind(kind: string, plural: string) {
      const crd = `${plural}.gateway.networking.k8s.io`;
      await harness.cluster.apply({
        ...definition,
        metadata: {
          name: crd,
          annotations: {
            'api-approved.kubernetes.io': 'unapproved, for tests',
          },
        },
        spec: {
          group: 'gateway.networking.k8s.io',
          scope: 'Namespaced',
          names: { kind, plural, singular: kind.toLowerCase() },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              subresources: { status: {} },
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  'x-kubernetes-preserve-unknown-fields': true,
                },
              },
            },
          ],
        },
      });
      for (;;) {
        const found = await harness.cluster.get<
          ClusterObject & {
            status?: { conditions?: { type: string; status: string }[] };
          }
        >({ ...definition, name: crd });
        const conditions = found?.status?.conditions ?? [];
        if (
          conditions.some(
            one => one.type === 'Established' && one.status === 'True',
          )
        )
          return;
        await timer(100);
      }
    }
  });

  /** Waits until the object is there. */
  async function writeStatus(
    reference: {
      apiVersion: string;
      kind: string;
      namespace: string;
      name: string;
    },
    status: object,
  ): Promise<void> {
    while (!(await harness.cluster.get(reference))) await timer(100);
    const { apiVersion, kind, namespace, name: object } = reference;
    const plural = kind === 'Ingress' ? 'ingresses' : `${kind.toLowerCase()}s`;
    await harness.cluster.call({
      method: 'PATCH',
      path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${object}/status`,
      body: { status },
      contentType: 'application/merge-patch+json',
    });
  }
});
