import { TestDatabases } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { Diagnosis } from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

const databases = TestDatabases.create();

const offered = {
  'trust-registry': {
    title: 'Let the nodes trust the registry',
    scope: 'engine' as const,
  },
};

const diagnosis: Diagnosis = {
  code: 'REGISTRY_UNTRUSTED',
  cause: 'The nodes do not trust the registry',
  fix: 'Let them trust it.',
  fixedBy: 'operator',
  autoFix: { id: 'trust-registry', ...offered['trust-registry'] },
  evidence: [],
};

describe.each(databases.eachSupportedId())('fixing on %s', databaseId => {
  let api: TestApi;
  let refused: string | undefined;
  let number = 0;
  /** What the engine was asked to fix, of which workspace. */
  const asked: string[] = [];
  let outcome: () => void;

  beforeAll(async () => {
    api = await createTestApi(await databases.init(databaseId), {
      policy: ({ name }) =>
        name === refused ? { result: AuthorizeResult.DENY } : undefined,
    });
    api.engine.fixes = {
      offered,
      async *apply(fix, { workspace }) {
        asked.push(`${fix} for ${workspace?.name}`);
        yield { message: 'node-1: written' };
        outcome();
        yield { message: 'node-1: a pull has succeeded' };
      },
    };
  }, 60_000);
  afterAll(() => api.close());
  beforeEach(() => {
    refused = undefined;
    outcome = () => {};
    asked.length = 0;
    api.audits.length = 0;
  });

  /** A run of ada whose stage "deploy" failed of what the engine can fix. */
  const failedRun = async (state = 'failed') => {
    const name = `ws-fix-${++number}`;
    await api
      .as('ada')
      .post('/workspaces')
      .send({ name, apps: [gitApp('web')] });
    const { body: run } = await api
      .as('ada')
      .post(`/workspaces/${name}/runs`)
      .send({});
    await api.knex('runs').where({ id: run.id }).update({ state });
    await api
      .knex('stages')
      .where({ run_id: run.id, stage: 'deploy' })
      .update({ state: 'failed', diagnosis: JSON.stringify(diagnosis) });
    return { name, id: run.id as string };
  };
  const fix = (run: string, body: object = { fix: 'trust-registry' }) =>
    api.as('ada').post(`/runs/${run}/fix`).send(body);

  it('lets the engine apply what the diagnosis offers, and audits it', async () => {
    const run = await failedRun();
    api.audits.length = 0;
    const { status, body } = await fix(run.id);
    expect(status).toBe(200);
    const steps = ['node-1: written', 'node-1: a pull has succeeded'];
    expect(body).toEqual({ applied: true, steps });
    expect(asked).toEqual([`trust-registry for ${run.name}`]);
    expect(api.audits).toEqual([
      {
        eventId: 'run-fix',
        severityLevel: 'high',
        meta: { run: run.id, fix: 'trust-registry' },
        success: { steps },
      },
    ]);
  });

  it('answers with the cause where the fix fails, and with what was done until then', async () => {
    const run = await failedRun();
    outcome = () => {
      throw new EngineError('node-1 refuses privileged pods', {
        evidence: [],
      });
    };
    const { status, body } = await fix(run.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      applied: false,
      steps: ['node-1: written'],
      diagnosis: { cause: 'node-1 refuses privileged pods' },
    });
  });

  it('refuses a fix that no diagnosis of the run offers, and names the one that is', async () => {
    const run = await failedRun();
    const { status, body } = await fix(run.id, { fix: 'pray' });
    expect(status).toBe(409);
    expect(body.error.message).toBe(
      'fix: no diagnosis of the run offers "pray"; accepted are "trust-registry"',
    );
    expect(asked).toEqual([]);
  });

  it('fixes nothing while the run goes on', async () => {
    const run = await failedRun('running');
    const { status, body } = await fix(run.id);
    expect(status).toBe(409);
    expect(body.error.message).toContain('has not ended');
    expect(asked).toEqual([]);
  });

  it.each(['workspaces.engine.fix', 'workspaces.workspace.operate'])(
    'needs the permission %s',
    async permission => {
      const run = await failedRun();
      refused = permission;
      const { status, body } = await fix(run.id);
      expect(status).toBe(403);
      expect(body.error.message).toContain(permission);
      expect(asked).toEqual([]);
    },
  );

  it('does not find the run of another owner', async () => {
    const run = await failedRun();
    const { status } = await api
      .as('bob')
      .post(`/runs/${run.id}/fix`)
      .send({ fix: 'trust-registry' });
    expect(status).toBe(404);
    expect(asked).toEqual([]);
  });
});
