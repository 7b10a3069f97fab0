import type { ContractSuite } from './suite';

/** Whatever was interrupted is taken up where it stands. */
export function repetitionContract(suite: ContractSuite): void {
  describe('repetition', () => {
    const name = 'ws-again';
    const desired = async (release = 1) =>
      suite.workspace(name, {
        dependencies: [suite.redis()],
        apps: [await suite.app(name, { release })],
      });
    /** Objects without what changes when they are made anew. */
    const shape = async () => {
      const inventory = await suite.harness.inventory(name);
      return inventory.length;
    };

    beforeAll(async () => {
      suite.secrets.set('redis-password', 'secret');
      await suite.image(name);
    });
    afterAll(() => suite.destroy(name));

    it('ends as an undisturbed one does, wherever it was left before', async () => {
      await suite.apply(await desired(), { kind: 'all' });
      const undisturbed = await shape();
      const steps = (await suite.apply(await desired(2), { kind: 'all' }))
        .length;
      expect(steps).toBeGreaterThan(1);
      for (let left = 1; left <= steps; left++) {
        const next = await desired(2 + left);
        const abort = new AbortController();
        const context = suite.context({ signal: abort.signal });
        let seen = 0;
        const interrupted = (async () => {
          for await (const _ of suite.engine.apply(
            next,
            { kind: 'all' },
            context,
          )) {
            seen += 1;
            if (seen === left) abort.abort(new Error('the process died'));
          }
        })();
        await expect(interrupted).rejects.toThrow('the process died');

        const another = suite.harness.createEngine();
        await suite.apply(next, { kind: 'all' }, suite.context(), another);
        expect(await shape()).toBe(undisturbed);
        expect(
          await suite.ask({ workspace: name, release: 2 + left }, '/'),
        ).toEqual({ release: String(2 + left) });
      }
    });

    it('leaves what it began when watching is aborted, and takes it up', async () => {
      const next = await desired(100);
      const abort = new AbortController();
      const context = suite.context({ signal: abort.signal });
      const interrupted = (async () => {
        for await (const { message } of suite.engine.apply(
          next,
          { kind: 'app', app: 'sample' },
          context,
        )) {
          if (message.includes('started')) abort.abort(new Error('shutdown'));
        }
      })();
      await expect(interrupted).rejects.toThrow('shutdown');
      const left = await suite.harness.inventory(name);
      await suite.apply(next, { kind: 'app', app: 'sample' });
      expect(await suite.harness.inventory(name)).toEqual(left);
    });

    it('throws the reason of a signal that is aborted already, and touches nothing', async () => {
      const before = await suite.harness.inventory(name);
      const signal = AbortSignal.abort(new Error('too late'));
      await expect(
        suite.apply(
          await desired(200),
          { kind: 'all' },
          suite.context({ signal }),
        ),
      ).rejects.toThrow('too late');
      expect(await suite.harness.inventory(name)).toEqual(before);
    });

    it('brings back what was ended behind its back', async () => {
      const now = await desired(100);
      await suite.apply(now, { kind: 'all' });
      const target = { workspace: name, app: 'sample', release: 100 };
      const [{ replica }] = await suite.engine.addresses(target);
      await suite.harness.kill(replica);
      expect(await suite.engine.addresses(target)).toEqual([]);
      await suite.apply(now, { kind: 'all' });
      expect(await suite.ask(target, '/')).toEqual({ release: '100' });
    });
  });
}
