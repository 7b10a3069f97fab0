import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  diagnosis,
  failedRun,
  run,
  withStage,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from '../BuildsContent';

function stageLink(name: RegExp) {
  return within(screen.getByRole('navigation', { name: 'Stages' })).getByRole(
    'link',
    { name },
  );
}

describe('the page of a run that ended', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['BUILD_STEP_FAILED', true, false],
    ['DOCKERFILE_MISSING', true, false],
    ['PROBE_WRONG_PORT', true, true],
    ['ENVIRONMENT_MISSING', false, true],
    ['GIT_AUTH', false, false],
  ])(
    'offers what mends %s: another source %s, other settings %s',
    async (code, source, settings) => {
      const failed = failedRun({ diagnosis: undefined });
      const api = new FakeWorkspacesApi({
        workspace: workspace(),
        runs: [
          {
            ...failed,
            stages: withStage(failed.stages, 'build', {
              diagnosis: { ...diagnosis, code },
            }),
          },
        ],
      });
      renderTab(<BuildsContent />, { api, at: 'builds/2' });
      expect(
        await screen.findByRole('button', { name: 'Retry from build' }),
      ).toBeInTheDocument();
      const another = screen.queryByRole('button', {
        name: 'Deploy another source',
      });
      expect(another !== null).toBe(source);
      expect(
        within(screen.getByRole('region', { name: 'Diagnosis' })).queryByRole(
          'button',
          { name: 'Change settings' },
        ) !== null,
      ).toBe(settings);
      if (!another) return;
      await userEvent.click(another);
      expect(
        screen.getByRole('radio', { name: 'Another upload' }),
      ).toBeChecked();
    },
  );

  it.each([
    ['before', failedRun(), /fetch/],
    ['by it', run({ id: 'r2', number: 2, kind: 'delete' }), /deploy/],
  ])(
    'says what is left of a workspace that was deleted %s, and where its logs are',
    async (when, shown, stage) => {
      const gone = workspace({
        deletedAt: ago(5),
        receipt: {
          at: ago(5),
          items: [
            { kind: 'container', name: 'guestbook-3', outcome: 'removed' },
          ],
        },
      });
      const api = new FakeWorkspacesApi({ workspace: gone, runs: [shown] });
      // The page of the run was open when the workspace went.
      if (when === 'by it')
        jest.spyOn(api, 'getWorkspace').mockResolvedValueOnce(workspace());
      renderTab(<BuildsContent />, { api, at: 'builds/2' });
      expect(
        await screen.findByText('container guestbook-3: removed'),
      ).toBeInTheDocument();
      await userEvent.click(stageLink(stage));
      expect(
        await screen.findByText('The logs were removed with the workspace.'),
      ).toBeInTheDocument();
      expect(
        screen.queryByText('This stage wrote no log.'),
      ).not.toBeInTheDocument();
      expect(
        screen.queryByRole('button', { name: 'Deploy another source' }),
      ).not.toBeInTheDocument();
    },
  );

  describe('that Slipway can mend itself', () => {
    const fixable = (workspaceId: string) => {
      const failed = failedRun({ workspace: workspaceId });
      return {
        ...failed,
        stages: withStage(failed.stages, 'build', {
          diagnosis: {
            ...diagnosis,
            fixedBy: 'operator',
            autoFix: {
              id: 'trust-registry',
              title: 'Let the nodes trust the registry',
              scope: 'engine',
            },
          },
        }),
      };
    };
    const show = (workspaceId: string) => {
      const api = new FakeWorkspacesApi({
        workspace: workspace(),
        runs: [fixable(workspaceId)],
      });
      renderTab(<BuildsContent />, { api, at: 'builds/2' });
      return api;
    };
    const fix = { name: 'Let Slipway fix it' };
    const confirm = { name: 'Fix it and retry from build' };

    it('applies the fix and retries the stage', async () => {
      const api = show('fixable');
      const applied = jest.spyOn(api, 'fixRun');
      const retried = jest.spyOn(api, 'retryRun');
      await userEvent.click(await screen.findByRole('button', fix));
      const dialog = screen.getByRole('dialog', {
        name: 'Let the nodes trust the registry',
      });
      expect(dialog).toHaveTextContent('all workspaces of this engine share');
      expect(applied).not.toHaveBeenCalled();
      await userEvent.click(within(dialog).getByRole('button', confirm));
      await waitFor(() => expect(retried).toHaveBeenCalledTimes(1));
      expect(applied.mock.calls).toEqual([[fixable('').id, 'trust-registry']]);
      expect(retried.mock.calls).toEqual([[fixable('').id, 'build']]);
      await waitFor(() => expect(dialog).not.toBeInTheDocument());
      expect(screen.getByText('Queued')).toBeInTheDocument();
    });

    it('says why the fix could not be applied, and retries nothing', async () => {
      const api = show('not-fixed');
      jest.spyOn(api, 'fixRun').mockResolvedValue({
        applied: false,
        steps: [],
        diagnosis: {
          ...diagnosis,
          cause: 'Privileged pods are refused',
          fix: 'Apply the text by hand.',
        },
      });
      const retried = jest.spyOn(api, 'retryRun');
      await userEvent.click(await screen.findByRole('button', fix));
      await userEvent.click(screen.getByRole('button', confirm));
      expect(await screen.findByRole('alert')).toHaveTextContent(
        'The fix could not be applied. Privileged pods are refused. Apply the text by hand.',
      );
      expect(retried).not.toHaveBeenCalled();
    });
  });

  it('offers nothing to mend to who may not deploy', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [failedRun({ workspace: 'not-to-deploy' })],
    });
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/2',
      refused: ['workspaces.workspace.deploy'],
    });
    await screen.findByRole('heading', { name: diagnosis.cause });
    expect(
      screen.queryByRole('button', { name: /Retry|Deploy|Change settings/ }),
    ).not.toBeInTheDocument();
  });
});
