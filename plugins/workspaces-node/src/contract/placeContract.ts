import type { ContractSuite } from './suite';

/** Checks, plans, and the place itself. */
export function placeContract(suite: ContractSuite): void {
  describe('place', () => {
    const name = 'ws-place';
    afterAll(() => suite.destroy(name));

    it('says what must hold before a run can succeed', async () => {
      const checks = [];
      for await (const check of suite.engine.check(suite.context())) {
        checks.push(check);
      }
      expect(checks.length).toBeGreaterThan(0);
      expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
      for (const check of checks) {
        expect(check).toMatchObject({
          title: expect.stringMatching(/./),
          message: expect.stringMatching(/./),
          at: expect.stringMatching(/^\d{4}-.*Z$/),
        });
        expect(check.state).not.toBe('failed');
      }
    });

    it('D14: plans without touching anything', async () => {
      const desired = suite.workspace(name, {
        apps: [await suite.app(name)],
      });
      const before = await suite.harness.inventory(name);
      const changes = await suite.engine.plan(desired, suite.context());
      expect(changes).toContainEqual(
        expect.objectContaining({
          action: 'create',
          kind: 'app',
          name: 'sample',
        }),
      );
      expect(await suite.harness.inventory(name)).toEqual(before);
    });

    it('makes the place once', async () => {
      const desired = suite.workspace(name);
      await suite.apply(desired, { kind: 'place' });
      const first = await suite.harness.inventory(name);
      expect(first.length).toBeGreaterThan(0);
      await suite.apply(desired, { kind: 'place' });
      expect(await suite.harness.inventory(name)).toEqual(first);
    });

    it('refuses a type of dependency that it does not declare, before it touches anything', async () => {
      const unknown = suite.redis({ type: 'unheard-of' as 'redis' });
      const desired = suite.workspace('ws-refused', {
        dependencies: [unknown],
      });
      await expect(suite.apply(desired, { kind: 'all' })).rejects.toMatchObject(
        {
          name: 'InputError',
          message: expect.stringContaining('unheard-of'),
        },
      );
      expect(await suite.harness.inventory('ws-refused')).toEqual([]);
    });
  });
}
