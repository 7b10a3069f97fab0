import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import type { LogReference } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from '../../api';

const DOWNLOAD_LINES = 5_000;

/**
 * Saves a whole log as a file. It is fetched page by page, each handed to the browser's own
 * store of files at once, so that it is never whole in the page's memory.
 */
export async function downloadLog(
  api: WorkspacesApi,
  run: Run,
  log: LogReference,
): Promise<void> {
  const parts: Blob[] = [];
  let from = 1;
  for (;;) {
    const page = await api.getRunLogs({ ...log, from, limit: DOWNLOAD_LINES });
    if (page.items.length === 0) break;
    parts.push(
      new Blob([page.items.map(({ at, text }) => `${at} ${text}\n`).join('')]),
    );
    from = page.items[page.items.length - 1].line + 1;
    if (from > page.lastLine) break;
  }
  const name = [run.workspaceName, `run-${run.number}`, log.stage, log.app]
    .filter(Boolean)
    .join('-');
  save(new Blob(parts, { type: 'text/plain;charset=utf-8' }), `${name}.log`);
}

function save(content: Blob, fileName: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(address);
}
