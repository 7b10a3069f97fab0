import { InputError } from '@backstage/errors';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { run, servedApp, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { DialogButton } from '../actions';
import { SettingsDialog } from '.';

const spec = {
  name: 'guestbook',
  source: { type: 'upload', upload: 'u1' } as const,
  port: 8080,
  environment: [{ name: 'TOKEN', secret: 's1' }],
};

async function open() {
  const user = userEvent.setup();
  const api = new FakeWorkspacesApi({
    workspace: workspace({ apps: [servedApp({ spec })] }),
    runs: [run()],
  });
  renderTab(
    <DialogButton
      dialog={close => (
        <SettingsDialog workspace="w1" app="guestbook" onClose={close} />
      )}
    >
      Open
    </DialogButton>,
    { api, at: 'workspace' },
  );
  await user.click(await screen.findByRole('button', { name: 'Open' }));
  const dialog = within(
    await screen.findByRole('dialog', { name: 'Change settings of guestbook' }),
  );
  const port = await dialog.findByRole('textbox', { name: 'Port' });
  const save = dialog.getByRole('button', { name: 'Save and deploy' });
  return { api, user, dialog, port, save };
}

describe('the settings of an app', () => {
  afterEach(() => jest.restoreAllMocks());

  it('are saved as a whole and deployed, secrets as they are', async () => {
    const { api, user, dialog, port, save } = await open();
    const put = jest.spyOn(api, 'putApp');
    const start = jest.spyOn(api, 'startRun');
    expect(save).toBeDisabled();
    expect(dialog.getByText('TOKEN')).toBeInTheDocument();
    await user.clear(port);
    await user.type(port, '99999');
    expect(port).toBeInvalid();
    expect(port).toHaveAccessibleDescription(
      'Give a whole number from 1 to 65535.',
    );
    expect(save).toBeDisabled();
    await user.clear(port);
    await user.type(port, '3000');
    await user.click(dialog.getByRole('button', { name: 'Add a variable' }));
    await user.keyboard('HOST');
    await user.type(
      dialog.getByRole('textbox', { name: 'Value of HOST' }),
      '0.0.0.0',
    );
    await user.click(save);
    expect(
      await screen.findByText(
        'at /catalog/default/component/guestbook/builds/2',
      ),
    ).toBeInTheDocument();
    expect(put.mock.calls).toEqual([
      [
        'w1',
        'guestbook',
        {
          source: spec.source,
          port: 3000,
          environment: [
            { name: 'TOKEN', secret: 's1' },
            { name: 'HOST', value: '0.0.0.0' },
          ],
        },
      ],
    ]);
    expect(start.mock.calls).toEqual([
      ['w1', { apps: [{ name: 'guestbook' }] }],
    ]);
  });

  it('that are refused stay, and it is said at the field until that is changed', async () => {
    const { api, user, dialog, port, save } = await open();
    const start = jest.spyOn(api, 'startRun');
    jest
      .spyOn(api, 'putApp')
      .mockRejectedValueOnce(new InputError('port: is taken by a sidecar'));
    await user.type(port, '{Backspace}1');
    await user.click(save);
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'Nothing was changed. port: is taken by a sidecar',
    );
    expect(port).toHaveValue('8081');
    expect(port).toHaveAccessibleDescription('is taken by a sidecar');
    expect(start).not.toHaveBeenCalled();
    await user.type(port, '{Backspace}2');
    expect(port).toBeValid();
    expect(dialog.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('that were saved are said to be, where no run began', async () => {
    const { api, user, dialog, port, save } = await open();
    jest
      .spyOn(api, 'startRun')
      .mockRejectedValueOnce(new Error('the network is down'));
    await user.type(port, '{Backspace}1');
    await user.click(save);
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'The settings were saved, but no deployment was started. the network is down',
    );
  });
});
