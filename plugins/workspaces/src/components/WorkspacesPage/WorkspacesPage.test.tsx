import { NotAllowedError } from '@backstage/errors';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  endpoint,
  failedRun,
  run,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderPage } from '../../__testUtils__/renderPage';
import { summaryOf } from '../observed';
import { WorkspacesPage } from '.';

const [app] = workspace().apps;

/** A workspace that runs well, owned by the user's group. */
function well(name: string, change: Partial<Workspace> = {}): Workspace {
  return workspace({
    id: name,
    name,
    owner: 'group:default/team-aurora',
    observedAt: ago(2),
    present: true,
    apps: [
      {
        ...app,
        name: name.replace('ws-', ''),
        entityRef: `component:default/${name.replace('ws-', '')}`,
        release: 3,
        replicas: [
          {
            id: 'c1',
            release: 3,
            state: 'running',
            restarts: 0,
            cpuCores: 0.042,
            memoryBytes: 186 * 2 ** 20,
          },
        ],
      },
    ],
    lastRun: summaryOf(run({ number: 12, endedAt: ago(7_200) })),
    ...change,
  });
}

const failed = well('ws-invoice', {
  owner: 'group:default/team-orion',
  engine: 'kubernetes',
  lastRun: summaryOf(failedRun({ number: 57, apps: ['invoice'] })),
});
const withoutApps = workspace({ id: 'w9', name: 'ws-empty', apps: [] });

function usual() {
  return new FakeWorkspacesApi({
    workspace: well('ws-basket'),
    others: [withoutApps, failed, well('ws-attic')],
    endpoints: [endpoint({ workspace: 'ws-basket', app: 'basket' })],
  });
}

async function names() {
  const rows = (await screen.findAllByRole('row')).slice(1);
  return rows.map(row => within(row).getAllByRole('cell')[1].textContent ?? '');
}

function rowOf(name: string) {
  return within(screen.getByText(name).closest('tr') as HTMLElement);
}

