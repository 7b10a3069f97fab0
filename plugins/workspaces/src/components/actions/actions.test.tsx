import { ConflictError } from '@backstage/errors';
import type { Release } from '@slipway/backstage-plugin-workspaces-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ago, endpoint, run, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import {
  DeleteDialog,
  DeployDialog,
  DialogButton,
  PasswordDialog,
  RestartDialog,
  RollBackDialog,
  ScaleDialog,
} from '.';

const [guestbook] = workspace().apps;
const app = { ...guestbook, release: 3 };
const shown = workspace({
  apps: [app],
  dependencies: [
    {
      name: 'postgres',
      type: 'postgres',
      version: '16.4',
      host: 'postgres',
      port: 5432,
      state: 'running',
    },
  ],
});

function release(number: number, change: Partial<Release> = {}): Release {
  return {
    workspace: 'w1',
    app: 'guestbook',
    number,
    run: `r${number}`,
    image: `slipway/guestbook@sha256:${number}`,
    revision: `sha256:${number}${'0'.repeat(63)}`,
    createdAt: ago(3_600),
    state: 'superseded',
    ...change,
  };
}

/** Shows a button that opens the dialog, and opens it. */
async function open(
  dialog: (close: () => void) => JSX.Element,
  api = new FakeWorkspacesApi({ workspace: shown, runs: [run()] }),
) {
  const user = userEvent.setup();
  renderTab(<DialogButton dialog={dialog}>Open</DialogButton>, {
    api,
    at: 'workspace',
  });
  await user.click(await screen.findByRole('button', { name: 'Open' }));
  return { api, user, dialog: within(await screen.findByRole('dialog')) };
}

const opened = 'at /catalog/default/component/guestbook/builds/2';

