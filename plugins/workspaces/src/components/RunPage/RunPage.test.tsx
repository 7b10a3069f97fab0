import { ConflictError, NotAllowedError } from '@backstage/errors';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  diagnosis,
  failedRun,
  logLines,
  run,
  runningRun,
  stages,
  withStage,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from '../BuildsContent';

const build = { stage: 'build', app: 'guestbook' } as const;

function stageLink(name: RegExp) {
  return within(screen.getByRole('navigation', { name: 'Stages' })).getByRole(
    'link',
    { name },
  );
}

function fact(name: string) {
  return screen.getByText(name, { selector: 'dt' }).nextElementSibling
    ?.textContent;
}

describe('the page of a run', () => {
  afterEach(() => jest.restoreAllMocks());

  it('follows a run live: stages, facts, log, and its end', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [runningRun()],
    });
    api.setLog({ run: 'r3', ...build }, logLines(3), false);
    renderTab(<BuildsContent />, { api, at: 'builds/3' });

    expect(
      await screen.findByRole('heading', {
        name: 'Run 3 Queue e-mails instead of sending inline',
        level: 2,
      }),
    ).toBeInTheDocument();
    expect(stageLink(/Succeeded fetch/)).toHaveTextContent('10 s');
    expect(stageLink(/Running build/)).toHaveAttribute('aria-current', 'true');
    expect(stageLink(/Pending deploy/)).toBeInTheDocument();
    expect(fact('Queue')).toBe('waited 2 s');
    expect(fact('Worker')).toBe('portal-backend-1first claim');
    expect(fact('Lease')).toMatch(/^runs out in \d+ s$/);
    expect(fact('Heartbeat')).toMatch(/ago$/);
    expect(fact('Deadline')).toMatch(/^in 14 min/);

    const log = await screen.findByRole('log', {
      name: 'Log of build guestbook',
    });
    expect(log.children).toHaveLength(3);
    expect(api.topics.sort()).toEqual(['log:r3/build/guestbook', 'run:r3']);
    act(() => {
      api.push({
        type: 'log',
        data: {
          run: 'r3',
          ...build,
          items: [{ line: 4, at: ago(0), text: 'compiled 148 files' }],
          complete: false,
        },
      });
      api.push({
        type: 'event',
        data: {
          sequence: 9,
          run: 'r3',
          at: ago(0),
          type: 'progress',
          ...build,
          message: 'step 7 of 11',
        },
      });
    });
    expect(within(log).getByText('compiled 148 files')).toBeInTheDocument();
    expect(fact('Now')).toContain('step 7 of 11');

    act(() =>
      api.push({
        type: 'run',
        data: failedRun({ id: 'r3', number: 3, worker: 'portal-backend-1' }),
      }),
    );
    expect(stageLink(/Failed build/)).toHaveAttribute('aria-current', 'true');
    expect(screen.getByText('Failed in build')).toBeInTheDocument();
    expect(
      screen.getByRole('heading', { name: diagnosis.cause, level: 3 }),
    ).toBeInTheDocument();
    expect(screen.queryByText('Lease')).not.toBeInTheDocument();
    expect(
      await screen.findByText(
        /Run 3 failed, 2 of 8 stages succeeded. build failed/,
      ),
    ).toHaveAttribute('role', 'status');
  });

  it('says first what was missed: the lease, the heartbeat', async () => {
    const late = runningRun({ leaseUntil: ago(30) });
    late.stages = withStage(late.stages, 'build', { heartbeatAt: ago(120) });
    const api = new FakeWorkspacesApi({ workspace: workspace(), runs: [late] });
    renderTab(<BuildsContent />, { api, at: 'builds/r3' });
    expect(await screen.findByText(/^ran out 3\d s ago$/)).toBeInTheDocument();
    expect(
      screen.getByText('another worker takes the run over'),
    ).toBeInTheDocument();
    expect(fact('Heartbeat')).toBe('2 min ago');
  });

  it('explains a failure: cause, fix, who, code, and the evidence verbatim, its first sign first', async () => {
    const user = userEvent.setup();
    const write = jest.spyOn(navigator.clipboard, 'writeText');
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [failedRun()],
    });
    renderTab(<BuildsContent />, { api, at: 'builds/2' });

    const panel = within(
      await screen.findByRole('region', { name: 'Diagnosis' }),
    );
    expect(
      panel.getByRole('heading', { name: diagnosis.cause }),
    ).toBeInTheDocument();
    expect(panel.getByText(diagnosis.fix)).toBeInTheDocument();
    expect(panel.getByText('you, who deploy this app')).toBeInTheDocument();
    expect(panel.getByText('BUILD_STEP_FAILED')).toBeInTheDocument();
    const evidence = panel.getAllByRole('listitem');
    expect(evidence[0]).toHaveTextContent('first sign');
    expect(
      within(evidence[0]).getByText(diagnosis.evidence[1].text),
    ).toBeInTheDocument();
    expect(evidence[1]).toHaveTextContent('exit code: 1');
    expect(evidence[1]).not.toHaveTextContent('first sign');

    await user.click(panel.getByRole('button', { name: 'Copy the diagnosis' }));
    expect(await panel.findByText('Copied')).toBeInTheDocument();
    const copied = write.mock.calls[0][0];
    expect(copied).toMatch(/^BUILD_STEP_FAILED: The instruction/);
    expect(copied.indexOf('npm error')).toBeLessThan(
      copied.indexOf('exit code: 1'),
    );
  });

  it('retries from the failed stage or an earlier one, and says why it could not', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [failedRun()],
    });
    const retry = jest
      .spyOn(api, 'retryRun')
      .mockRejectedValueOnce(
        new ConflictError('Run 3 of this workspace deploys already'),
      );
    renderTab(<BuildsContent />, { api, at: 'builds/2' });

    await userEvent.click(
      await screen.findByRole('button', { name: 'Retry from build' }),
    );
    expect(retry).toHaveBeenLastCalledWith('r2', 'build');
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'Nothing was changed. Run 3 of this workspace deploys already',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();

    await userEvent.click(
      screen.getByRole('button', { name: 'Retry from an earlier stage' }),
    );
    await userEvent.click(
      await screen.findByRole('menuitem', { name: 'Retry from fetch' }),
    );
    expect(retry).toHaveBeenLastCalledWith('r2', 'fetch');
    expect(await screen.findByText('Queued')).toBeInTheDocument();
    expect(fact('Queue')).toBe(
      'position 1 of the queue, waits for a free worker',
    );
  });

  it.each(['restart', 'scale', 'password'] as const)(
    'offers a %s once more to those who may operate, not deploy',
    async kind => {
      const id = `operated-${kind}`;
      const all = stages({ done: 8, start: 400 });
      const failed = run({
        workspace: id,
        kind,
        state: 'failed',
        stages: all.map(stage =>
          stage.name === 'verify' ? { ...stage, state: 'failed' } : stage,
        ),
      });
      renderTab(<BuildsContent />, {
        api: new FakeWorkspacesApi({
          workspace: workspace({ id }),
          runs: [failed],
        }),
        at: `builds/${failed.number}`,
        refused: ['workspaces.workspace.deploy'],
      });
      expect(
        await screen.findByRole('button', { name: 'Retry from verify' }),
      ).toBeInTheDocument();
    },
  );

  it('cancels a run once, and says why it could not', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [runningRun()],
    });
    const cancel = jest
      .spyOn(api, 'cancelRun')
      .mockRejectedValueOnce(
        new NotAllowedError('workspaces.workspace.operate is denied'),
      );
    renderTab(<BuildsContent />, { api, at: 'builds/3' });

    await userEvent.click(
      await screen.findByRole('button', { name: 'Cancel run' }),
    );
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'workspaces.workspace.operate is denied',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Cancel run' }));
    expect(
      await screen.findByRole('button', { name: 'Cancelling' }),
    ).toBeDisabled();
    expect(cancel).toHaveBeenCalledTimes(2);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('shows the apps of a stage, its attempts, why it was skipped, and the diagnosis of each app', async () => {
    const apps = ['web', 'api'];
    const perApp = apps.flatMap(app =>
      stages({ done: 5, start: 400, app }).filter(stage => stage.app),
    );
    const shared = stages({ done: 5, start: 400 }).filter(stage => !stage.app);
    const failed = {
      state: 'failed',
      startedAt: ago(340),
      endedAt: ago(300),
    } as const;
    const all = [...shared, ...perApp].flatMap(stage => {
      if (stage.name === 'verify')
        return [
          { ...stage, state: 'skipped' as const, reason: 'deploy failed' },
        ];
      if (stage.name !== 'deploy') return [stage];
      const of = { ...diagnosis, cause: `${stage.app} does not start` };
      return stage.app === 'api'
        ? [
            { ...stage, ...failed, attempt: 1 },
            { ...stage, ...failed, attempt: 2, diagnosis: of },
          ]
        : [{ ...stage, ...failed, diagnosis: of }];
    });
    const several = run({
      id: 'm1',
      number: 7,
      state: 'failed',
      apps: ['web', 'api', 'guestbook'],
      stages: all,
      diagnosis: { ...diagnosis, cause: 'web does not start' },
    });
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [several],
    });
    renderTab(<BuildsContent />, { api, at: 'builds/7' });

    expect(
      await screen.findByRole('heading', { name: 'web does not start' }),
    ).toBeInTheDocument();
    const second = stageLink(/Failed api/);
    expect(second).toHaveTextContent('attempt 2 · before: failed');
    expect(stageLink(/Skipped web/)).toHaveTextContent('deploy failed');
    expect(second).not.toHaveAttribute('aria-current');
    await userEvent.click(second);
    expect(stageLink(/Failed api/)).toHaveAttribute('aria-current', 'true');
    expect(
      screen.getByRole('heading', { name: 'api does not start' }),
    ).toBeInTheDocument();
    expect(
      await screen.findByText('This stage wrote no log.'),
    ).toBeInTheDocument();
  });

  it('finds a run by its number on a later page, and says when there is none', async () => {
    const runs = Array.from({ length: 120 }, (_, index) =>
      run({ id: `n${index + 1}`, number: index + 1 }),
    );
    const api = new FakeWorkspacesApi({ workspace: workspace(), runs });
    const { unmount } = renderTab(<BuildsContent />, { api, at: 'builds/4' });
    expect(
      await screen.findByRole('heading', { name: 'Run 4 Deploy guestbook' }),
    ).toBeInTheDocument();
    unmount();
    renderTab(<BuildsContent />, { api, at: 'builds/999' });
    expect(
      await screen.findByRole('heading', { name: 'Could not find run 999' }),
    ).toBeInTheDocument();
    expect(
      screen.getByText('This workspace has no run 999'),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('link', { name: 'Builds' }));
    expect(
      await screen.findByRole('heading', { name: 'Builds' }),
    ).toBeInTheDocument();
  });
});
