import { mockServices } from '@backstage/backend-test-utils';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import {
  at,
  brokenStep,
  buildFailed,
  building,
  built,
  provisioned,
  workspace,
} from '../__testUtils__/data';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceDeployAction } from './createWorkspaceDeployAction';

const PAGE =
  'https://portal.example/catalog/default/component/shop.web/builds/1';

const endpoint: Endpoint = {
  id: 'e1',
  workspace: 'id-of-ws-shop',
  workspaceName: 'ws-shop',
  app: 'web',
  entityRef: 'component:default/shop.web',
  owner: 'user:default/mock',
  state: 'healthy',
  url: 'http://127.0.0.1:18000',
};

describe('workspace:deploy', () => {
  let core: TestCore;
  let task: Task;

  beforeEach(async () => {
    core = await TestCore.start();
    core.workspaces.set('ws-shop', workspace('ws-shop', ['web', 'worker']));
    core.endpoints.push(
      { ...endpoint, app: 'worker', url: undefined },
      endpoint,
    );
    task = new Task(createWorkspaceDeployAction(servicesOf(core)));
  });

  afterEach(() => core.stop());

  const succeed = () =>
    core.change('r1', { state: 'succeeded', stages: [provisioned, built] });
  const fail = () =>
    core.change('r1', {
      state: 'failed',
      stages: [provisioned, buildFailed],
      diagnosis: brokenStep,
    });

  it('follows the run into the log and answers where the app is', async () => {
    const done = task.run({
      workspace: 'ws-shop',
      apps: [{ name: 'web' }, { name: 'worker' }],
      reason: 'First',
    });
    await core.untilStreamOpened();
    core.change('r1', { state: 'running', stages: [provisioned, building] });
    await task.log.until('build web: started');
    succeed();
    await done;
    expect(task.log.lines).toEqual([
      `Run 1 of ws-shop: ${PAGE}`,
      'provision: started',
      'provision: succeeded after 0.4 s',
      'build web: started',
      'build web: succeeded after 1 min 20 s',
      'web answers at http://127.0.0.1:18000',
    ]);
    expect(task.output).toEqual({
      run: 'r1',
      state: 'succeeded',
      runUrl: '/catalog/default/component/shop.web/builds/1',
      entityRef: 'component:default/shop.web',
      endpoints: [{ app: 'web', url: 'http://127.0.0.1:18000' }],
      url: 'http://127.0.0.1:18000',
    });
    expect(core.requests('POST /workspaces/ws-shop/runs')).toEqual([
      expect.objectContaining({
        by: 'user',
        body: { apps: [{ name: 'web' }, { name: 'worker' }], reason: 'First' },
      }),
    ]);
  });

  it('fails with the cause, the fix and the page of a run that failed', async () => {
    const done = task.run({ workspace: 'ws-shop' });
    await core.untilStreamOpened();
    fail();
    await expect(done).rejects.toThrow(
      `Run 1 of ws-shop failed in build web: RUN npm ci in line 7 of the Dockerfile ended with exit code 1. (BUILD_STEP_FAILED). Correct that instruction, then retry. See ${PAGE}`,
    );
    expect(task.log.lines).toContain(
      'error: First sign, step 5 of 7: npm error code E404',
    );
  });

  it('says nothing twice when the stream was lost and comes again', async () => {
    const done = task.run({ workspace: 'ws-shop' });
    await core.untilStreamOpened();
    core.change('r1', { state: 'running', stages: [provisioned, building] });
    await task.log.until('build web: started');
    const again = core.untilStreamOpened();
    core.dropStreams();
    await again;
    succeed();
    await done;
    expect(task.log.lines).toEqual([...new Set(task.log.lines)]);
    expect(task.log.lines).toContain('build web: succeeded after 1 min 20 s');
  });

  it('goes on reading as the scaffolder when the token of the user has ended', async () => {
    const done = task.run({ workspace: 'ws-shop' });
    await core.untilStreamOpened();
    core.userTokensEnd = true;
    const again = core.untilStreamOpened();
    core.dropStreams();
    await again;
    succeed();
    await done;
    expect(task.output).toMatchObject({
      state: 'succeeded',
      url: endpoint.url,
    });
    const asService = core.seen.filter(({ by }) => by === 'service');
    expect(asService.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('ends with the link where it is told not to wait', async () => {
    await task.run({ workspace: 'ws-shop', wait: false });
    expect(task.output).toEqual({
      run: 'r1',
      state: 'queued',
      runUrl: '/catalog/default/component/shop.web/builds/1',
      entityRef: 'component:default/shop.web',
    });
    expect(task.log.lines).toEqual([`Run 1 of ws-shop: ${PAGE}`]);
    expect(core.requests('GET /stream')).toEqual([]);
  });

  it('cancels the run with the task, and ends when the run has', async () => {
    const cancelling = new AbortController();
    const done = task.run(
      { workspace: 'ws-shop' },
      { signal: cancelling.signal },
    );
    await core.untilStreamOpened();
    core.change('r1', { state: 'running', stages: [provisioned, building] });
    await task.log.until('build web: started');
    cancelling.abort();
    await task.log.until('waiting until it has stopped');
    expect(core.requests('POST /runs/r1/cancel')).toMatchObject([
      { by: 'user' },
    ]);
    const stopped = {
      ...building,
      state: 'cancelled' as const,
      endedAt: at(4),
      reason: 'the run was cancelled',
    };
    core.change('r1', { state: 'cancelled', stages: [provisioned, stopped] });
    await expect(done).rejects.toThrow(
      `Run 1 of ws-shop was cancelled. See ${PAGE}`,
    );
    expect(task.log.lines).toContain(
      'build web: cancelled after 2.0 s: the run was cancelled',
    );
  });

  it('cancels a run that was accepted after the task was cancelled', async () => {
    const done = task.run(
      { workspace: 'ws-shop' },
      { signal: AbortSignal.abort() },
    );
    await task.log.until('waiting until it has stopped');
    core.change('r1', { state: 'cancelled' });
    await expect(done).rejects.toThrow('was cancelled');
  });

  describe('carried out once more', () => {
    it('retries the run that failed, and leaves out what it said before', async () => {
      const done = task.run({ workspace: 'ws-shop' });
      await core.untilStreamOpened();
      fail();
      await expect(done).rejects.toThrow('failed in build web');
      task.log.lines.splice(0);

      const again = task.run({ workspace: 'ws-shop' });
      await core.untilStreamOpened();
      const mended = { ...built, attempt: 2 };
      core.change('r1', {
        state: 'succeeded',
        stages: [provisioned, buildFailed, mended],
        diagnosis: undefined,
      });
      await again;
      expect(core.requests('POST /runs/r1/retry')).toMatchObject([
        { by: 'user', body: {} },
      ]);
      expect(core.requests('POST /workspaces')).toHaveLength(1);
      expect(task.output).toMatchObject({ run: 'r1', state: 'succeeded' });
      expect(task.log.lines).toEqual([
        'Run 1 failed before and is retried',
        `Run 1 of ws-shop: ${PAGE}`,
        'build web: started, attempt 2',
        'build web: succeeded after 1 min 20 s',
        'web answers at http://127.0.0.1:18000',
      ]);
    });

    it('finds its run by the same key where no checkpoint was stored', async () => {
      await task.run({ workspace: 'ws-shop', wait: false });
      task.forgetCheckpoints();
      await task.run({ workspace: 'ws-shop', wait: false });
      const [first, second] = core.requests('POST /workspaces/ws-shop/runs');
      expect(first.key).toMatch(/^scaffolder:task-1:/);
      expect(second.key).toBe(first.key);
      expect(task.output.run).toBe('r1');
    });

    it('answers with a run that succeeded, and starts nothing', async () => {
      await task.run({ workspace: 'ws-shop', wait: false });
      succeed();
      await task.run({ workspace: 'ws-shop' });
      expect(task.output).toMatchObject({
        run: 'r1',
        state: 'succeeded',
        url: endpoint.url,
      });
      expect(core.seen.filter(({ method }) => method === 'POST')).toHaveLength(
        1,
      );
    });

    it('starts a run of its own in another task', async () => {
      await task.run({ workspace: 'ws-shop', wait: false });
      const other = new Task(
        createWorkspaceDeployAction(servicesOf(core)),
        'task-2',
      );
      await other.run({ workspace: 'ws-shop', wait: false });
      expect(other.output.run).toBe('r2');
    });
  });

  it.each([
    [400, 'InputError', 'apps: the workspace has no app "x"; it has web'],
    [
      403,
      'NotAllowedError',
      'You do not have the permission workspaces.workspace.deploy here',
    ],
    [404, 'NotFoundError', 'There is no workspace "ws-shop"'],
    [
      409,
      'ConflictError',
      'The workspace "ws-shop" was deleted; it cannot be changed',
    ],
  ])('hands on a %i as %s, word by word', async (status, name, message) => {
    void core.refuse('POST /workspaces/ws-shop/runs', {
      status,
      name,
      message,
    });
    await expect(task.run({ workspace: 'ws-shop' })).rejects.toMatchObject({
      name,
      message,
    });
  });

  it('fails when the run it follows may not be read any more', async () => {
    const done = task.run({ workspace: 'ws-shop' });
    await core.untilStreamOpened();
    void core.refuse('GET /stream', {
      status: 403,
      name: 'NotAllowedError',
      message: 'No longer yours',
    });
    core.dropStreams();
    await expect(done).rejects.toMatchObject({
      name: 'NotAllowedError',
      message: 'No longer yours',
    });
  });

  it('touches nothing in a dry run and answers what a deployment would', async () => {
    await task.run({ workspace: 'ws-shop' }, { isDryRun: true });
    expect(core.seen).toEqual([]);
    expect(task.output).toMatchObject({
      state: 'succeeded',
      entityRef: 'component:default/shop',
      runUrl: '/catalog/default/component/shop/builds/1',
    });
  });

  it('does not ask in the name of nobody', async () => {
    const services = servicesOf(core);
    const auth = mockServices.auth.mock({
      getPluginRequestToken: async () => {
        throw new Error('Refused to issue service token');
      },
    });
    const refused = new Task(
      createWorkspaceDeployAction({ ...services, auth }),
    );
    await expect(refused.run({ workspace: 'ws-shop' })).rejects.toThrow(
      'Refused',
    );
    expect(core.seen).toEqual([]);
  });
});
