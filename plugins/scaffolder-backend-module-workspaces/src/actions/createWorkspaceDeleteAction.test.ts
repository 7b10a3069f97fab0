import { workspace } from '../__testUtils__/data';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceDeleteAction } from './createWorkspaceDeleteAction';

const input = { workspace: 'ws-shop', confirm: 'ws-shop' };

describe('workspace:delete', () => {
  let core: TestCore;
  let task: Task;

  beforeEach(async () => {
    core = await TestCore.start();
    core.workspaces.set('ws-shop', workspace('ws-shop', ['web']));
    task = new Task(createWorkspaceDeleteAction(servicesOf(core)));
  });

  afterEach(() => core.stop());

  it('deletes the workspace and ends when it is gone', async () => {
    const done = task.run(input);
    await core.untilStreamOpened();
    core.change('r1', { state: 'succeeded' });
    await done;
    expect(task.output).toEqual({ run: 'r1', state: 'succeeded' });
    expect(core.requests('DELETE')).toMatchObject([
      { path: '/workspaces/id-of-ws-shop?confirm=ws-shop', by: 'user' },
    ]);
    expect(task.log.lines).toEqual([
      'Run 1 deletes ws-shop: https://portal.example/catalog/default/component/shop.web/builds/1',
    ]);
  });

  it('keeps to the workspace that it deleted, although its name is free again', async () => {
    await task.run({ ...input, wait: false });
    expect(task.output).toEqual({ run: 'r1', state: 'queued' });
    core.change('r1', { state: 'succeeded' });
    core.workspaces.clear();
    await task.run(input);
    expect(task.output).toEqual({ run: 'r1', state: 'succeeded' });
    expect(core.requests('DELETE')).toHaveLength(1);
  });

  it('retries a deletion that failed', async () => {
    await task.run({ ...input, wait: false });
    core.change('r1', { state: 'failed' });
    await task.run({ ...input, wait: false });
    expect(core.requests('POST')).toMatchObject([
      { path: '/runs/r1/retry', by: 'user' },
    ]);
    expect(task.output).toEqual({ run: 'r1', state: 'queued' });
  });

  it.each([false, true])(
    'names the workspace where it was not confirmed (dry run: %s)',
    async isDryRun => {
      const unconfirmed = task.run(
        { ...input, confirm: 'ws-other' },
        { isDryRun },
      );
      await expect(unconfirmed).rejects.toMatchObject({
        name: 'InputError',
        message: 'confirm: must be the name of the workspace, "ws-shop"',
      });
    },
  );

  it('deletes nothing in a dry run, but finds the workspace', async () => {
    await task.run(input, { isDryRun: true });
    expect(core.seen.map(({ method }) => method)).toEqual(['GET']);
    expect(task.output).toEqual({ run: 'dry-run', state: 'succeeded' });
    core.workspaces.clear();
    const missing = new Task(createWorkspaceDeleteAction(servicesOf(core)));
    await expect(missing.run(input, { isDryRun: true })).rejects.toThrow(
      'There is no workspace "ws-shop"',
    );
  });
});
