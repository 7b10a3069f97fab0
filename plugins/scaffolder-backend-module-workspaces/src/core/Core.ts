import type {
  AuthService,
  BackstageCredentials,
  DiscoveryService,
} from '@backstage/backend-plugin-api';
import type {
  RequestOptions,
  TypedResponse,
  WorkspacesClient,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesService } from '@slipway/backstage-plugin-workspaces-node';
import { answerOf } from './answer';

const PLUGIN_ID = 'workspaces';

/** What the actions need of the portal. */
export interface CoreServices {
  auth: AuthService;
  discovery: DiscoveryService;
  workspaces: WorkspacesService;
}

type Ask<T> = (
  client: WorkspacesClient,
  options: RequestOptions,
) => Promise<TypedResponse<T>>;

/**
 * The core, asked with the credentials of whoever started the task. A run may outlive their
 * token: then it is read with those of the scaffolder, which cannot change anything.
 */
export class Core {
  readonly #services: CoreServices;
  readonly #user: BackstageCredentials;
  #userTokenEnded = false;

  constructor(services: CoreServices, user: BackstageCredentials) {
    this.#services = services;
    this.#user = user;
  }

  /** Asks as the user. What is refused is thrown as the error that the core named, word by word. */
  async asUser<T>(ask: Ask<T>): Promise<T> {
    const token = await this.#tokenFor(this.#user);
    return answerOf(await ask(this.#services.workspaces, { token }));
  }

  /** Reads what the user was let into before, by `asUser`; refusals are thrown as there. */
  async read<T>(ask: Ask<T>): Promise<T> {
    const { workspaces } = this.#services;
    return answerOf(await this.#reading(token => ask(workspaces, { token })));
  }

  /** Address of the live stream with these topics. */
  async streamUrl(...topics: string[]): Promise<string> {
    const base = await this.#services.discovery.getBaseUrl(PLUGIN_ID);
    return `${base}/stream?${new URLSearchParams({
      topics: topics.join(','),
    })}`;
  }

  /** Opens a stream of what the user was let into before. */
  readonly fetch: typeof fetch = (input, init) =>
    this.#reading(token => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${token}`);
      return fetch(input, { ...init, headers });
    });

  async #reading<R extends Pick<Response, 'status' | 'body'>>(
    send: (token: string) => Promise<R>,
  ): Promise<R> {
    if (!this.#userTokenEnded) {
      const response = await send(await this.#tokenFor(this.#user));
      if (response.status !== 401) return response;
      await response.body?.cancel();
      this.#userTokenEnded = true;
    }
    const own = await this.#services.auth.getOwnServiceCredentials();
    return send(await this.#tokenFor(own));
  }

  async #tokenFor(onBehalfOf: BackstageCredentials): Promise<string> {
    const { token } = await this.#services.auth.getPluginRequestToken({
      onBehalfOf,
      targetPluginId: PLUGIN_ID,
    });
    return token;
  }
}
