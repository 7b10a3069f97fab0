import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import type { RawCheck } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diagnose } from '../diagnosis/diagnose';
import { openDatabase } from '../store/database';
import { FakeBuilder, FakeEngine } from '../__testUtils__/FakeEngine';
import { Engines } from '../workspaces/Engines';
import { Checks, type PortalCheck } from './Checks';
import { portalChecks } from './portalChecks';
import { registerStorage, storageFinding } from './storage';
import { SecretKeys } from '../secrets/SecretKeys';
import { SecretStore } from '../secrets/SecretStore';

const databases = TestDatabases.create();

describe('checks', () => {
  const logger = mockServices.logger.mock();
  const engine = new FakeEngine();
  const check: Check = {
    id: 'fake.a',
    title: 'A',
    state: 'passed',
    message: 'fine',
    at: '2026-11-21T00:00:00Z',
  };
  const installed = () => {
    const engines = new Engines();
    engines.addEngine({ engine, builder: new FakeBuilder() });
    return engines;
  };

  it('that do not pass have the name and the fix of a run that fails so', async () => {
    const failing: RawCheck = {
      ...check,
      state: 'failed',
      message: 'No Tekton',
    };
    const evidence = [
      {
        kind: 'error' as const,
        source: 'Kubernetes API',
        at: 'now',
        text: 'tekton.dev/v1: 404 page not found',
        facts: { missing: 'tekton.dev/v1' },
      },
    ];
    engine.checks = [
      { ...failing, evidence },
      { ...failing, evidence, fix: 'Call Ann' },
      { ...failing, evidence: [{ ...evidence[0], facts: {} }] },
    ];
    const checks = new Checks({
      engines: installed(),
      portal: [],
      logger,
      diagnose,
    });
    expect(await checks.all()).toEqual([
      {
        ...failing,
        code: 'TEKTON_MISSING',
        fix: expect.stringContaining('Install Tekton'),
        fixedBy: 'operator',
      },
      {
        ...failing,
        code: 'TEKTON_MISSING',
        fix: 'Call Ann',
        fixedBy: 'operator',
      },
      failing,
    ]);
  });

  it('come from the portal, then from every engine', async () => {
    engine.checks = [check];
    const portal: PortalCheck[] = [
      {
        id: 'p.ok',
        title: 'Ok',
        find: async () => ({ state: 'passed', message: 'yes' }),
      },
      {
        id: 'p.broken',
        title: 'Broken',
        find: async () => {
          throw new Error('no route to host');
        },
      },
    ];
    expect(
      await new Checks({
        diagnose,
        engines: installed(),
        portal,
        logger,
      }).all(),
    ).toEqual([
      {
        id: 'p.ok',
        title: 'Ok',
        at: expect.any(String),
        state: 'passed',
        message: 'yes',
      },
      {
        id: 'p.broken',
        title: 'Broken',
        at: expect.any(String),
        state: 'failed',
        message: 'no route to host',
        fixedBy: 'operator',
      },
      check,
    ]);
  });

  it('that are not answered in time are unknown, and what was answered stays', async () => {
    const hanging = new FakeEngine('hanging');
    hanging.check = async function* hang() {
      yield check;
      await new Promise(() => {});
    };
    const engines = new Engines();
    engines.addEngine({ engine: hanging, builder: new FakeBuilder() });
    const portal: PortalCheck[] = [
      { id: 'p', title: 'P', find: () => new Promise(() => {}) },
    ];
    const found = await new Checks({
      diagnose,
      engines,
      portal,
      logger,
      timeLimit: 50,
    }).all();
    expect(found).toEqual([
      {
        id: 'p',
        title: 'P',
        at: expect.any(String),
        state: 'unknown',
        message: 'Not answered within 0.05 s',
      },
      check,
      {
        id: 'hanging.engine',
        title: 'hanging: engine',
        at: expect.any(String),
        state: 'unknown',
        message: 'Not answered within 0.05 s',
      },
    ]);
  });

  describe.each(databases.eachSupportedId())(
    'of the portal itself on %s',
    databaseId => {
      let knex: Knex;
      let directory: string;
      beforeAll(async () => {
        knex = await openDatabase(
          mockServices.database({ knex: await databases.init(databaseId) }),
        );
      }, 60_000);
      beforeEach(async () => {
        directory = await mkdtemp(join(tmpdir(), 'slipway-checks-'));
        await knex('leases').delete();
      });
      afterEach(() => rm(directory, { recursive: true, force: true }));

      const find = async (
        id: string,
        change: {
          engines?: Engines;
          ports?: { first: number; last: number };
          host?: string;
        } = {},
      ) => {
        const all = portalChecks({
          knex,
          directory,
          engines: change.engines ?? installed(),
          gateway: {
            host: change.host ?? '127.0.0.1',
            publicHost: '127.0.0.1',
            ports: change.ports ?? { first: 18000, last: 18999 },
            drainTime: 0,
          },
          secrets: new SecretStore(
            knex,
            new SecretKeys([{ id: 'a', key: Buffer.alloc(32) }]),
          ),
        });
        return all
          .find(each => each.id === id)!
          .find(new AbortController().signal);
      };

      it('the storage directory is the one that the database knows', async () => {
        expect(await storageFinding(knex, directory)).toMatchObject({
          state: 'failed',
        });
        await registerStorage(knex, directory);
        await registerStorage(knex, directory);
        expect(await storageFinding(knex, directory)).toMatchObject({
          state: expect.stringMatching(/passed|warning/),
        });
        const other = await mkdtemp(join(tmpdir(), 'slipway-other-'));
        await registerStorage(knex, other); // a replica that does not share it
        expect(await storageFinding(knex, other)).toMatchObject({
          state: 'failed',
          message: expect.stringContaining(
            'is not the directory in which this installation keeps its bundles',
          ),
          fix: expect.stringContaining('Mount one directory into all replicas'),
        });
        const [{ holder }] = await knex('leases').where({
          name: 'storage-directory',
        });
        await writeFile(join(other, 'storage.id'), holder);
        expect(await storageFinding(knex, other)).toMatchObject({
          state: expect.stringMatching(/passed|warning/),
        });
        await rm(other, { recursive: true });
        expect(await storageFinding(knex, other)).toMatchObject({
          state: 'failed',
          message: expect.stringContaining('cannot be written'),
        });
      });

      it('the database answers and its clock agrees', async () => {
        expect(await find('portal.database')).toMatchObject({
          state: 'passed',
        });
        expect(await find('portal.clock')).toMatchObject({ state: 'passed' });
      });

      it('an engine is installed', async () => {
        expect(await find('portal.engines')).toMatchObject({
          state: 'passed',
          message: 'Installed: fake',
        });
        expect(
          await find('portal.engines', { engines: new Engines() }),
        ).toMatchObject({ state: 'failed', fixedBy: 'operator' });
      });

      it('the keys of all secrets are there', async () => {
        expect(await find('portal.secrets')).toMatchObject({ state: 'passed' });
        const other = new SecretStore(
          knex,
          new SecretKeys([{ id: 'lost', key: Buffer.alloc(32, 1) }]),
        );
        const { id } = await other.create({
          owner: 'o',
          value: 'v',
          createdBy: 'c',
        });
        expect(await find('portal.secrets')).toMatchObject({
          state: 'failed',
          message: expect.stringContaining('lost'),
        });
        await other.delete(id);
      });

      it('stable ports can be bound, are left, and are served', async () => {
        expect(await find('portal.gateway')).toMatchObject({
          state: 'failed',
          message: 'No replica serves the stable ports now',
        });
        await knex('leases').insert({
          name: 'gateway',
          holder: 'me',
          epoch: 1,
          lease_until: Date.now() + 60_000,
        });
        expect(await find('portal.gateway')).toMatchObject({ state: 'passed' });
        expect(
          await find('portal.gateway', {
            ports: { first: 18000, last: 18004 },
          }),
        ).toMatchObject({
          state: 'warning',
          message: '5 of the ports 18000 to 18004 are left',
        });
        expect(
          await find('portal.gateway', { host: '192.0.2.1' }),
        ).toMatchObject({
          state: 'failed',
          message: expect.stringContaining('No port can be bound on 192.0.2.1'),
        });
        expect(
          await find('portal.gateway', { engines: new Engines() }),
        ).toMatchObject({ state: 'passed', message: 'No engine needs them' });
      });
    },
  );
});
