import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { PortalAccount } from './__testUtils__/PortalAccount';
import {
  openTestCluster,
  testCluster,
  testKubeconfig,
} from './__testUtils__/testCluster';
import { Cluster, kinds, labelSelector } from './client';
import { Names } from './engine/names';
import { Isolation, PolicyProbe } from './isolation';

jest.setTimeout(150_000);

type Policy = { policyTypes?: string[] };

describe('whether a cluster enforces network policies', () => {
  const { signal } = new AbortController();
  const logger = mockServices.logger.mock();
  const names = new Names(`isolation-${randomBytes(4).toString('hex')}`);
  const { busybox } = testCluster().images;
  let admin: Cluster;
  let portal: PortalAccount;

  beforeAll(async () => {
    admin = openTestCluster();
    portal = new PortalAccount(testKubeconfig());
    await portal.begin();
  });
  afterAll(async () => {
    await portal.end();
    await admin.close();
  });
  /** The namespaces of the probes that are not on their way out. */
  const left = async () => {
    const selector = { 'slipway.dev/instance': names.instance };
    const { items } = await admin.list(kinds.Namespace, {
      labelSelector: labelSelector(selector),
    });
    return items.filter(({ metadata }) => !metadata.deletionTimestamp);
  };

  const probe = (cluster = portal.cluster, image = busybox) =>
    new PolicyProbe({ cluster, names, image, logger });

  /** As a page does that is looked at until the answer is there. */
  const finallyOf = async (isolation: Isolation) => {
    for (;;) {
      const check = await isolation.check('kubernetes', signal);
      if (!/being tried/.test(check.message)) return check;
    }
  };

  it('is seen by a way that a policy closes and that is open without, and is remembered', async () => {
    const tried = probe();
    const probing = jest.spyOn(tried, 'probe');
    const isolation = new Isolation({ probe: tried, logger });
    const seen = await finallyOf(isolation);
    expect(seen).toMatchObject({
      id: 'kubernetes-engine-isolation',
      state: 'passed',
      message: expect.stringContaining('in either direction'),
    });
    expect(await isolation.check('kubernetes', signal)).toEqual(seen);
    expect(probing).toHaveBeenCalledTimes(1);
    expect(await left()).toEqual([]);
  });

  /**
   * The API server keeps policies and nothing carries them out, as with the network plugin flannel; here those of the
   * direction do not even arrive.
   */
  it.each(['Ingress', 'Egress'])(
    'is a warning with a fix where %s policies have no effect',
    async direction => {
      const { cluster } = portal;
      const apply = cluster.apply.bind(cluster);
      const applying = jest
        .spyOn(cluster, 'apply')
        .mockImplementation(async (object, options) => {
          const { policyTypes } = (object.spec ?? {}) as Policy;
          return policyTypes?.includes(direction)
            ? object
            : apply(object, options);
        });
      const isolation = new Isolation({ probe: probe(cluster), logger });
      expect(await finallyOf(isolation)).toMatchObject({
        state: 'warning',
        message: expect.stringMatching(
          new RegExp(`^${direction} policies have no effect.*reach each other`),
        ),
        fix: expect.stringContaining('Calico'),
        fixedBy: 'operator',
      });
      applying.mockRestore();
    },
  );

  it('is unknown, with the reason, where its pods do not come up', async () => {
    const missing = `${testCluster().registry.address}/slipway/nowhere:1`;
    const isolation = new Isolation({
      probe: probe(portal.cluster, missing),
      logger,
    });
    const check = await finallyOf(isolation);
    expect(check).toMatchObject({
      state: 'unknown',
      message: expect.stringMatching(/^It could not be found out: listen-/),
    });
    expect(check.evidence).not.toHaveLength(0);
    expect(await left()).toEqual([]);
  });
});
