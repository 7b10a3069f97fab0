import { text } from 'node:stream/consumers';
import {
  Answer,
  FakeApiServer,
  given,
  pod,
  refused,
  reset,
} from './__testUtils__/FakeApiServer';
import type { Cluster } from './Cluster';
import { followPodLog, readPodLog } from './PodLog';

const source = {
  namespace: 'ws-test',
  pod: 'a',
  uid: 'uid-a',
  container: 'app',
};

function state(name: 'waiting' | 'running' | 'terminated'): Answer {
  return given({
    ...pod('a', '1'),
    spec: { restartPolicy: 'Never' },
    status: {
      phase: name === 'terminated' ? 'Succeeded' : 'Running',
      containerStatuses: [{ name: 'app', state: { [name]: {} } }],
    },
  });
}

/** Says that the name still is that of the pod whose output has begun. */
const here = state('running');

function said(content: string, then: 'end' | 'break' = 'end'): Answer {
  return (request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(content);
    if (then === 'end') response.end();
    else setTimeout(() => reset(request), 50);
  };
}

const at = (second: number, fraction = '') =>
  `2026-01-01T00:00:${String(second).padStart(2, '0')}${fraction}Z`;

describe('PodLog', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
  });
  afterEach(() => cluster.close());

  async function follow(answers: Answer[]): Promise<string[]> {
    server.answerWith(...answers);
    const lines: string[] = [];
    const { signal } = new AbortController();
    for await (const line of followPodLog(cluster, source, { signal })) {
      lines.push(line.text);
    }
    return lines;
  }

  it('goes on after a broken connection, each line once and none lost', async () => {
    const first = `${at(1)} one\n${at(2, '.5')} two\n${at(
      2,
      '.5',
    )} two again\n`;
    const lines = await follow([
      state('running'),
      said(`${first}${at(3)} thr`, 'break'),
      here,
      state('running'), // it was asked whether to wait
      state('running'),
      said(`${at(2)} before\n${first}${at(3)} three\n`),
      here,
      state('terminated'),
      state('terminated'),
      said(`${at(3)} three\n${at(4)} four`),
      here,
    ]);
    expect(lines).toEqual(['one', 'two', 'two again', 'three', 'four']);
    const logs = server.requests.filter(({ url }) =>
      url.pathname.endsWith('/log'),
    );
    expect(logs.map(({ url }) => url.searchParams.get('sinceTime'))).toEqual([
      null,
      at(2, '.5'),
      at(3),
    ]);
    expect(logs.map(({ url }) => url.searchParams.get('follow'))).toEqual([
      'true',
      'true',
      null,
    ]);
  });

  it('goes on after an end while the container lives', async () => {
    const lines = await follow([
      state('running'),
      said(`${at(1)} one\n`),
      here,
      state('running'),
      state('terminated'),
      said(`${at(1)} one\n${at(2)} two\n`),
      here,
    ]);
    expect(lines).toEqual(['one', 'two']);
  });

  it('ends where the pod is gone, or another one of its name', async () => {
    expect(
      await follow([
        state('running'),
        said(`${at(1)} one\n`),
        here,
        refused(404, 'NotFound'),
        refused(404, 'NotFound'),
      ]),
    ).toEqual(['one']);
    const other = pod('a', '9');
    other.metadata.uid = 'uid-of-another';
    const answers = [given(other), refused(404, 'NotFound')];
    expect(await follow(answers)).toEqual([]);
  });

  it('says nothing of what another pod writes that has got the name', async () => {
    const other = pod('a', '9');
    other.metadata.uid = 'uid-of-another';
    const answers = [state('running'), said(`${at(1)} one\n`), given(other)];
    expect(await follow(answers)).toEqual([]);
  });

  it('waits for a node that has not heard of the pod yet', async () => {
    const lines = await follow([
      state('running'),
      refused(404, 'NotFound'),
      state('running'),
      state('terminated'),
      said(`${at(1)} one\n`),
      here,
    ]);
    expect(lines).toEqual(['one']);
  });

  it.each([
    ['waits', state('waiting')],
    [
      'is on no node yet',
      given({ ...pod('a', '1'), status: { phase: 'Pending' } }),
    ],
  ])(
    'does not ask for the output of a container that %s',
    async (_, before) => {
      const lines = await follow([
        before,
        state('terminated'),
        said(`${at(1)} one\n`),
        here,
      ]);
      expect(lines).toEqual(['one']);
      const asked = server.asked.filter(request => request.endsWith('/log'));
      expect(asked).toHaveLength(1);
    },
  );

  it('waits for a container of which the node does not know that it has started', async () => {
    const lines = await follow([
      state('running'),
      refused(400, 'BadRequest'),
      state('running'),
      state('terminated'),
      said(`${at(1)} one\n`),
      here,
    ]);
    expect(lines).toEqual(['one']);
  });

  it('cuts lines that are too long, and keeps what is no text', async () => {
    const long = 'x'.repeat(1024 * 1024);
    const lines = await follow([
      state('terminated'),
      said(`${at(1)} ${long}\n${at(2)} \u0000\ufffd\r\n${at(3)} \n`),
      here,
    ]);
    expect(lines.slice(0, -2).join('')).toBe(long);
    expect(lines.slice(-2)).toEqual(['\u0000\ufffd', '']);
  });

  it('ends its connection with the signal', async () => {
    let closed: Promise<unknown> | undefined;
    const open: Answer = (request, response) => {
      closed = new Promise(resolve => response.on('close', resolve));
      text(request).catch(() => {});
      response.writeHead(200).write(`${at(1)} one\n`);
    };
    server.answerWith(state('running'), open, here);
    const abort = new AbortController();
    const reading = async () => {
      const { signal } = abort;
      for await (const _ of followPodLog(cluster, source, { signal })) {
        abort.abort(new Error('seen enough'));
      }
    };
    await expect(reading()).rejects.toThrow('seen enough');
    await closed;
  });

  it('reads what there is, and nothing of what never started', async () => {
    server.answerWith(said(`${at(1)} one\n${at(2)} two`));
    const lines = await readPodLog(cluster, source, { tail: 50 });
    expect(lines.map(line => line.text)).toEqual(['one', 'two']);
    expect(lines[0].at).toEqual(new Date(at(1)));
    server.answerWith(refused(400, 'BadRequest'));
    expect(await readPodLog(cluster, source)).toEqual([]);
  });
});