describe('dialogs', () => {
  afterEach(() => jest.restoreAllMocks());

  it('are named by their title, hold the focus, and give it back', async () => {
    const { user } = await open(close => (
      <RestartDialog workspace={shown} app={app} onClose={close} />
    ));
    expect(
      screen.getByRole('dialog', { name: 'Restart guestbook' }),
    ).toBeInTheDocument();
    // The page behind is hidden from those who hear it.
    const opener = screen.getByRole('button', { name: 'Open', hidden: true });
    for (let presses = 0; presses < 4; presses += 1) {
      await user.tab();
      expect(opener).not.toHaveFocus();
      expect(document.body).not.toHaveFocus();
    }
    await user.keyboard('{Escape}');
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(opener).toHaveFocus();
  });

  it('restart an app once, say what the backend refuses, and end on the page of the run', async () => {
    const { api, user, dialog } = await open(close => (
      <RestartDialog workspace={shown} app={app} onClose={close} />
    ));
    const restart = jest
      .spyOn(api, 'restartApp')
      .mockRejectedValueOnce(new ConflictError('run 2 is under way'));
    expect(dialog.getByText(/Starts release 3 once more/)).toBeInTheDocument();
    const confirm = dialog.getByRole('button', { name: 'Restart guestbook' });
    await user.click(confirm);
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'Nothing was changed. run 2 is under way',
    );
    await user.click(confirm);
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
    expect(restart.mock.calls).toEqual([
      ['w1', 'guestbook'],
      ['w1', 'guestbook'],
    ]);
  });

  it('change the password of a dependency, and say what that means for the apps', async () => {
    const [dependency] = shown.dependencies;
    const { api, user, dialog } = await open(close => (
      <PasswordDialog
        workspace={shown}
        dependency={dependency}
        onClose={close}
      />
    ));
    const change = jest.spyOn(api, 'changePassword');
    expect(
      dialog.getByRole('heading', { name: 'Change the password of postgres' }),
    ).toBeInTheDocument();
    expect(dialog.getByText(/apps cannot reach postgres/)).toBeInTheDocument();
    await user.click(dialog.getByRole('button', { name: 'Change password' }));
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(change.mock.calls).toEqual([['w1', 'postgres']]);
  });

  it('do not offer to restart what is stopped, and say why', async () => {
    const stopped = { ...app, spec: { ...app.spec, replicas: 0 } };
    const { dialog } = await open(close => (
      <RestartDialog workspace={shown} app={stopped} onClose={close} />
    ));
    expect(
      dialog.getByText(/guestbook is stopped.*Scale it up to start it/),
    ).toBeInTheDocument();
    expect(
      dialog.getByRole('button', { name: 'Restart guestbook' }),
    ).toBeDisabled();
    expect(dialog.getByRole('button', { name: 'Cancel' })).toBeEnabled();
  });

  it('deploy an app again, under the title that was typed', async () => {
    const { api, user, dialog } = await open(close => (
      <DeployDialog workspace={shown} app="guestbook" onClose={close} />
    ));
    const start = jest
      .spyOn(api, 'startRun')
      .mockRejectedValueOnce(new Error('the network is down'));
    expect(
      dialog.getByRole('radio', { name: /^As it is set: / }),
    ).toBeChecked();
    const title = dialog.getByRole('textbox', { name: 'Title of the run' });
    await user.type(title, 'Take the new base image{Enter}');
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'the network is down',
    );
    expect(title).toHaveValue('Take the new base image');
    await user.click(dialog.getByRole('button', { name: 'Deploy again' }));
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(start).toHaveBeenLastCalledWith('w1', {
      apps: [{ name: 'guestbook' }],
      reason: 'Take the new base image',
    });
  });

  it('deploy another upload of an app, once it has arrived', async () => {
    const { api, user, dialog } = await open(close => (
      <DeployDialog workspace={shown} onClose={close} />
    ));
    const start = jest.spyOn(api, 'startRun');
    await user.click(dialog.getByRole('radio', { name: 'Another upload' }));
    const confirm = dialog.getByRole('button', { name: 'Deploy again' });
    expect(confirm).toBeDisabled();
    await user.upload(
      dialog.getByLabelText('Choose a file'),
      new File(['PK'], 'guestbook-2.zip'),
    );
    expect(
      await dialog.findByText('guestbook-2.zip is uploaded'),
    ).toBeInTheDocument();
    await user.click(confirm);
    expect(await screen.findByText(opened)).toBeInTheDocument();
    const { upload } = start.mock.calls[0][1]!.apps![0].source!;
    expect(upload).toBeTruthy();
    expect(start).toHaveBeenCalledWith('w1', {
      apps: [{ name: 'guestbook', source: { type: 'upload', upload } }],
    });
  });

  it('deploy all apps from what is set for them, where there are several', async () => {
    const several = { ...shown, apps: [app, { ...app, name: 'worker' }] };
    const { api, user, dialog } = await open(close => (
      <DeployDialog workspace={several} onClose={close} />
    ));
    const start = jest.spyOn(api, 'startRun');
    expect(dialog.queryByRole('radio')).not.toBeInTheDocument();
    expect(
      dialog.getByRole('textbox', { name: 'Title of the run' }),
    ).toHaveFocus();
    await user.click(dialog.getByRole('button', { name: 'Deploy again' }));
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(start).toHaveBeenCalledWith('w1', {});
  });

  it('scale an app to a number that makes sense, and say what that does', async () => {
    const { api, user, dialog } = await open(close => (
      <ScaleDialog workspace={shown} app={app} onClose={close} />
    ));
    const scale = jest.spyOn(api, 'scaleApp');
    const replicas = dialog.getByRole('spinbutton', { name: 'Replicas' });
    const confirm = dialog.getByRole('button', { name: 'Scale guestbook' });
    expect(replicas).toHaveFocus();
    expect(replicas).toHaveValue(1);
    expect(confirm).toBeDisabled();
    const outcomes: [string, string][] = [
      ['21', 'Give a whole number from 0 to 20.'],
      ['1.5', 'Give a whole number from 0 to 20.'],
      ['1', 'That is what it has.'],
    ];
    for (const [number, said] of outcomes) {
      await user.clear(replicas);
      await user.type(replicas, number);
      expect(dialog.getByRole('status')).toHaveTextContent(said);
      expect(confirm).toBeDisabled();
    }
    await user.clear(replicas);
    await user.type(replicas, '0');
    expect(dialog.getByRole('status')).toHaveTextContent(/Stops the app/);
    await user.clear(replicas);
    await user.type(replicas, '3');
    expect(dialog.getByRole('status')).toHaveTextContent('Starts 2 more');
    await user.click(confirm);
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(scale).toHaveBeenCalledWith('w1', 'guestbook', 3);
  });

  it('delete a workspace only when its name was typed exactly, and say what goes and what stays', async () => {
    const { api, user, dialog } = await open(close => (
      <DeleteDialog
        workspace={shown}
        endpoints={[endpoint()]}
        onClose={close}
      />
    ));
    const remove = jest.spyOn(api, 'deleteWorkspace');
    for (const said of [
      /the app guestbook/,
      'postgres (PostgreSQL 16.4) with all its data',
      'the endpoint http://127.0.0.1:18000/',
      /the secrets/,
      /the history/,
    ])
      expect(dialog.getByText(said)).toBeInTheDocument();
    const name = dialog.getByRole('textbox', {
      name: 'Type ws-guestbook to confirm',
    });
    const confirm = dialog.getByRole('button', { name: 'Delete ws-guestbook' });
    await user.type(name, 'ws-guestboo{Enter}');
    expect(confirm).toBeDisabled();
    expect(remove).not.toHaveBeenCalled();
    await user.type(name, 'k');
    await user.click(confirm);
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(remove).toHaveBeenCalledWith('w1', 'ws-guestbook');
  });
});

