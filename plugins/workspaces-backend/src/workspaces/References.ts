import { ConflictError, InputError } from '@backstage/errors';
import type {
  AppSpec,
  SourceSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Knex } from 'knex';
import type { EndpointService } from '../endpoints/EndpointService';
import type { SecretStore } from '../secrets/SecretStore';
import type { SourceService } from '../sources/SourceService';
import type { EndpointRow } from '../store/rows';
import { fieldOf, type Located } from './parts';

/** Who asks for a change. */
export interface Requester {
  /** Entity ref of the user. */
  ref: string;
  /** Entity refs by which the user owns things. */
  owners: string[];
}

/** What a check of references has to know. */
export interface ReferenceContext {
  /** Owner of the workspace. */
  owner: string;
  requester: Requester;
  workspaceId?: string;
  /** The app as it is stored: what it refers to already may stay, whoever changes the rest. */
  before?: AppSpec;
}

/** Checks what a specification refers to: sources, uploads, secrets and stable ports. */
export class References {
  readonly #knex: Knex;
  readonly #secrets: SecretStore;
  readonly #sources: SourceService;
  readonly #endpoints: Pick<EndpointService, 'find' | 'stablePortProblem'>;

  constructor(options: {
    knex: Knex;
    secrets: SecretStore;
    sources: SourceService;
    endpoints: Pick<EndpointService, 'find' | 'stablePortProblem'>;
  }) {
    this.#knex = options.knex;
    this.#secrets = options.secrets;
    this.#sources = options.sources;
    this.#endpoints = options.endpoints;
  }

  async check(
    apps: Located<AppSpec>[],
    context: ReferenceContext,
  ): Promise<void> {
    for (const app of apps) {
      await this.checkSource(fieldOf(app, 'source'), app.spec.source, context);
      await this.#checkSecrets(app, context);
      await this.#checkStablePort(app, context);
    }
  }

  /** A source: its own fields, its upload and its token. */
  async checkSource(
    field: string,
    source: SourceSpec,
    context: ReferenceContext,
  ): Promise<void> {
    this.#sources.validate(source, field);
    const before = context.before?.source;
    if (source.token !== undefined && source.token !== before?.token) {
      await this.#checkSecret(`${field}.token`, source.token, context);
    }
    if (source.upload !== undefined && source.upload !== before?.upload) {
      await this.#checkUpload(`${field}.upload`, source.upload, context);
    }
  }

  async #checkUpload(
    field: string,
    id: string,
    { requester, owner }: ReferenceContext,
  ): Promise<void> {
    const upload = await this.#sources.findUpload(id, requester.owners);
    if (!upload) {
      throw new InputError(
        `${field}: you have no upload "${id}", or it has expired; upload the source with POST /sources`,
      );
    }
    if (upload.owner !== owner && upload.uploader !== requester.ref) {
      throw new InputError(
        `${field}: the upload belongs to ${upload.owner}; upload it with owner=${owner}`,
      );
    }
  }

  async #checkSecrets(
    app: Located<AppSpec>,
    context: ReferenceContext,
  ): Promise<void> {
    for (const [index, { secret }] of (app.spec.environment ?? []).entries()) {
      if (
        secret === undefined ||
        context.before?.environment?.some(
          variable => variable.secret === secret,
        )
      )
        continue;
      await this.#checkSecret(
        fieldOf(app, `environment[${index}].secret`),
        secret,
        context,
      );
    }
    for (const [index, { secret }] of (app.spec.files ?? []).entries()) {
      if (context.before?.files?.some(old => old.secret === secret)) continue;
      await this.#checkSecret(
        fieldOf(app, `files[${index}].secret`),
        secret,
        context,
      );
    }
    for (const [index, { secret }] of (
      app.spec.build?.secrets ?? []
    ).entries()) {
      if (context.before?.build?.secrets?.some(old => old.secret === secret))
        continue;
      await this.#checkSecret(
        fieldOf(app, `build.secrets[${index}].secret`),
        secret,
        context,
      );
    }
  }

  /** Generated secrets of workspaces are not for users to refer to. */
  async #checkSecret(
    field: string,
    id: string,
    { requester }: ReferenceContext,
  ): Promise<void> {
    const secret = await this.#secrets.get(id);
    if (
      secret &&
      secret.workspace_id === null &&
      requester.owners.includes(secret.owner)
    )
      return;
    throw new InputError(
      `${field}: you have no secret "${id}"; accepted is the id that POST /secrets answered`,
    );
  }

  async #checkStablePort(
    app: Located<AppSpec>,
    { workspaceId }: ReferenceContext,
  ): Promise<void> {
    const port = app.spec.stablePort;
    if (port === undefined) return;
    const problem = this.#endpoints.stablePortProblem(port);
    if (problem) throw new InputError(fieldOf(app, problem));
    const field = fieldOf(app, 'stablePort');
    const own =
      workspaceId && (await this.#endpoints.find(workspaceId, app.spec.name));
    if (own && own.stable_port === port) return;
    if (own) {
      throw new InputError(
        `${field}: the app is reachable at ${own.stable_port}; move its endpoint with PATCH /endpoints/${own.id} first, or leave the field out`,
      );
    }
    const taken = await this.#knex<EndpointRow>('endpoints')
      .where({ stable_port: port })
      .first();
    if (taken)
      throw new ConflictError(
        `${field}: ${port} is taken by another app; choose another port, or leave the field out`,
      );
  }
}
