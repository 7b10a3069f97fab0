import { InputError } from '@backstage/errors';
import {
  sourceInspectPermission,
  workspaceCreatePermission,
  type SourceToInspect,
  type UploadedSource,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Request, Router } from 'express';
import type { SourceRow } from '../store/rows';
import { audited } from './audit';
import type { Caller } from './authorize';
import { idempotencyOf } from './idempotency';
import { requesterOf } from './named';
import type { ApiRouter, ApiServices } from './services';

const UPLOAD_TYPE = 'application/octet-stream';
const LONGEST_FILENAME = 300;

/** Sources that are only looked at. */
export function addSourceRoutes(
  router: ApiRouter,
  services: ApiServices,
): void {
  const { auditor, authorizer, references, secrets, sources } = services;

  const inspect = async (
    caller: Caller,
    body: SourceToInspect,
    signal: AbortSignal,
  ) => {
    await authorizer.require(caller, sourceInspectPermission);
    const { source, dockerfile } = body;
    const requester = await requesterOf(services, caller);
    await references.checkSource('source', source, {
      owner: caller.ref,
      requester,
    });
    const token =
      source.token === undefined
        ? undefined
        : (await secrets.reveal(source.token)).value;
    return sources.inspect({
      spec: source,
      dockerfile,
      owner: caller.ref,
      requester: caller.ref,
      token,
      log: () => {},
      signal,
    });
  };

  router.post('/sources/inspect', async (request, response) => {
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    // It changes nothing, but the portal goes out with the token of somebody.
    const event = { id: 'source-inspect', request, severity: 'low' as const };
    const inspection = await audited(auditor, event, async () =>
      inspect(await authorizer.user(request), request.body, closed.signal),
    );
    response.json(inspection);
  });
}

/** `POST /sources`, whose body goes to disk as it comes: no check of the API document reads it. */
export function addUploadRoute(router: Router, services: ApiServices): void {
  const { auditor, authorizer, idempotency, sources } = services;

  const upload = async (request: Request): Promise<SourceRow> => {
    const caller = await authorizer.user(request);
    await authorizer.require(caller, workspaceCreatePermission);
    const query = uploadQuery(request);
    const owner = await authorizer.owner(caller, query.owner);
    const row = await sources.upload(request, {
      owner,
      uploader: caller.ref,
      filename: query.filename,
      contentLength: contentLength(request),
    });
    const { filename, sha256 } = row;
    const repeatable = idempotencyOf(request, caller, 'sources', {
      owner,
      filename,
      sha256,
    });
    if (!repeatable) return row;
    const kept = () =>
      idempotency.once(repeatable, record =>
        idempotency.recordAlone(record, row.id),
      );
    const owned = (id: string) => sources.findUpload(id, [caller.ref]);
    const before = await owned(await kept());
    if (before) return before;
    await idempotency.forget(repeatable); // what the key stood for has expired
    return (await owned(await kept())) ?? row;
  };

  router.post('/sources', async (request, response) => {
    const row = await audited(
      auditor,
      { id: 'source-upload', request },
      async done => {
        const stored = await upload(request);
        done.id = stored.id;
        return stored;
      },
    );
    response.status(201).json(toUploadedSource(row));
  });
}

function uploadQuery(request: Request): { owner?: string; filename?: string } {
  const type = request.header('content-type')?.split(';')[0].trim();
  if (type !== UPLOAD_TYPE)
    throw new InputError(`The header Content-Type must be ${UPLOAD_TYPE}`);
  const { owner, filename, ...others } = request.query;
  const unknown = Object.keys(others);
  if (unknown.length > 0) {
    throw new InputError(
      `${unknown.join(
        ', ',
      )}: unknown query parameter; accepted are owner, filename`,
    );
  }
  return { owner: text('owner', owner), filename: text('filename', filename) };
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_FILENAME &&
    !value.includes('\u0000')
  ) {
    return value;
  }
  throw new InputError(`${name}: must be 1 to ${LONGEST_FILENAME} characters`);
}

function contentLength(request: Request): number | undefined {
  const header = request.header('content-length');
  return header === undefined ? undefined : Number(header);
}

function toUploadedSource(row: SourceRow): UploadedSource {
  return {
    id: row.id,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    expiresAt: new Date(row.expires_at).toISOString(),
  };
}
