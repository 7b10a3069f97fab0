import { once } from 'node:events';
import { connect } from 'node:net';
import { kinds, Pod } from '../client';
import { contextOf, outcomeOf } from './__testUtils__/builds';
import { ClusterBuilds, describeBuilders } from './__testUtils__/ClusterBuilds';
import { strategies } from './strategies';

jest.setTimeout(90_000);

/** Where a step would look for what is mounted for the builder, in its own place and in that of other processes. */
const secrets = [
  '/slipway/login',
  '/var/run/secrets',
  '/proc/[0-9]*/root/slipway/login/config.json',
  '/proc/[0-9]*/root/var/run/secrets/kubernetes.io',
];

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  socket.destroy();
  return true;
}

describeBuilders(kind => {
  const builds = new ClusterBuilds(kind);
  const readsLogin = strategies[kind].warning !== undefined;

  beforeAll(() => builds.begin());
  afterAll(() => builds.end());

  it(`lets a step reach registries, no pods of others, no token, and ${
    readsLogin ? 'the login' : 'no login'
  }`, async () => {
    const { items } = await builds.cluster.list<Pod>(kinds.Pod, {
      namespace: 'kube-system',
      labelSelector: 'k8s-app=kube-dns',
    });
    const stranger = items[0].status!.podIP!;
    await expect(answers(stranger, 9153)).resolves.toBe(true);
    const [host, port] = builds.address.split(':');
    const request = await builds.request({
      Dockerfile: [
        'FROM busybox',
        `RUN busybox nc -w 3 ${host} ${port} </dev/null && echo registry answers`,
        `RUN busybox nc -w 3 ${stranger} 9153 </dev/null || echo no stranger answers`,
        `RUN for path in ${secrets.join(
          ' ',
        )}; do busybox ls -l "$path" && echo "found $path"; done; echo looked`,
        '',
      ].join('\n'),
    });
    const { failure, lines } = await outcomeOf(
      builds.builder().build(request, contextOf(builds.workspace)),
    );
    expect(failure).toBeUndefined();
    expect(lines).toEqual(
      expect.arrayContaining([
        'registry answers',
        'no stranger answers',
        'looked',
      ]),
    );
    const found = lines.filter(line => line.startsWith('found '));
    const login = expect.arrayContaining([`found ${secrets[0]}`]);
    expect(found).toEqual(readsLogin ? login : []);
    expect(found.join()).not.toContain('/var/run/secrets');
  });
});