describe('rolling back', () => {
  const rollBack = (close: () => void) => (
    <RollBackDialog workspace="w1" app="guestbook" onClose={close} />
  );

  it('offers what served before, with its source, its age and its run', async () => {
    const api = new FakeWorkspacesApi({
      workspace: shown,
      runs: [run()],
      releases: [
        release(1),
        release(2, { state: 'failed' }),
        release(3, { state: 'serving' }),
        release(4, { state: 'retiring' }),
        release(5, { state: 'retired' }),
      ],
    });
    const { user, dialog } = await open(rollBack, api);
    const asked = jest.spyOn(api, 'rollbackApp');
    const first = await dialog.findByRole('radio', { name: /^Release 1/ });
    expect(
      await dialog.findByRole('radio', {
        name: /sha256:1000000 · 1 h ago · run 1/,
      }),
    ).toBe(first);
    expect(
      dialog.getByRole('radio', { name: /Release 3 serves now/ }),
    ).toBeDisabled();
    expect(
      dialog.getByRole('radio', { name: /Release 2 never served/ }),
    ).toBeDisabled();
    expect(
      dialog.getByRole('radio', {
        name: /Release 4 its image is being removed/,
      }),
    ).toBeDisabled();
    expect(
      dialog.getByRole('radio', { name: /Release 5 its image was removed/ }),
    ).toBeDisabled();
    expect(first).toBeChecked(); // the only one that can be
    await user.click(
      dialog.getByRole('button', { name: 'Roll back to release 1' }),
    );
    expect(await screen.findByText(opened)).toBeInTheDocument();
    expect(asked).toHaveBeenCalledWith('w1', 'guestbook', { release: 1 });
  });

  it('names the migrations that ran since, and wants them confirmed', async () => {
    const api = new FakeWorkspacesApi({
      workspace: shown,
      releases: [
        release(1),
        release(2),
        release(3, { state: 'serving', migration: 'npm run migrate' }),
      ],
    });
    const { user, dialog } = await open(rollBack, api);
    const asked = jest.spyOn(api, 'rollbackApp');
    const second = await dialog.findByRole('radio', { name: /^Release 2/ });
    expect(second).not.toBeChecked();
    expect(dialog.getByRole('button', { name: 'Roll back' })).toBeDisabled();
    await user.click(second);
    expect(dialog.getByRole('alert')).toHaveTextContent(/not undone/);
    expect(dialog.getByText('npm run migrate')).toBeInTheDocument();
    const confirm = dialog.getByRole('button', {
      name: 'Roll back to release 2',
    });
    expect(confirm).toBeDisabled();
    const confirmed = dialog.getByRole('checkbox', {
      name: 'Roll back the app alone',
    });
    await user.click(confirmed);
    await user.click(dialog.getByRole('radio', { name: /^Release 1/ }));
    expect(confirmed).not.toBeChecked();
    await user.click(confirmed);
    await user.click(
      dialog.getByRole('button', { name: 'Roll back to release 1' }),
    );
    expect(asked).toHaveBeenCalledWith('w1', 'guestbook', {
      release: 1,
      confirmMigrations: true,
    });
  });

  it('asks for the confirmation that the backend wants, when it knows more', async () => {
    const api = new FakeWorkspacesApi({
      workspace: shown,
      releases: [release(1), release(2, { state: 'serving' })],
    });
    const { user, dialog } = await open(rollBack, api);
    const said =
      'confirmMigrations: migrations ran after release 1 and are not undone (release 3: npm run migrate)';
    jest
      .spyOn(api, 'rollbackApp')
      .mockRejectedValueOnce(new ConflictError(said));
    await user.click(await dialog.findByRole('radio', { name: /^Release 1/ }));
    await user.click(
      dialog.getByRole('button', { name: 'Roll back to release 1' }),
    );
    expect(
      await dialog.findByText(new RegExp('release 3: npm run')),
    ).toBeVisible();
    expect(dialog.getByRole('radio', { name: /^Release 1/ })).toBeChecked();
    await user.click(
      dialog.getByRole('checkbox', { name: 'Roll back the app alone' }),
    );
    await user.click(
      dialog.getByRole('button', { name: 'Roll back to release 1' }),
    );
    expect(await screen.findByText(/builds\/1$/)).toBeInTheDocument();
  });

  it('says that there is nothing to go back to, or why that is not known', async () => {
    const api = new FakeWorkspacesApi({
      workspace: shown,
      releases: [release(1, { state: 'serving' })],
    });
    jest
      .spyOn(api, 'listReleases')
      .mockRejectedValueOnce(new Error('the database is gone'));
    const { user, dialog } = await open(rollBack, api);
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'The releases of guestbook could not be loaded. the database is gone',
    );
    await user.click(dialog.getByRole('button', { name: 'Try again' }));
    expect(
      await dialog.findByText('There is no earlier release that served.'),
    ).toBeInTheDocument();
  });

  it('finds older releases page by page', async () => {
    const releases = Array.from({ length: 25 }, (_, index) =>
      release(index + 1, index === 24 ? { state: 'serving' } : {}),
    );
    const api = new FakeWorkspacesApi({ workspace: shown, releases });
    const { user, dialog } = await open(rollBack, api);
    await dialog.findByRole('radio', { name: /^Release 25/ });
    expect(
      dialog.queryByRole('radio', { name: /^Release 1 / }),
    ).not.toBeInTheDocument();
    await user.click(dialog.getByRole('button', { name: 'Older releases' }));
    expect(
      await dialog.findByRole('radio', { name: /^Release 1 / }),
    ).toBeInTheDocument();
    expect(dialog.getAllByRole('radio')).toHaveLength(25);
  });
});
