import { workspaceFromForm } from '@slipway/backstage-plugin-workspaces-common';
import { workspace } from '../__testUtils__/data';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceCreateAction } from './createWorkspaceCreateAction';

const form = {
  name: 'shop',
  app: {
    source: { type: 'git' as const, url: 'https://git.example/shop.git' },
    port: 3000,
  },
  dependencies: ['postgres' as const],
  migration: 'node migrate.js',
  secrets: [{ name: 'API_KEY', secret: 'secret-1' }],
  ofAnotherStep: 'not looked at',
};

describe('workspace:create', () => {
  let core: TestCore;
  let task: Task;

  beforeEach(async () => {
    core = await TestCore.start();
    task = new Task(createWorkspaceCreateAction(servicesOf(core)));
  });

  afterEach(() => core.stop());

  it('creates what the form describes, as the plan of the form said', async () => {
    await task.run({ form });
    expect(core.seen).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/workspaces',
        by: 'user',
        body: workspaceFromForm(form),
      }),
    ]);
    expect(task.output).toEqual({
      id: 'id-of-ws-shop',
      name: 'ws-shop',
      entityRef: 'component:default/shop.shop',
      entityRefs: ['component:default/shop.shop'],
    });
  });

  it('creates what its own fields say', async () => {
    const body = {
      name: 'ws-shop',
      engine: 'local',
      size: 'large',
      apps: [
        { name: 'web', source: { type: 'upload', upload: 'u1' } },
        { name: 'api', source: { type: 'upload', upload: 'u2' } },
      ],
    };
    await task.run(body);
    expect(core.seen).toMatchObject([{ body }]);
    expect(task.output.entityRefs).toEqual([
      'component:default/shop.web',
      'component:default/shop.api',
    ]);
  });

  it('creates once, however often the step is carried out', async () => {
    await task.run({ form });
    await task.run({ form });
    expect(core.seen).toHaveLength(1);
    task.forgetCheckpoints();
    await task.run({ form });
    const [first, second] = core.seen;
    expect(second.key).toBe(first.key);
    expect(task.output.id).toBe('id-of-ws-shop');
  });

  it('has a key of its own for each iteration of a step', async () => {
    await task.run({ name: 'ws-one' });
    await task.run({ name: 'ws-two' });
    const [first, second] = core.seen;
    expect(second.key).not.toBe(first.key);
    expect(task.output.name).toBe('ws-two');
  });

  it.each([
    [400, 'InputError', 'apps[0].port: must be <= 65535'],
    [
      403,
      'NotAllowedError',
      'owner: you do not own by "group:default/x"; accepted are user:default/mock',
    ],
    [409, 'ConflictError', 'name: "ws-shop" is taken'],
  ])('hands on a %i as %s, word by word', async (status, name, message) => {
    void core.refuse('POST /workspaces', { status, name, message });
    await expect(task.run({ form })).rejects.toMatchObject({ name, message });
  });

  it.each([
    [
      { form, size: 'small', name: 'ws-shop' },
      'form: is given together with name, size; give either the form or the fields of the workspace',
    ],
    [{ size: 'small' }, 'name: is required where no form is given'],
    [
      { form: { ...form, migration: 'a && b' } },
      'migration: "&" is for a shell',
    ],
  ])('refuses %j before anything is asked', async (input, message) => {
    await expect(task.run(input)).rejects.toThrow(message);
    expect(core.seen).toEqual([]);
  });

  describe('in a dry run', () => {
    it('asks for the plan, says it, and creates nothing', async () => {
      await task.run({ form }, { isDryRun: true });
      expect(core.seen).toEqual([
        expect.objectContaining({
          method: 'POST',
          path: '/plan',
          by: 'user',
          body: workspaceFromForm(form),
        }),
      ]);
      expect(task.log.lines).toContain('Would create container shop');
      expect(task.log.lines).toContain('Check passed: Engine: It answers');
      expect(task.output).toEqual({
        id: 'dry-run',
        name: 'ws-shop',
        entityRef: 'component:default/shop',
        entityRefs: ['component:default/shop'],
      });
    });

    it('fails as the plan does', async () => {
      const message = 'name: "ws-shop" is taken';
      core.workspaces.set('ws-shop', workspace('ws-shop', []));
      void core.refuse('POST /plan', {
        status: 409,
        name: 'ConflictError',
        message,
      });
      await expect(
        task.run({ form }, { isDryRun: true }),
      ).rejects.toMatchObject({ name: 'ConflictError', message });
    });
  });
});
