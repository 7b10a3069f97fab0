import type { DesiredApp } from '../desired';
import type { EngineError, RawEvidence } from '../failure';
import type { ContractSuite } from './suite';

/** An app that does not come up: certain as soon as it is, and with what was seen. */
export function failureContract(suite: ContractSuite): void {
  describe('failures of apps', () => {
    const name = 'ws-failures';
    const failures = new Map<string, Promise<EngineError>>();

    /** All at once, each in its own app: the slowest decides how long it takes. */
    const begin = async (
      app: string,
      parts: Partial<DesiredApp>,
      variables?: Record<string, string>,
    ) => {
      const apps = [await suite.app(name, { name: app, ...parts }, variables)];
      const failing = suite.failure(suite.workspace(name, { apps }), {
        kind: 'app',
        app,
      });
      failing.catch(() => {}); // asserted by its own test
      failures.set(app, failing);
    };
    const evidenceOf = async (app: string): Promise<RawEvidence[]> => {
      const { evidence } = await failures.get(app)!;
      expect(evidence.map(({ first }) => first ?? false)).toEqual([
        true,
        ...evidence.slice(1).map(() => false),
      ]);
      return evidence;
    };

    beforeAll(async () => {
      await suite.apply(suite.workspace(name), { kind: 'place' });
      await begin('missing', { image: suite.harness.missingImage });
      await begin('crash', {}, { BEHAVIOUR: 'crash' });
      await begin('memory', {}, { BEHAVIOUR: 'memory' });
      await begin('port', {}, { LISTEN_PORT: '3000' });
      await begin('loopback', {}, { LISTEN_HOST: '127.0.0.1' });
      await begin('command', { command: ['no-such-command'] });
      await Promise.allSettled(failures.values());
    });
    afterAll(() => suite.destroy(name));

    it('names an image that is missing', async () => {
      const [first] = await evidenceOf('missing');
      expect(first.facts).toMatchObject({
        image: suite.harness.missingImage,
      });
    });

    it('says how a process ended that does not stay up, and what it wrote', async () => {
      const [state, ...others] = await evidenceOf('crash');
      expect(state).toMatchObject({
        kind: 'state',
        facts: { exitCode: 3, outOfMemory: false },
      });
      const log = others.find(({ kind }) => kind === 'log');
      expect(log?.text).toContain('the sample cannot start');
    });

    it('says that the memory was not enough', async () => {
      const [state] = await evidenceOf('memory');
      expect(state).toMatchObject({
        kind: 'state',
        facts: { outOfMemory: true },
      });
    });

    it('D28: says on which port it listens instead', async () => {
      const evidence = await evidenceOf('port');
      const sockets = evidence.find(({ kind }) => kind === 'sockets');
      expect(sockets?.facts).toMatchObject({
        expectedPort: 8080,
        listening: [{ port: 3000 }],
      });
    });

    it('D28: says that it listens on the loopback address only', async () => {
      const evidence = await evidenceOf('loopback');
      const sockets = evidence.find(({ kind }) => kind === 'sockets');
      expect(sockets?.facts).toMatchObject({
        expectedPort: 8080,
        listening: [{ address: '127.0.0.1', port: 8080 }],
      });
    });

    it('says that a command is not there', async () => {
      const evidence = await evidenceOf('command');
      const texts = evidence.map(({ text }) => text).join('\n');
      expect(texts).toContain('no-such-command');
      const facts = evidence.map(piece => piece.facts?.exitCode);
      expect(facts).toContain(127); // as shells and container engines have it
    });
  });
}