describe('the page Workspaces', () => {
  afterEach(() => jest.restoreAllMocks());

  it('shows what needs action first, then all others by name', async () => {
    renderPage(<WorkspacesPage />, { api: usual() });
    expect(await names()).toEqual([
      'ws-invoice',
      'ws-attic',
      'ws-basket',
      'ws-empty',
    ]);
    expect(
      screen.getByRole('heading', { name: '1 of 4 needs action' }),
    ).toBeInTheDocument();
  });

  it('says of each how it stands, whose it is, what runs, where it answers, and what happened last', async () => {
    renderPage(<WorkspacesPage />, { api: usual() });
    await names();
    await screen.findByRole('link', { name: /127\.0\.0\.1:18000/ });
    const basket = rowOf('ws-basket');
    expect(basket.getAllByText('Up')).toHaveLength(2);
    expect(basket.getByRole('link', { name: 'ws-basket' })).toHaveAttribute(
      'href',
      '/catalog/default/component/basket/workspace',
    );
    expect(
      await basket.findByRole('link', { name: 'team-aurora' }),
    ).toHaveAttribute('href', '/catalog/default/group/team-aurora');
    expect(basket.getByText('release 3')).toBeInTheDocument();
    expect(basket.getByText('Healthy')).toBeInTheDocument();
    expect(
      basket.getByRole('link', { name: 'Deploy, run 12' }),
    ).toHaveAttribute('href', '/catalog/default/component/basket/builds/12');
    expect(basket.getByText('2 h ago')).toBeInTheDocument();
    expect(basket.getByText('0.04 cores')).toBeInTheDocument();
    expect(basket.getByText('186 MiB')).toBeInTheDocument();

    const invoice = rowOf('ws-invoice');
    expect(invoice.getByText(/RUN npm ci in line 7/)).toBeInTheDocument();
    expect(invoice.getByText('BUILD_STEP_FAILED')).toBeInTheDocument();

    const empty = rowOf('ws-empty');
    expect(
      empty.queryByRole('link', { name: 'ws-empty' }),
    ).not.toBeInTheDocument();
    expect(empty.getByText('no run yet')).toBeInTheDocument();
    expect(empty.getByText('not measured')).toBeInTheDocument();
  });

  it('narrows the list, and keeps that in the address', async () => {
    const user = userEvent.setup();
    const api = usual();
    const list = jest.spyOn(api, 'listWorkspaces');
    renderPage(<WorkspacesPage />, { api, at: '?owner=mine' });
    await waitFor(async () =>
      expect(await names()).toEqual(['ws-attic', 'ws-basket', 'ws-empty']),
    );
    expect(list.mock.calls.map(([{ owner }]) => owner)).toEqual([
      'user:default/guest',
      'group:default/team-aurora',
    ]);

    await user.selectOptions(
      screen.getByRole('combobox', { name: 'Owner' }),
      'anyone',
    );
    await waitFor(async () => expect(await names()).toHaveLength(4));
    await user.click(screen.getByRole('button', { name: 'Failed 1' }));
    expect(await names()).toEqual(['ws-invoice']);
    expect(screen.getByText('at /?state=failed')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'All 4' }));
    await user.selectOptions(
      screen.getByRole('combobox', { name: 'Engine' }),
      'local',
    );
    await user.type(screen.getByRole('searchbox'), 'bask');
    expect(await names()).toEqual(['ws-basket']);
    expect(screen.getByText('at /?engine=local&text=bask')).toBeInTheDocument();
    await waitFor(() =>
      expect(list).toHaveBeenLastCalledWith(
        expect.objectContaining({ engine: 'local', text: 'bask' }),
      ),
    );

    await user.type(screen.getByRole('searchbox'), 'x');
    await user.click(
      await screen.findByRole('button', { name: 'Clear the filters' }),
    );
    await waitFor(async () => expect(await names()).toHaveLength(4));
    expect(screen.getByText('at /')).toBeInTheDocument();
  });

  it('follows one stream, and says when it went stale', async () => {
    const api = usual();
    renderPage(<WorkspacesPage />, { api });
    await names();
    expect(api.topics).toEqual(['workspaces']);
    act(() => {
      api.push({
        type: 'workspace',
        data: well('ws-basket', { present: false }),
      });
      api.push({ type: 'workspace', data: well('ws-new') });
      api.push({ type: 'deleted', data: { workspace: 'ws-attic' } });
    });
    expect(await names()).toEqual([
      'ws-invoice',
      expect.stringMatching(/^ws-basket.*local.*nothing/),
      'ws-empty',
      'ws-new',
    ]);
    const later = Date.now() + 45_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await screen.findByText('Stale')).toBeInTheDocument();
    expect(await names()).toHaveLength(4);
  });

  it('leads to the template those who may create', async () => {
    renderPage(<WorkspacesPage />, { api: usual() });
    expect(
      await screen.findByRole('button', { name: 'New workspace app' }),
    ).toHaveAttribute('href', '/create');
  });

  it('says what to do where nobody has a workspace', async () => {
    const api = usual();
    jest.spyOn(api, 'listWorkspaces').mockResolvedValue({ items: [] });
    renderPage(<WorkspacesPage />, { api });
    expect(
      await screen.findByRole('heading', {
        name: 'There is no workspace that you may see',
      }),
    ).toBeInTheDocument();
    expect(screen.queryByRole('searchbox')).not.toBeInTheDocument();
  });

  it('says that it loads, what fails, and what is forbidden', async () => {
    const api = usual();
    let fail: (error: Error) => void = () => {};
    jest
      .spyOn(api, 'listWorkspaces')
      .mockReturnValueOnce(
        new Promise((_, reject) => {
          fail = reject;
        }),
      )
      .mockRejectedValueOnce(new NotAllowedError('denied by the policy'));
    renderPage(<WorkspacesPage />, { api });
    expect(
      await screen.findByRole('status', { name: 'Loading the workspaces' }),
    ).toBeInTheDocument();
    act(() => fail(new Error('the database is gone')));
    expect(
      await screen.findByText(/Could not load the workspaces/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the workspaces',
      }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await names()).toHaveLength(4);
  });

  it('keeps the list where the addresses cannot be had, and says so', async () => {
    const api = usual();
    jest
      .spyOn(api, 'listEndpoints')
      .mockRejectedValueOnce(new Error('the gateway is gone'));
    renderPage(<WorkspacesPage />, { api });
    const alert = within(await screen.findByRole('alert'));
    expect(alert.getByText(/the gateway is gone/)).toBeInTheDocument();
    expect(await names()).toHaveLength(4);
    await userEvent.click(alert.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('link', { name: /127\.0\.0\.1:18000/ }),
    ).toBeInTheDocument();
  });
});
