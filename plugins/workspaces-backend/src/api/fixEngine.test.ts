import { TestDatabases } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { createTestApi, type TestApi } from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

describe('fixing an engine without a run', () => {
  let api: TestApi;
  let refused: string | undefined;
  let fails: boolean;
  const asked: unknown[] = [];

  beforeAll(async () => {
    api = await createTestApi(await databases.init('SQLITE_3'), {
      policy: ({ name }) =>
        name === refused ? { result: AuthorizeResult.DENY } : undefined,
    });
    api.engine.fixes = {
      offered: {
        trust: { title: 'Trust', scope: 'engine' },
        own: { title: 'Of a workspace', scope: 'workspace' },
      },
      async *apply(fix, { workspace }) {
        asked.push([fix, workspace]);
        yield { message: 'node-1: written' };
        if (fails) throw new EngineError('pods are refused', { evidence: [] });
      },
    };
  }, 60_000);
  afterAll(() => api.close());
  beforeEach(() => {
    refused = undefined;
    fails = false;
    asked.length = 0;
    api.audits.length = 0;
  });

  const fix = (body: object = {}) =>
    api
      .as('ada')
      .post('/checks/fix')
      .send({ engine: api.engine.id, fix: 'trust', ...body });

  it('is done by the engine, and audited', async () => {
    const { status, body } = await fix();
    const steps = ['node-1: written'];
    expect([status, body]).toEqual([200, { applied: true, steps }]);
    expect(asked).toEqual([['trust', undefined]]);
    expect(api.audits).toEqual([
      {
        eventId: 'engine-fix',
        severityLevel: 'high',
        meta: { engine: api.engine.id, fix: 'trust' },
        success: { steps },
      },
    ]);
  });

  it('answers with the cause where it fails, and with what was done until then', async () => {
    fails = true;
    const { status, body } = await fix();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      applied: false,
      steps: ['node-1: written'],
      diagnosis: { cause: 'pods are refused' },
    });
    expect(api.audits).toMatchObject([
      { success: { steps: ['node-1: written'], failed: expect.any(String) } },
    ]);
  });

  it.each([{ fix: 'pray' }, { fix: 'own' }, { engine: 'elsewhere' }])(
    'is a conflict where no engine offers it for all: %p',
    async body => {
      const { status } = await fix(body);
      expect(status).toBe(409);
      expect(asked).toEqual([]);
    },
  );

  it('needs the permission workspaces.engine.fix', async () => {
    refused = 'workspaces.engine.fix';
    const { status, body } = await fix();
    expect(status).toBe(403);
    expect(body.error.message).toContain(refused);
    expect(asked).toEqual([]);
  });
});
