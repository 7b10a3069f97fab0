import { screen, within } from '@testing-library/react';
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
