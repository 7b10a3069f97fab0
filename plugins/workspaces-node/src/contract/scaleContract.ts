import type { WorkspacePart } from '../desired';
import type { ContractSuite } from './suite';

/** More and fewer replicas of one release, of which those that stay are not touched. */
export function scaleContract(suite: ContractSuite): void {
  describe('scale', () => {
    const name = 'ws-scale';
    const sample: WorkspacePart = { kind: 'app', app: 'sample' };
    const all: WorkspacePart = { kind: 'all' };
    /** As many as the engine can run. */
    const many = () => (suite.engine.abilities.replicas ? 3 : 1);
    const desired = async (replicas: number) =>
      suite.workspace(name, { apps: [await suite.app(name, { replicas })] });
    const addresses = async () => {
      const target = { workspace: name, app: 'sample', release: 1 };
      const found = await suite.engine.addresses(target);
      return found.sort((a, b) => a.index - b.index);
    };
    const planned = async (replicas: number) => {
      const plan = await suite.engine.plan(
        await desired(replicas),
        suite.context(),
      );
      return plan.find(({ kind }) => kind === 'app')?.action;
    };

    beforeAll(async () => {
      await suite.apply(await desired(1), all);
    });
    afterAll(() => suite.destroy(name));

    it('adds what is missing, and leaves what runs as it is', async () => {
      const before = await suite.harness.inventory(name);
      const [first] = await addresses();
      await suite.apply(await desired(many()), sample);
      expect(await suite.harness.inventory(name)).toEqual(
        expect.arrayContaining(before),
      );
      const found = await addresses();
      expect(found[0]).toEqual(first);
      expect(found.map(({ index }) => index)).toEqual(
        Array.from({ length: many() }, (_, index) => index),
      );
    });

    it('removes what is too many with all, and not before, the last ones first', async () => {
      const [first, ...others] = await addresses();
      const before = await suite.harness.inventory(name);
      await suite.apply(await desired(1), sample);
      expect(await suite.harness.inventory(name)).toEqual(before);
      expect(await planned(1)).toBe(others.length > 0 ? 'change' : 'keep');
      await suite.apply(await desired(1), all);
      expect(await addresses()).toEqual([first]);
      const after = await suite.harness.inventory(name);
      expect(before).toEqual(expect.arrayContaining(after));
      expect(after).toHaveLength(before.length - others.length);
    });

    it('removes all replicas where none is wanted, and brings them up again', async () => {
      await suite.apply(await desired(0), sample);
      expect(await addresses()).toHaveLength(1);
      await suite.apply(await desired(0), all);
      expect(await addresses()).toEqual([]);
      expect(await planned(0)).toBe('keep');
      expect(await planned(1)).toBe('create');
      await suite.apply(await desired(1), sample);
      expect(await suite.ask({ workspace: name }, '/')).toEqual({
        release: '1',
      });
    });
  });
}
