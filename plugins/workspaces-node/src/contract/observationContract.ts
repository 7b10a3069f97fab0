import type { Observation, WorkspaceObservation } from '../engine';
import type { ContractSuite } from './suite';

/** Longer than any engine needs to notice without an event. */
const NOTICED_WITHIN = 30_000;

/** Reads an engine's stream of observations. */
class Watch {
  readonly #abort = new AbortController();
  readonly #observations: AsyncIterator<Observation>;

  constructor(suite: ContractSuite) {
    const { signal } = this.#abort;
    this.#observations = suite.engine
      .observe(suite.context({ signal }))
      [Symbol.asyncIterator]();
  }

  /** The next workspace for which it holds. */
  async until(
    holds: (workspace: WorkspaceObservation) => boolean,
  ): Promise<WorkspaceObservation> {
    for (;;) {
      const observation = await this.#next();
      if (observation.type === 'workspace' && holds(observation.workspace)) {
        return observation.workspace;
      }
    }
  }

  /** The names of those that are there. */
  async untilComplete(): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const observation = await this.#next();
      if (observation.type === 'complete') return names;
      if (observation.type === 'workspace') {
        names.push(observation.workspace.workspace);
      }
    }
  }

  /** Aborts it. Gives whether it ended with that, and without an error. */
  async end(): Promise<boolean> {
    const last = this.#observations.next();
    this.#abort.abort(new Error('seen enough'));
    return (await last).done === true;
  }

  async #next(): Promise<Observation> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('The engine did not notice')),
        NOTICED_WITHIN,
      );
    });
    try {
      const { done, value } = await Promise.race([
        this.#observations.next(),
        late,
      ]);
      if (done) throw new Error('The stream of observations has ended');
      return value;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What the stream says of workspaces, and the output of apps. */
export function observationContract(suite: ContractSuite): void {
  describe('observation', () => {
    const name = 'ws-seen';
    const watched = async (release = 1) =>
      suite.workspace(name, {
        apps: [await suite.app(name, { release })],
      });
    const target = (release: number) => ({
      workspace: name,
      app: 'sample',
      release,
    });

    beforeAll(async () => {
      await suite.apply(await watched(), { kind: 'all' });
    });
    afterAll(() => suite.destroy(name));

    it('says what there is, then that this was all, then what changes; and ends when aborted', async () => {
      const watch = new Watch(suite);
      const first = await watch.until(
        workspace => workspace.workspace === name,
      );
      expect(first).toMatchObject({
        present: true,
        apps: [
          {
            name: 'sample',
            replicas: [{ release: 1, state: 'running', restarts: 0 }],
          },
        ],
      });
      await watch.untilComplete();

      const [{ replica }] = await suite.engine.addresses(target(1));
      await suite.harness.kill(replica);
      const ended = await watch.until(
        ({ workspace, apps }) =>
          workspace === name && apps[0].replicas[0].state !== 'running',
      );
      expect(ended.apps[0].replicas[0]).toMatchObject({
        id: replica,
        state: expect.stringMatching(/^(failed|stopped)$/),
        lastExit: { reason: 'killed' },
      });

      await suite.destroy(name);
      await watch.until(
        ({ workspace, present }) => workspace === name && !present,
      );
      expect(await watch.end()).toBe(true);

      const later = new Watch(suite);
      const said = await later.untilComplete();
      expect(said).not.toContain(name);
      expect(await later.end()).toBe(true);
    });

    it('D25: gives the output of an app, by release and moment, and follows what starts later', async () => {
      await suite.apply(await watched(1), { kind: 'all' });
      const said = (text: string, release: number) =>
        suite.ask(target(release), '/say', { text });
      await said('early', 1);
      const read = async (selection: { release?: number; since?: Date }) => {
        const texts: string[] = [];
        for await (const line of suite.engine.logs(
          { workspace: name, app: 'sample', follow: false, ...selection },
          suite.context(),
        )) {
          texts.push(line.text);
        }
        return texts;
      };
      expect(await read({})).toEqual(['sample 1 starts', 'early']);

      const abort = new AbortController();
      const following = (async () => {
        const texts: string[] = [];
        for await (const line of suite.engine.logs(
          { workspace: name, app: 'sample', follow: true },
          suite.context({ signal: abort.signal }),
        )) {
          texts.push(`${line.release}: ${line.text}`);
          if (line.text === 'late') abort.abort(new Error('seen enough'));
        }
        return texts;
      })();
      await suite.apply(await watched(2), { kind: 'app', app: 'sample' });
      const between = new Date();
      await said('late', 2);
      expect(await following).toEqual([
        '1: sample 1 starts',
        '1: early',
        '2: sample 2 starts',
        '2: late',
      ]);
      expect(await read({ since: between })).toEqual(['late']);
      expect(await read({ release: 1 })).toEqual(['sample 1 starts', 'early']);
    });
  });
}
