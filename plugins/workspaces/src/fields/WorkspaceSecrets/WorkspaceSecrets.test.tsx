import type { Secret } from '@slipway/backstage-plugin-workspaces-common';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import {
  create,
  goOn,
  renderForm,
  secretsPage,
} from '../__testUtils__/renderForm';

async function open(formData?: Record<string, unknown>) {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  const createSecret = jest.spyOn(api, 'createSecret');
  const { onCreate } = renderForm([secretsPage], { api, formData });
  await screen.findByRole('button', { name: 'Add a secret' });
  return { createSecret, onCreate };
}

const add = () =>
  userEvent.click(screen.getByRole('button', { name: 'Add a secret' }));

/** Where the focus is. */
async function paste(text: string) {
  await userEvent.paste(text);
}

describe('WorkspaceSecrets', () => {
  it('stores a value when its input is left, and has a reference only', async () => {
    const { createSecret, onCreate } = await open();
    await add();
    expect(
      screen.getByRole('textbox', { name: 'Name of secret 1' }),
    ).toHaveFocus();
    await paste('API_KEY');
    await userEvent.click(screen.getByLabelText('Value of API_KEY'));
    await paste('hush');
    await add(); // leaves the input
    expect(
      await screen.findByRole('button', { name: 'Replace Value of API_KEY' }),
    ).toBeVisible();
    expect(createSecret.mock.calls).toEqual([
      [
        {
          owner: 'user:default/guest',
          description: 'API_KEY, from a template',
          value: 'hush',
        },
      ],
    ]);
    await userEvent.click(
      screen.getByRole('button', { name: 'Remove secret 2' }),
    );
    expect(await create(onCreate)).toEqual({
      secrets: [{ name: 'API_KEY', secret: 's1' }],
    });
  });

  it('stores for the owner that the form names', async () => {
    const { createSecret } = await open({ owner: 'group:default/team-a' });
    await add();
    await paste('API_KEY');
    await userEvent.click(screen.getByLabelText('Value of API_KEY'));
    await paste('hush');
    await userEvent.keyboard('{Enter}');
    await screen.findByRole('button', { name: 'Replace Value of API_KEY' });
    expect(createSecret.mock.calls[0][0].owner).toBe('group:default/team-a');
  });

  it('replaces a stored value, or keeps it', async () => {
    const { createSecret, onCreate } = await open({
      secrets: [{ name: 'API_KEY', secret: 's0' }],
    });
    const replace = () =>
      userEvent.click(
        screen.getByRole('button', { name: 'Replace Value of API_KEY' }),
      );
    await replace();
    await paste('never stored');
    await userEvent.click(
      screen.getByRole('button', { name: 'Keep the stored one' }),
    );
    expect(createSecret).not.toHaveBeenCalled();
    await replace();
    await paste('new');
    await userEvent.click(screen.getByRole('button', { name: 'Store' }));
    await screen.findByRole('button', { name: 'Replace Value of API_KEY' });
    expect(createSecret).toHaveBeenCalledTimes(1);
    expect(await create(onCreate)).toEqual({
      secrets: [{ name: 'API_KEY', secret: 's1' }],
    });
  });

  it('keeps the value when it was not stored, and tries again', async () => {
    const { createSecret } = await open();
    createSecret.mockRejectedValueOnce(new Error('the database is locked'));
    await add();
    await paste('API_KEY');
    await userEvent.click(screen.getByLabelText('Value of API_KEY'));
    await paste('hush');
    await userEvent.click(screen.getByRole('button', { name: 'Store' }));
    expect(await screen.findByText(/the database is locked/)).toBeVisible();
    expect(screen.getByLabelText('Value of API_KEY')).toHaveValue('hush');
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('button', { name: 'Replace Value of API_KEY' }),
    ).toBeVisible();
  });

  /** Goes on while the value is being stored, which the answer ends. */
  async function goOnWhileStoring() {
    const { createSecret } = await open();
    let end: (answer: Promise<Secret>) => void = () => {};
    createSecret.mockReturnValueOnce(
      new Promise<Secret>(resolve => {
        end = resolve;
      }),
    );
    await add();
    await paste('API_KEY');
    await userEvent.click(screen.getByLabelText('Value of API_KEY'));
    await paste('hush');
    await goOn(); // leaves the input
    expect(createSecret).toHaveBeenCalledTimes(1);
    expect(screen.queryByText(/enter its value and store it/)).toBeNull();
    expect(screen.queryByRole('button', { name: 'Create' })).toBeNull();
    return end;
  }

  it('goes on once a value is stored that is being stored', async () => {
    const end = await goOnWhileStoring();
    end(Promise.resolve({ id: 's9' } as Secret));
    expect(await screen.findByRole('button', { name: 'Create' })).toBeVisible();
    expect(screen.getByText(/s9/)).toBeVisible();
  });

  it('does not go on where a value that is being stored is refused', async () => {
    const end = await goOnWhileStoring();
    end(Promise.reject(new Error('the database is locked')));
    expect(
      await screen.findAllByText(/enter its value and store it/),
    ).not.toHaveLength(0);
    expect(screen.getByText(/the database is locked/)).toBeVisible();
  });

  it('lets nobody go on with names that an app could not read, or without values', async () => {
    await open({
      environment: [{ name: 'MODE', value: 'demo' }],
      secrets: [
        { name: '1ST', secret: 's1' },
        { name: 'MODE', secret: 's2' },
        { name: 'EMPTY', secret: '' },
        { name: '', secret: 's4' },
      ],
    });
    await goOn();
    for (const message of [
      /"1ST" is not the name of an environment variable/,
      /Secret 2: MODE is there already/,
      /EMPTY: enter its value and store it/,
      /Secret 4: enter a name/,
    ])
      expect(await screen.findAllByText(message)).not.toHaveLength(0);
    expect(screen.queryByRole('button', { name: 'Create' })).toBeNull();
  });
});
