import { runJob } from './jobContract';
import type { ContractSuite } from './suite';

/** What apps of one workspace see of each other, and what others do not. */
export function isolationContract(suite: ContractSuite): void {
  describe('networks', () => {
    const [short, long] = ['ws-de', 'ws-demo'];
    const fetchFrom = async (
      target: { workspace: string; app: string; release?: number },
      url: string,
    ) => suite.ask(target, '/fetch', { url });

    const pair = async (
      release: number,
      variables: Record<string, string> = {},
    ) =>
      suite.workspace(long, {
        apps: [
          await suite.app(long, { name: 'front' }),
          await suite.app(long, { name: 'back', release }, variables),
        ],
      });
    const back = { kind: 'app', app: 'back' } as const;
    const front = { workspace: long, app: 'front' };
    const answering = async () =>
      JSON.parse(String((await fetchFrom(front, 'http://back:8080/')).body));

    beforeAll(async () => {
      const alone = suite.workspace(short, { apps: [await suite.app(short)] });
      await Promise.all([
        suite.apply(alone, { kind: 'all' }),
        suite.apply(await pair(1), { kind: 'all' }),
      ]);
    });
    afterAll(async () => {
      await suite.destroy(short);
      await suite.destroy(long);
    });

    it('lets apps of a workspace reach each other by name', async () => {
      expect(await answering()).toEqual({ release: '1' });
      const returned = await fetchFrom(
        { workspace: long, app: 'back' },
        'http://front:8080/',
      );
      expect(returned.reached).toBe(true);
    });

    it('lets a job reach the apps by their names', async () => {
      const question = `fetch('http://back:8080/').then(answer => answer.text()).then(console.log)`;
      const { exitCode, output } = await runJob(suite, {
        workspace: long,
        image: await suite.image(long),
        command: ['node', '--eval', question],
      });
      expect({ exitCode, output }).toEqual({
        exitCode: 0,
        output: '{"release":"1"}',
      });
    });

    it('leads a name only to a release that is decided upon', async () => {
      const unready = await pair(2, { HEALTH_STATUS: '503' });
      const abort = new AbortController();
      const applying = suite
        .apply(unready, back, suite.context({ signal: abort.signal }))
        .catch(error => error.message);
      for (let asked = 0; asked < 5; asked++) {
        expect(await answering()).toEqual({ release: '1' });
      }
      abort.abort(new Error('seen enough'));
      expect(await applying).toBe('seen enough');

      const third = await pair(3);
      await suite.apply(third, back);
      expect(await answering()).toEqual({ release: '1' });
      await suite.apply(third, { kind: 'all' });
      expect(await answering()).toEqual({ release: '3' });
    });

    it('gives an app a name when another one joins it', async () => {
      const apps = [
        await suite.app(short),
        await suite.app(short, { name: 'newcomer' }),
      ];
      await suite.apply(suite.workspace(short, { apps }), {
        kind: 'app',
        app: 'newcomer',
      });
      const newcomer = { workspace: short, app: 'newcomer' };
      const there = await fetchFrom(newcomer, 'http://sample:8080/');
      expect(there.reached).toBe(true);
      const sample = { workspace: short, app: 'sample' };
      const returned = await fetchFrom(sample, 'http://newcomer:8080/');
      expect(returned.reached).toBe(true);
    });

    it('keeps workspaces apart', async () => {
      const sample = { workspace: short, app: 'sample' };
      const byName = await fetchFrom(sample, 'http://back:8080/');
      if (!suite.engine.abilities.isolation) return;
      expect(byName.reached).toBe(false);
      const { addresses } = await suite.ask(
        { ...front, app: 'front' },
        '/addresses',
      );
      expect(addresses).not.toEqual([]);
      for (const address of addresses as string[]) {
        const byAddress = await fetchFrom(sample, `http://${address}:8080/`);
        expect({ address, ...byAddress }).toMatchObject({ reached: false });
      }
    });

    it('D10: removes ws-de without touching ws-demo', async () => {
      const before = await suite.harness.inventory(long);
      await suite.destroy(short);
      expect(await suite.harness.inventory(short)).toEqual([]);
      expect(await suite.harness.inventory(long)).toEqual(before);
      expect((await suite.ask(front, '/')).release).toBe('1');
    });
  });
}
