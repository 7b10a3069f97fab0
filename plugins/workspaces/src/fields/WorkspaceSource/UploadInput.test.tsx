import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import type { UploadOptions } from '../../api';
import { create, renderForm, sourcePage } from '../__testUtils__/renderForm';

const archive = new File(['x'.repeat(4_096)], 'guestbook.zip');

async function openUpload(formData?: Record<string, unknown>) {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  const { onCreate } = renderForm([sourcePage], { api, formData });
  await userEvent.click(await screen.findByRole('radio', { name: 'Upload' }));
  return { api, onCreate, chooser: screen.getByLabelText('Choose a file') };
}

/** Answers only when it is told to. */
function slowly(api: FakeWorkspacesApi) {
  const upload = { options: {} as UploadOptions, fail: (_: Error) => {} };
  api.uploadSource = (_file, _request, options = {}) =>
    new Promise((_resolve, reject) => {
      upload.options = options;
      upload.fail = reject;
      options.signal?.addEventListener('abort', () =>
        reject(new DOMException('stopped', 'AbortError')),
      );
    });
  return upload;
}

describe('UploadInput', () => {
  it('uploads the chosen file for the owner that the form names', async () => {
    const { api, onCreate, chooser } = await openUpload({
      owner: 'group:default/team-a',
    });
    const uploadSource = jest.spyOn(api, 'uploadSource');
    await userEvent.upload(chooser, archive);
    expect(await screen.findByText('guestbook.zip is uploaded')).toBeVisible();
    expect(uploadSource).toHaveBeenCalledWith(
      archive,
      { filename: 'guestbook.zip', owner: 'group:default/team-a' },
      expect.anything(),
    );
    await screen.findByText('8080, as EXPOSE says');
    expect(await create(onCreate)).toMatchObject({
      app: {
        source: { type: 'upload', upload: 'u1' },
        filename: 'guestbook.zip',
        port: 8080,
      },
    });
  });

  it('takes a file that is dropped on it', async () => {
    await openUpload();
    fireEvent.drop(screen.getByText(/Drop a zip or tar\.gz here/), {
      dataTransfer: { files: [archive] },
    });
    expect(await screen.findByText('guestbook.zip is uploaded')).toBeVisible();
  });

  it('says how much was sent, and stops', async () => {
    const { api, chooser } = await openUpload();
    const upload = slowly(api);
    await userEvent.upload(chooser, archive);
    expect(await screen.findByText('Sending guestbook.zip')).toBeVisible();
    act(() => upload.options.onProgress?.(1_024));
    expect(await screen.findByText('1 KiB of 4 KiB')).toBeVisible();
    expect(
      screen.getByRole('progressbar', { name: 'Sending guestbook.zip' }),
    ).toHaveAttribute('aria-valuenow', '25');
    await userEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(upload.options.signal?.aborted).toBe(true);
    expect(
      await screen.findByRole('button', { name: 'Choose a file' }),
    ).toHaveFocus();
  });

  it('says why an upload failed, and sends the same file again', async () => {
    const { api, chooser } = await openUpload();
    const upload = slowly(api);
    await userEvent.upload(chooser, archive);
    await screen.findByText('Sending guestbook.zip');
    upload.fail(new Error('the connection was lost'));
    expect(await screen.findByText(/the connection was lost/)).toBeVisible();
    const uploadSource = jest
      .spyOn(api, 'uploadSource')
      .mockImplementation(FakeWorkspacesApi.prototype.uploadSource);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('guestbook.zip is uploaded')).toBeVisible();
    expect(uploadSource.mock.calls[0][0]).toBe(archive);
  });

  it('refuses a file that the backend would refuse for its size, and sends nothing', async () => {
    const { api, chooser } = await openUpload();
    const uploadSource = jest.spyOn(api, 'uploadSource');
    const large = new File(['x'], 'large.zip');
    Object.defineProperty(large, 'size', { value: 600 * 2 ** 20 });
    await userEvent.upload(chooser, large);
    expect(
      await screen.findByText(/large\.zip has 600 MiB; at most 512 MiB/),
    ).toBeVisible();
    await userEvent.upload(chooser, new File([], 'empty.zip'));
    expect(await screen.findByText(/empty\.zip is empty/)).toBeVisible();
    expect(uploadSource).not.toHaveBeenCalled();
  });
});
