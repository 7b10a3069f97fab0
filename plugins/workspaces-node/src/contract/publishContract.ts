import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import type { WorkspacePart } from '../desired';
import type { ContractSuite } from './suite';

/** So many ask at the same time. */
const ASKERS = 4;
const ANSWERS_WITHIN = 10_000;

/** By a connection of its own, as one that is kept open stays with the release that it was opened to. */
async function ask(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN);
    get(url, { agent: false, signal }, answer =>
      json(answer).then(resolve, reject),
    ).on('error', reject);
  });
}

/** Several who ask an address all the time, and note what came of it in order. */
class Asking {
  readonly #answers: string[] = [];
  readonly #askers: Promise<void>[];
  #ended = false;

  constructor(url: string) {
    this.#askers = Array.from({ length: ASKERS }, async () => {
      while (!this.#ended) {
        await ask(url).then(
          answer => this.#answers.push(JSON.stringify(answer)),
          error => this.#answers.push(String(error)),
        );
      }
    });
  }

  async end(): Promise<string[]> {
    this.#ended = true;
    await Promise.all(this.#askers);
    return this.#answers;
  }
}

/** The address that an engine gives an app where the portal's Gateway does not. */
export function publishContract(suite: ContractSuite): void {
  describe('publish', () => {
    const name = 'ws-public';
    const all: WorkspacePart = { kind: 'all' };
    const sample: WorkspacePart = { kind: 'app', app: 'sample' };
    const desired = async (release: number, replicas = 1) =>
      suite.workspace(name, {
        apps: [await suite.app(name, { release, replicas })],
      });
    /** `undefined` where the engine leaves it to the Gateway. */
    const publish = async (
      target: { release: number; replicas: number } | null,
    ) => {
      const { engine } = suite;
      expect(engine.publish !== undefined).toBe(!engine.abilities.gateway);
      const endpoint = { workspace: name, app: 'sample', port: 8080, target };
      return engine.publish && { answer: await engine.publish(endpoint) };
    };
    const first = { release: 1, replicas: 1 };
    const second = { release: 2, replicas: 1 };

    beforeAll(async () => {
      await suite.apply(await desired(1), all);
    });
    afterAll(() => suite.destroy(name));

    it('gives an address at which the release answers, the same one when asked again', async () => {
      const given = await publish(first);
      if (!given) return;
      expect(await ask(given.answer!.url)).toEqual({ release: '1' });
      expect(await publish(first)).toEqual(given);
    });

    it('leads the address to the next release without losing a request, and those under way are answered by the one before', async () => {
      const given = await publish(first);
      if (!given) return;
      const { url } = given.answer!;
      const asking = new Asking(url);
      await suite.apply(await desired(2), sample);
      const slow = ask(`${url}/wait?milliseconds=3000`);
      expect(await publish(second)).toEqual(given);
      expect(await ask(url)).toEqual({ release: '2' });
      await suite.apply(await desired(2), all);
      expect(await slow).toEqual({ release: '1' });
      const answers = await asking.end();
      expect(new Set(answers)).toEqual(
        new Set(['{"release":"1"}', '{"release":"2"}']),
      );
      expect(answers.at(-1)).toBe('{"release":"2"}');
    });

    it('keeps the address of an app that is stopped, where nothing answers meanwhile', async () => {
      const given = await publish(second);
      if (!given) return;
      const { url } = given.answer!;
      expect(await publish({ ...second, replicas: 0 })).toEqual(given);
      await expect(ask(url)).rejects.toThrow();
      await suite.apply(await desired(2, 0), all);
      await suite.apply(await desired(2), all);
      expect(await publish(second)).toEqual(given);
      expect(await ask(url)).toEqual({ release: '2' });
    });

    it('takes the address away, which done twice is no error', async () => {
      const given = await publish(second);
      if (!given) return;
      expect(await publish(null)).toEqual({ answer: undefined });
      expect(await publish(null)).toEqual({ answer: undefined });
      await expect(ask(given.answer!.url)).rejects.toThrow();
    });
  });
}
