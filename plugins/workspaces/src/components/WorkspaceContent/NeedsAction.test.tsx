import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  dependency,
  endpoint,
  failedRun,
  run,
  runningWorkspace,
  servedApp,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { summaryOf } from '../observed';
import { WorkspaceContent } from './WorkspaceContent';

function show(
  shown: Workspace,
  options: { refused?: string[]; api?: FakeWorkspacesApi } = {},
) {
  const { api = new FakeWorkspacesApi({ workspace: shown }), refused } =
    options;
  renderTab(<WorkspaceContent />, { api, at: 'workspace', refused });
}

async function needs() {
  const list = await screen.findByRole('region', { name: 'Needs action' });
  return within(list)
    .getAllByRole('listitem')
    .map(item => item.textContent);
}

describe('what needs action in a workspace', () => {
  it('names what needs action, with its cause and what to do', async () => {
    const crashing = servedApp({
      replicas: [
        {
          id: 'dead',
          release: 3,
          state: 'restarting',
          restarts: 3,
          lastExit: { reason: 'out of memory', exitCode: 137, at: ago(120) },
        },
      ],
    });
    const ill = runningWorkspace({
      apps: [crashing],
      dependencies: [dependency({ state: 'stopped' })],
      lastRun: summaryOf(failedRun()),
    });
    const api = new FakeWorkspacesApi({
      workspace: ill,
      endpoints: [
        endpoint({ state: 'down', message: 'connection refused by the app' }),
      ],
    });
    show(ill, { api });
    expect(await screen.findByText('4 things need action.')).toHaveAttribute(
      'role',
      'status',
    );
    const [ofRun, app, ofDependency, ofEndpoint] = await needs();
    expect(ofRun).toMatch(
      /^Failed.*ended with exit code 1BUILD_STEP_FAILEDOpen run 2$/,
    );
    expect(app).toMatch(
      /^Downguestbook has 0 of 1 replica up3 restarts, last end: out of memory, exit code 137, 2 min agoRestart guestbook$/,
    );
    expect(ofDependency).toMatch(/^Downpostgres does not run.*Deploy again$/);
    expect(ofEndpoint).toMatch(
      /^Downhttp:\/\/127.0.0.1:18000\/ is not reached.connection refused by the app$/,
    );
    expect(screen.getByRole('link', { name: 'Open run 2' })).toHaveAttribute(
      'href',
      '/catalog/default/component/guestbook/builds/2',
    );

    act(() => {
      api.push({ type: 'workspace', data: runningWorkspace() });
      api.push({ type: 'endpoint', data: endpoint() });
      api.push({ type: 'run', data: run({ id: 'r9', number: 9 }) });
    });
    expect(screen.queryByText('Needs action')).not.toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Run 9' })).toBeInTheDocument();
  });
});

describe('what somebody else has changed in a workspace', () => {
  it('is named with who and when, and with what puts it back', async () => {
    show(
      runningWorkspace({
        id: 'drifted',
        drift: [
          {
            object: 'Deployment guestbook-r3',
            field: 'spec.replicas',
            expected: '1',
            found: '5',
            by: 'kubectl-edit',
            at: ago(120),
          },
          {
            object: 'NetworkPolicy slipway',
            field: 'spec.ingress',
            expected: '[]',
          },
          { object: 'LimitRange slipway', at: ago(180) },
          {
            object: 'Deployment guestbook-r3',
            field: 'spec.template.spec.containers[app].env[DEBUG]',
            found: '{"name":"DEBUG","value":"yes"}',
            by: 'kubectl-set',
            at: ago(240),
          },
        ],
      }),
    );
    expect(await needs()).toEqual([
      'WarningDeployment guestbook-r3 spec.replicas is 5 and not 1.Changed by kubectl-edit 2 min agoDeploy again',
      'WarningNetworkPolicy slipway spec.ingress is gone; it was to be [].Nothing says who has done it.Deploy again',
      'WarningLimitRange slipway is not there any more, or has lost its labels: somebody has removed it.Missing since 3 min agoDeploy again',
      'WarningDeployment guestbook-r3 spec.template.spec.containers[app].env[DEBUG] was added: {"name":"DEBUG","value":"yes"}. Whatever runs next leaves it there.Changed by kubectl-set 4 min ago',
    ]);
  });
});

describe('the actions of a workspace', () => {
  it('offers what the user may do, and nothing else', async () => {
    const user = userEvent.setup();
    show(runningWorkspace());
    await user.click(
      await screen.findByRole('button', { name: 'Scale guestbook' }),
    );
    await user.click(
      within(screen.getByRole('dialog')).getByRole('button', {
        name: 'Cancel',
      }),
    );
    for (const name of [
      'Deploy again',
      'Delete workspace',
      'Restart guestbook',
      'Roll back guestbook',
    ])
      expect(screen.getByRole('button', { name })).toBeEnabled();
  });

  it('offers nothing that the user may not do', async () => {
    const down = servedApp({ replicas: [] });
    show(runningWorkspace({ id: 'of-others', apps: [down], present: true }), {
      refused: [
        'workspaces.workspace.deploy',
        'workspaces.workspace.operate',
        'workspaces.workspace.delete',
      ],
    });
    expect(await needs()).toHaveLength(1);
    expect(
      screen.queryByRole('button', {
        name: /Deploy|Delete|Restart|Scale|Roll back/,
      }),
    ).not.toBeInTheDocument();
  });

  it('offers to operate to who may operate only', async () => {
    show(runningWorkspace({ id: 'of-operators' }), {
      refused: ['workspaces.workspace.deploy', 'workspaces.workspace.delete'],
    });
    expect(
      await screen.findByRole('button', { name: 'Restart guestbook' }),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: /Deploy|Delete|Roll back/ }),
    ).not.toBeInTheDocument();
  });
});
