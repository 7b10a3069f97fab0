import type { AuthService } from '@backstage/backend-plugin-api';
import { ResponseError } from '@backstage/errors';
import type { DocumentCollatorFactory } from '@backstage/plugin-search-common';
import {
  WORKSPACES_SEARCH_TYPE,
  workspaceReadPermission,
  type TypedResponse,
  type WorkspaceSearchDocument,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesService } from '@slipway/backstage-plugin-workspaces-node';
import { Readable } from 'node:stream';
import { endpointDocument, workspaceDocument } from './documents';

const PAGE_SIZE = 200;

interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** Collects a document of every workspace and of every endpoint, for those who may read them. */
export class WorkspacesCollatorFactory implements DocumentCollatorFactory {
  readonly type = WORKSPACES_SEARCH_TYPE;
  readonly visibilityPermission = workspaceReadPermission;
  readonly #workspaces: WorkspacesService;
  readonly #auth: AuthService;

  constructor(options: { workspaces: WorkspacesService; auth: AuthService }) {
    this.#workspaces = options.workspaces;
    this.#auth = options.auth;
  }

  async getCollator(): Promise<Readable> {
    return Readable.from(this.#documents());
  }

  async *#documents(): AsyncGenerator<WorkspaceSearchDocument> {
    const workspaces = this.#all((cursor, token) =>
      this.#workspaces.listWorkspaces(
        // What is added meanwhile comes last, and is met.
        { query: { cursor, limit: PAGE_SIZE, order: 'oldest' } },
        { token },
      ),
    );
    for await (const workspace of workspaces)
      yield workspaceDocument(workspace);

    const endpoints = this.#all((cursor, token) =>
      this.#workspaces.listEndpoints(
        { query: { cursor, limit: PAGE_SIZE } },
        { token },
      ),
    );
    for await (const endpoint of endpoints) yield endpointDocument(endpoint);
  }

  async *#all<T>(
    list: (
      cursor: string | undefined,
      token: string,
    ) => Promise<TypedResponse<Page<T>>>,
  ): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const response = await list(cursor, await this.#token());
      // The index stays as it was when the core does not answer.
      if (!response.ok) throw await ResponseError.fromResponse(response);
      const page: Page<T> = await response.json();
      yield* page.items;
      cursor = page.nextCursor;
    } while (cursor);
  }

  async #token(): Promise<string> {
    const { token } = await this.#auth.getPluginRequestToken({
      onBehalfOf: await this.#auth.getOwnServiceCredentials(),
      targetPluginId: 'workspaces',
    });
    return token;
  }
}
