import { mockCredentials } from '@backstage/backend-test-utils';
import { building, built, queuedRun, workspace } from '../__testUtils__/data';
import { servicesOf, TaskLog } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { Core } from '../core/Core';
import { RunLog } from './RunLog';
import { RunWatch } from './RunWatch';

const unavailable = {
  status: 503,
  name: 'ServiceUnavailableError',
  message: 'starting',
};

describe('watching a run', () => {
  let core: TestCore;
  let log: TaskLog;

  beforeEach(async () => {
    core = await TestCore.start();
    log = new TaskLog();
    core.addRun(queuedRun(workspace('ws-shop', ['web']), ['web']));
  });

  afterEach(() => core.stop());

  const watch = (cancel?: AbortSignal) =>
    RunWatch.untilEnded(core.run('r1'), {
      core: new Core(servicesOf(core), mockCredentials.user()),
      log: new RunLog(log.logger),
      logger: log.logger,
      cancel,
      readAnewMilliseconds: 50,
    });

  it('reads the run anew, so that a lost event costs time and nothing else', async () => {
    core.mute = true;
    const ended = watch();
    core.change('r1', { state: 'running', stages: [building] });
    await log.until('build web: started');
    core.change('r1', { state: 'succeeded', stages: [built] });
    expect(await ended).toMatchObject({ state: 'succeeded' });
    expect(log.lines).toEqual([
      'build web: started',
      'build web: succeeded after 1 min 20 s',
    ]);
  });

  it('outlives a core that does not answer, and says so once', async () => {
    core.mute = true;
    const refused = core.refuse('GET /runs/r1', unavailable, 3);
    const ended = watch();
    await refused;
    core.change('r1', { state: 'succeeded' });
    await ended;
    expect(log.lines).toEqual([
      expect.stringMatching(
        /^warn: The portal does not answer, trying again: .*503/,
      ),
    ]);
  });

  it('cancels again where the core did not answer', async () => {
    void core.refuse('POST /runs/r1/cancel', unavailable);
    const ended = watch(AbortSignal.abort());
    await log.until('waiting until it has stopped');
    core.change('r1', { state: 'cancelled' });
    expect(await ended).toMatchObject({ state: 'cancelled' });
    expect(core.requests('POST /runs/r1/cancel')).toHaveLength(2);
  });

  it('waits for the end of a run that cannot be cancelled, and says why', async () => {
    const message =
      'Run 1 deletes the workspace; a deletion that has begun cannot be cancelled';
    void core.refuse('POST /runs/r1/cancel', {
      status: 409,
      name: 'ConflictError',
      message,
    });
    const ended = watch(AbortSignal.abort());
    await log.until(message);
    core.change('r1', { state: 'succeeded' });
    expect(await ended).toMatchObject({ state: 'succeeded' });
    expect(core.requests('POST /runs/r1/cancel')).toHaveLength(1);
  });

  it.each([
    ['to be cancelled', 'POST /runs/r1/cancel'],
    ['to be read', 'GET /runs/r1'],
  ])('ends with the refusal of a run %s', async (_, request) => {
    const message = 'You do not have the permission';
    core.mute = true;
    void core.refuse(request, {
      status: 403,
      name: 'NotAllowedError',
      message,
    });
    await expect(watch(AbortSignal.abort())).rejects.toMatchObject({
      name: 'NotAllowedError',
      message,
    });
  });
});
