import { NotAllowedError } from '@backstage/errors';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  entity,
  failedRun,
  run,
  runningRun,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from './BuildsContent';

const waiting = run({
  id: 'r4',
  number: 4,
  state: 'queued',
  createdAt: ago(5),
  startedAt: undefined,
  endedAt: undefined,
  stages: [],
  queue: { position: 2, waitsFor: 'workspace', behindRun: 'r3' },
});

function rowOf(name: RegExp) {
  return within(screen.getByRole('link', { name }).closest('tr')!);
}

describe('the list of builds', () => {
  afterEach(() => jest.restoreAllMocks());

  it('says of each run what it is, how it stands, who, when, how long, and what is wrong', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run(), failedRun(), runningRun(), waiting],
    });
    renderTab(<BuildsContent />, { api, at: 'builds' });

    expect(
      await screen.findByRole('heading', { name: 'Builds', level: 2 }),
    ).toBeInTheDocument();
    await screen.findByRole('link', { name: /4.*Deploy guestbook/ });
    const rows = screen.getAllByRole('row').slice(1);
    expect(
      rows.map(row => within(row).getAllByRole('cell')[0].textContent),
    ).toEqual(['Queued', 'Running', 'Failed', 'Succeeded']);

    const failed = rowOf(/Cache thumbnails/);
    expect(
      failed.getByText(
        /RUN npm ci in line 7 of the Dockerfile ended with exit code 1/,
      ),
    ).toBeInTheDocument();
    expect(failed.getByText('BUILD_STEP_FAILED')).toBeInTheDocument();
    expect(failed.getByText('1 min 40 s')).toBeInTheDocument();
    expect(failed.getByText('3 min ago')).toHaveAttribute(
      'datetime',
      expect.stringContaining('T'),
    );
    expect(await failed.findByRole('link', { name: /guest/ })).toHaveAttribute(
      'href',
      '/catalog/default/user/guest',
    );
    expect(failed.getByRole('img')).toHaveAccessibleName(
      'provision succeeded 10 s, fetch succeeded 10 s, build failed 1 min 20 s',
    );

    const queued = rowOf(/^4 Deploy guestbook/);
    expect(
      queued.getByText('position 2 of the queue, waits for run 3'),
    ).toBeInTheDocument();
    expect(queued.getByText('not started')).toBeInTheDocument();
    expect(
      rowOf(/Cache thumbnails/).getByRole('link', { name: /2.*Cache/ }),
    ).toHaveAttribute('href', '/catalog/default/component/guestbook/builds/2');
  });

  it('shows what the live stream says, keeps the focus, and says when it went stale', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run(), runningRun()],
    });
    renderTab(<BuildsContent />, { api, at: 'builds' });
    const link = await screen.findByRole('link', { name: /Queue e-mails/ });
    expect(api.topics).toEqual(['workspace:w1']);
    expect(rowOf(/Queue e-mails/).getByText('Running')).toBeInTheDocument();
    link.focus();

    act(() => {
      api.push({
        type: 'run',
        data: runningRun({ state: 'succeeded', endedAt: ago(0) }),
      });
      api.push({ type: 'run', data: waiting });
      api.push({
        type: 'run',
        data: run({
          id: 'x',
          number: 9,
          workspace: 'other',
          reason: 'of others',
        }),
      });
      api.push({
        type: 'run',
        data: run({
          id: 'y',
          number: 8,
          apps: ['worker'],
          reason: 'of another app',
        }),
      });
    });
    expect(rowOf(/Queue e-mails/).getByText('Succeeded')).toBeInTheDocument();
    expect(screen.getAllByRole('row')).toHaveLength(4);
    expect(
      screen.queryByText(/of others|of another app/),
    ).not.toBeInTheDocument();
    expect(link).toHaveFocus();

    expect(screen.getByText('Live')).toBeInTheDocument();
    act(() => api.loseConnection());
    expect(screen.getByText('Reconnecting')).toBeInTheDocument();

    const missed = run({ id: 'r5', number: 5, reason: 'Started meanwhile' });
    jest.spyOn(api, 'listRuns').mockResolvedValue({ items: [missed] });
    act(() => api.restoreConnection());
    expect(await screen.findByText('Started meanwhile')).toBeInTheDocument();
    expect(screen.getByText('Live')).toBeInTheDocument();

    const later = Date.now() + 45_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await screen.findByText('Stale')).toBeInTheDocument();
    expect(screen.getByText(/^seen [45]\d s ago$/)).toBeInTheDocument();
    expect(screen.getByText('Started meanwhile')).toBeInTheDocument();
  });

  it('loads older runs page by page', async () => {
    const runs = Array.from({ length: 25 }, (_, index) =>
      run({
        id: `n${index}`,
        number: index + 1,
        reason: `change ${index + 1}`,
      }),
    );
    const api = new FakeWorkspacesApi({ workspace: workspace(), runs });
    renderTab(<BuildsContent />, { api, at: 'builds' });
    expect(await screen.findByText('change 25')).toBeInTheDocument();
    expect(screen.queryByText('change 5')).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Older runs' }));
    expect(await screen.findByText('change 1')).toBeInTheDocument();
    expect(screen.getByText('change 25')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Older runs' }),
    ).not.toBeInTheDocument();
  });

  it('says that it is loading, that there is nothing yet, and what can be done about an error', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    let fail: (error: Error) => void = () => {};
    const slow = new Promise<never>((_, reject) => {
      fail = reject;
    });
    jest.spyOn(api, 'listRuns').mockReturnValueOnce(slow);
    renderTab(<BuildsContent />, { api, at: 'builds' });
    expect(
      await screen.findByRole('status', { name: 'Loading the runs' }),
    ).toBeInTheDocument();
    fail(new Error('connection refused by the database'));
    expect(
      await screen.findByText(/Could not load the runs of guestbook/),
    ).toBeInTheDocument();
    expect(
      screen.getAllByText(/connection refused by the database/)[0],
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'guestbook has not been built yet',
      }),
    ).toBeInTheDocument();
  });

  it('says who to ask when the user may not see the runs', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    jest
      .spyOn(api, 'listRuns')
      .mockRejectedValue(
        new NotAllowedError('workspaces.workspace.read is denied'),
      );
    renderTab(<BuildsContent />, { api, at: 'builds' });
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the runs of guestbook',
      }),
    ).toBeInTheDocument();
    expect(
      screen.getByText('workspaces.workspace.read is denied'),
    ).toBeInTheDocument();
    expect(screen.getByText(/Ask the owner/)).toBeInTheDocument();
  });

  it('names the workspace that the entity is annotated with when it is not there', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace({ id: 'other', name: 'ws-other' }),
    });
    renderTab(<BuildsContent />, { api, at: 'builds' });
    expect(
      await screen.findByRole('heading', {
        name: 'Could not find the workspace ws-guestbook',
      }),
    ).toBeInTheDocument();
  });

  it('shows the only app of a workspace when the annotation names none, and all of several', async () => {
    const ofWorkspace = {
      ...entity,
      metadata: {
        ...entity.metadata,
        annotations: { 'slipway.dev/workspace': 'ws-guestbook' },
      },
    };
    const runs = [
      run({ reason: 'of the app' }),
      run({ id: 'o', number: 2, apps: ['worker'], reason: 'of the worker' }),
    ];
    const api = new FakeWorkspacesApi({ workspace: workspace(), runs });
    const { unmount } = renderTab(<BuildsContent />, {
      api,
      at: 'builds',
      ofEntity: ofWorkspace,
    });
    expect(await screen.findByText('of the app')).toBeInTheDocument();
    expect(screen.queryByText('of the worker')).not.toBeInTheDocument();
    unmount();

    const [app] = workspace().apps;
    const several = workspace({ apps: [app, { ...app, name: 'worker' }] });
    renderTab(<BuildsContent />, {
      api: new FakeWorkspacesApi({ workspace: several, runs }),
      at: 'builds',
      ofEntity: ofWorkspace,
    });
    expect(await screen.findByText('of the app')).toBeInTheDocument();
    expect(screen.getByText('of the worker')).toBeInTheDocument();
  });
});
