import { Names } from './names';
import { DEFAULT_SIZES, renderPlace } from './place';
import { Behind, blockingPolicy, waitedFor } from './blocked';

type Policies = Parameters<typeof blockingPolicy>[0];

const desired = {
  id: '1',
  name: 'ws-shop',
  owner: 'user:default/ann',
  size: 'small' as const,
  apps: [],
  dependencies: [],
};
const policiesOf = (reachable: string[]) =>
  renderPlace(desired, {
    names: new Names('test'),
    sizes: DEFAULT_SIZES,
    reachable,
  }).filter(({ kind }) => kind === 'NetworkPolicy') as Policies;

const app = {
  namespace: 'ws-shop',
  labels: { 'slipway.dev/app': 'web', 'slipway.dev/release': '1' },
};

function blocked(
  host: string,
  port: number,
  { reachable = [] as string[], behind = [] as Behind[], pod = app } = {},
) {
  return blockingPolicy(policiesOf(reachable), pod, { host, port }, behind);
}

describe('an address that was waited for in vain', () => {
  it.each([
    ['Error: connect ETIMEDOUT 10.20.0.5:5432', '10.20.0.5', 5432],
    ['dial tcp 10.20.0.5:443: i/o timeout', '10.20.0.5', 443],
    [
      'connection to server at "10.20.0.5", port 5432 failed: Connection timed out',
      '10.20.0.5',
      5432,
    ],
  ])('is read of: %s', (line, host, port) => {
    expect(waitedFor(`begin\n${line}\nend`)).toEqual([{ host, port }]);
  });

  it('is none where it was refused or is a name', () => {
    expect(waitedFor('connect ECONNREFUSED 10.20.0.5:5432')).toEqual([]);
    expect(waitedFor('timeout of db:5432')).toEqual([]);
  });
});

describe('the policies of a workspace', () => {
  it('keep an app from private addresses, but for those that are configured', () => {
    expect(blocked('10.20.0.5', 5432)).toBe('slipway-outside');
    expect(
      blocked('10.20.0.5', 5432, { reachable: ['10.20.0.0/16'] }),
    ).toBeUndefined();
    expect(blocked('203.0.113.7', 443)).toBeUndefined();
  });

  it('let it reach its neighbours and the name service, and no other workspace', () => {
    const neighbour = { namespace: 'ws-shop', pod: {}, space: {} };
    const other = { namespace: 'ws-other', pod: {}, space: {} };
    const names = {
      namespace: 'kube-system',
      pod: { 'k8s-app': 'kube-dns' },
      space: { 'kubernetes.io/metadata.name': 'kube-system' },
    };
    const reach = (behind: Behind, port: number) =>
      blocked('10.244.0.9', port, { behind: [behind] });
    expect(reach(neighbour, 6379)).toBeUndefined();
    expect(reach(names, 53)).toBeUndefined();
    expect(reach(names, 443)).toBe('slipway-outside');
    expect(reach(other, 6379)).toBe('slipway-outside');
  });

  it('keep a dependency from everything outside', () => {
    const pod = { namespace: 'ws-shop', labels: {} };
    expect(blocked('203.0.113.7', 443, { pod } as object)).toBe('slipway');
  });

  it('say nothing of a pod that none of them is about', () => {
    expect(
      blockingPolicy([], app, { host: '10.20.0.5', port: 1 }, []),
    ).toBeUndefined();
  });
});
