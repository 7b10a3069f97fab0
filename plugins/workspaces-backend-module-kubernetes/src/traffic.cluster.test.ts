import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';

jest.setTimeout(120_000);

const AT_A_TIME = 6;

describe('the name of an app, while its release changes', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-traffic';
  const pair = async (release: number, variables = {}) =>
    suite.workspace(name, {
      apps: [
        await suite.app(name, { name: 'front' }),
        await suite.app(name, { name: 'back', release }, variables),
      ],
    });

  beforeAll(async () => {
    await suite.start();
    await suite.apply(await pair(1), { kind: 'all' });
  });
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  /** Several ask the app by its name all the time; gives what it answered or why it did not, in order. */
  async function askDuring(work: Promise<unknown>): Promise<string[]> {
    let working = true;
    const done = work.finally(() => {
      working = false;
    });
    const answers: string[] = [];
    const ask = async () => {
      while (working) {
        const said = await suite.ask(
          { workspace: name, app: 'front' },
          '/fetch',
          { url: 'http://back:8080/' },
        );
        answers.push(String(said.body ?? said.reason));
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, ask));
    await done;
    return answers;
  }

  const failures = (answers: string[]) =>
    answers.filter(answer => !/^\{"release":"\d"\}$/.test(answer));

  it('always has an answer, first of the old one, then of the new one', async () => {
    const next = await pair(2);
    const answers = await askDuring(
      suite
        .apply(next, { kind: 'app', app: 'back' })
        .then(() => suite.apply(next, { kind: 'all' })),
    );
    expect(failures(answers)).toEqual([]);
    expect(new Set(answers)).toEqual(
      new Set(['{"release":"1"}', '{"release":"2"}']),
    );
    expect(answers.at(-1)).toBe('{"release":"2"}');
  });

  it('always has an answer while the configuration of a release changes', async () => {
    const changed = await pair(2, { COLOUR: 'red' });
    const answers = await askDuring(suite.apply(changed, { kind: 'all' }));
    expect(answers.length).toBeGreaterThan(5);
    expect(failures(answers)).toEqual([]);
  });
});
