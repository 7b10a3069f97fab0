import type {
  NewWorkspace,
  Plan,
} from '@slipway/backstage-plugin-workspaces-common';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ago, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import {
  create,
  goOn,
  planPage,
  renderForm,
} from '../__testUtils__/renderForm';

const form = {
  name: 'guestbook',
  app: { source: { type: 'git', url: 'https://git.example.com/guestbook' } },
};

const plan: Plan = {
  workspace: 'ws-guestbook',
  stages: ['provision', 'fetch', 'build', 'deploy', 'expose', 'verify'],
  changes: [
    {
      action: 'create',
      kind: 'container',
      name: 'guestbook',
      detail: 'one replica, port 8080',
    },
  ],
  checks: [
    {
      id: 'engine',
      title: 'The engine answers',
      state: 'passed',
      message: 'Docker 20.10',
      at: ago(1),
    },
  ],
};

function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** The page of the plan over a backend that plans as the function does. */
function open(
  answer: (workspace: NewWorkspace) => Plan,
  formData: Record<string, unknown> = form,
) {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  api.planWorkspace = async asked => answer(asked);
  return renderForm([planPage], { api, formData });
}

describe('WorkspacePlan', () => {
  it('shows what the form would bring up, and adds nothing to it', async () => {
    const asked: NewWorkspace[] = [];
    const { onCreate } = open(workspaceAsked => {
      asked.push(workspaceAsked);
      return plan;
    });
    expect(
      await screen.findByText('This is what ws-guestbook will be'),
    ).toBeVisible();
    expect(asked[0]).toEqual({
      name: 'ws-guestbook',
      apps: [{ name: 'guestbook', source: form.app.source }],
    });
    expect(
      screen.getAllByRole('listitem').map(item => item.textContent),
    ).toEqual(expect.arrayContaining(plan.stages));
    const row = screen.getByRole('row', { name: /guestbook/ });
    expect(within(row).getByText('container')).toBeVisible();
    expect(within(row).getByText('create')).toBeVisible();
    expect(within(row).getByText('one replica, port 8080')).toBeVisible();
    expect(screen.getByText('1 check passed.')).toBeVisible();
    expect(await create(onCreate)).toEqual({ ...form, plan: {} });
  });

  it('names the field that is refused and why, and lets nobody go on until it is mended', async () => {
    let taken = true;
    const { onCreate } = open(() => {
      if (taken)
        throw refusal(
          'ConflictError',
          'name: "ws-guestbook" is taken; choose another name',
        );
      return plan;
    });
    expect(
      await screen.findByText('"ws-guestbook" is taken; choose another name'),
    ).toBeVisible();
    expect(screen.getByText('name')).toBeVisible();
    await goOn();
    expect(
      await screen.findAllByText(/would be refused: name: "ws-guestbook"/),
    ).not.toHaveLength(0);
    expect(screen.queryByRole('button', { name: 'Create' })).toBeNull();

    taken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Ask again' }));
    expect(
      await screen.findByText('This is what ws-guestbook will be'),
    ).toBeVisible();
    expect(screen.queryByText(/would be refused/)).toBeNull();
    await create(onCreate);
    expect(onCreate).toHaveBeenCalledTimes(1);
  });

  it('says what the form lacks without asking the backend', async () => {
    open(
      () => {
        throw new Error('nobody asks');
      },
      { name: 'guestbook' },
    );
    expect(await screen.findByText('a source is required')).toBeVisible();
    expect(screen.getByText('app')).toBeVisible();
  });

  it('shows the checks that fail with their fix', async () => {
    open(() => ({
      ...plan,
      checks: [
        ...plan.checks,
        {
          id: 'space',
          title: 'There is room for images',
          state: 'failed',
          message: '1 GiB is left',
          fix: 'Remove images that nobody needs.',
          at: ago(1),
        },
      ],
    }));
    expect(
      await screen.findByText('1 check fails: a run fails as long as it does'),
    ).toBeVisible();
    expect(screen.getByText('There is room for images')).toBeVisible();
    expect(screen.getByText('Remove images that nobody needs.')).toBeVisible();
  });

  it('tells those who may not create workspaces', async () => {
    open(() => {
      throw refusal(
        'NotAllowedError',
        'You do not have the permission workspaces.workspace.create here',
      );
    });
    expect(
      await screen.findByText('You may not create workspaces'),
    ).toBeVisible();
    expect(screen.getByText(/permission workspaces\.workspace/)).toBeVisible();
  });

  it('says that there is no plan where nobody could make one', async () => {
    open(() => {
      throw refusal('ServiceUnavailableError', 'The engine does not answer');
    });
    expect(await screen.findByText('The plan could not be made')).toBeVisible();
    expect(screen.getByText('The engine does not answer')).toBeVisible();
    await goOn();
    expect(
      await screen.findAllByText(/could not be made: The engine/),
    ).not.toHaveLength(0);
  });
});
