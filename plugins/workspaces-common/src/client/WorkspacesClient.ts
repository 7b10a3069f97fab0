import { DefaultApiClient } from '../schema/openapi/generated/apis';
import type {
  RequestOptions,
  TypedResponse,
  UploadSource,
} from '../schema/openapi/generated/apis';
import type { UploadedSource } from '../schema/openapi/generated/models';
import type { DiscoveryApi } from '../schema/openapi/generated/types/discovery';
import type { FetchApi } from '../schema/openapi/generated/types/fetch';

type Fetch = FetchApi['fetch'];

/** What the generator writes instead of the names of headers. */
const headerNames: Record<string, string> = {
  idempotencyKey: 'Idempotency-Key',
};

/**
 * Client of the API, made from its document. It sends what the generator leaves out: the
 * bytes of an upload, and headers by their own names.
 *
 * @public
 */
export class WorkspacesClient extends DefaultApiClient {
  readonly #discoveryApi: DiscoveryApi;
  readonly #fetch: Fetch;

  constructor(options: {
    discoveryApi: DiscoveryApi;
    fetchApi?: { fetch: typeof fetch };
  }) {
    const plain = options.fetchApi?.fetch ?? globalThis.fetch;
    const named: Fetch = (input, init) =>
      plain(input, init && { ...init, headers: withNames(init.headers) });
    super({ ...options, fetchApi: { fetch: named } });
    this.#discoveryApi = options.discoveryApi;
    this.#fetch = plain;
  }

  /**
   * A zip or tar.gz, as it is, at most 512 MiB.
   *
   * @param request - The archive is its `body`; what `owner` and `filename` mean stands in the API document.
   */
  override async uploadSource(
    request: UploadSource & { body?: BodyInit },
    options?: RequestOptions,
  ): Promise<TypedResponse<UploadedSource>> {
    const address = new URL(
      `${await this.#discoveryApi.getBaseUrl('workspaces')}/sources`,
    );
    for (const [name, value] of Object.entries(request.query)) {
      if (value !== undefined) address.searchParams.set(name, value);
    }
    return this.#fetch(address, {
      method: 'POST',
      body: request.body,
      headers: withNames({
        ...request.header,
        'Content-Type': 'application/octet-stream',
        ...(options?.token && { Authorization: `Bearer ${options.token}` }),
      }),
    });
  }
}

function withNames(headers: RequestInit['headers']): RequestInit['headers'] {
  if (!headers || headers instanceof Headers || Array.isArray(headers)) {
    return headers;
  }
  const sent = Object.entries(headers).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(
    sent.map(([name, value]) => [headerNames[name] ?? name, value]),
  );
}
