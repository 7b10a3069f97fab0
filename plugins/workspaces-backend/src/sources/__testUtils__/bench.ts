import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { mockServices } from '@backstage/backend-test-utils';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import tar from 'tar-stream';
import { openDatabase } from '../../store/database';
import type { SourceRow } from '../../store/rows';
import {
  defaultLimits,
  type SourceLimits,
  type SourceSettings,
} from '../settings';
import { SourceService } from '../SourceService';
import { craftZip } from './craftZip';
import { filesBelow, type TemporaryFolders } from './temporary';

export const owner = 'group:default/team-a';
export const jane = 'user:default/jane';

/** What differs from the defaults. */
export type BenchOptions = Partial<Omit<SourceSettings, 'limits'>> & {
  limits?: Partial<SourceLimits>;
  directory?: string;
};

/** A service with storage and a database of its own. */
export interface Bench {
  knex: Knex;
  directory: string;
  service: SourceService;
}

/** Makes one in a fresh database; storage is a fresh folder unless one is named. */
export async function makeBench(
  knex: Knex,
  folders: TemporaryFolders,
  options: BenchOptions = {},
): Promise<Bench> {
  await openDatabase(
    mockServices.database({ knex, migrations: { skip: false } }),
  );
  const directory = options.directory ?? (await folders.make());
  const settings: SourceSettings = {
    allow: options.allow ?? [],
    folders: options.folders ?? [],
    limits: { ...defaultLimits, ...options.limits },
  };
  return {
    knex,
    directory,
    service: new SourceService({
      knex,
      directory,
      settings,
      logger: mockServices.logger.mock(),
    }),
  };
}

/** A request of the owner, with what it logs in `lines`. */
export function request(
  spec: SourceSpec,
  more: {
    dockerfile?: string;
    requester?: string;
    owner?: string;
    signal?: AbortSignal;
    token?: string;
  } = {},
) {
  const lines: string[] = [];
  return {
    spec,
    owner,
    workspaceId: 'workspace-1',
    lines,
    log: (line: string) => lines.push(line),
    signal: new AbortController().signal,
    ...more,
  };
}

/** Uploads as Jane, for the owner. */
export async function upload(
  service: SourceService,
  content: Buffer,
  options: { owner?: string; contentLength?: number } = {},
): Promise<SourceRow> {
  return service.upload(Readable.from([content]), {
    owner,
    uploader: jane,
    filename: 'a.zip',
    ...options,
  });
}

/** A source that is an uploaded zip of these files. */
export async function uploaded(
  service: SourceService,
  files: Record<string, string>,
): Promise<SourceSpec> {
  const zip = craftZip(
    Object.entries(files).map(([name, content]) => ({ name, content })),
  );
  return { type: 'upload', upload: (await upload(service, zip)).id };
}

/** Files and folders of a bundle. */
export async function contentOf(
  service: SourceService,
  digest: string,
): Promise<Record<string, string>> {
  const extract = tar.extract();
  service.openBundle(digest).pipe(extract as unknown as NodeJS.WritableStream);
  const found: Record<string, string> = {};
  for await (const entry of extract)
    found[entry.header.name] = (
      await buffer(entry as unknown as Readable)
    ).toString();
  return found;
}

/** The EngineError that a promise must fail with. */
export async function failure(promise: Promise<unknown>): Promise<EngineError> {
  const error = await promise.then(
    () => undefined,
    reason => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error;
}

/** What is left on disk, the empty folder of the process aside. */
export async function leftIn(directory: string): Promise<string[]> {
  return (await filesBelow(directory)).filter(file => !file.endsWith('/'));
}
