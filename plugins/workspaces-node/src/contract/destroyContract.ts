import { runJob } from './jobContract';
import type { ContractSuite } from './suite';

/** Nothing is left, and the receipt says so. */
export function destroyContract(suite: ContractSuite): void {
  describe('destroy', () => {
    const name = 'ws-gone';
    afterAll(() => suite.destroy(name));

    it('removes everything, images too, and says what became of each', async () => {
      suite.secrets.set('redis-password', 'secret');
      const volumes = [{ name: 'files', mountPath: '/files' }];
      const desired = suite.workspace(name, {
        dependencies: [suite.redis()],
        apps: [
          await suite.app(name, { volumes }),
          await suite.app(name, { name: 'other' }),
        ],
      });
      await suite.apply(desired, { kind: 'all' });
      const image = await suite.image(name);
      await runJob(suite, {
        workspace: name,
        image,
        command: ['node', '--version'],
      });
      expect(await suite.harness.inventory(name)).not.toEqual([]);

      const receipt = await suite.destroy(name);
      expect(await suite.harness.inventory(name)).toEqual([]);
      const outcomes = receipt.items.map(({ outcome }) => outcome);
      expect(new Set(outcomes)).toEqual(new Set(['removed']));
      expect(receipt.items.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['app', 'dependency', 'job', 'volume', 'image']),
      );

      const again = await suite.destroy(name);
      expect(again.items.map(({ outcome }) => outcome)).not.toContain('left');
      expect(await suite.harness.inventory(name)).toEqual([]);
      expect(
        await suite.engine.addresses({
          workspace: name,
          app: 'sample',
          release: 1,
        }),
      ).toEqual([]);
    });
  });
}
