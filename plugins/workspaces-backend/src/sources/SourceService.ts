import path from 'node:path';
import type { Readable } from 'node:stream';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  BuildArgument,
  SourceInspection,
  SourceSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { diagnose } from '../diagnosis/diagnose';
import type { SourceRow } from '../store/rows';
import { packBundle } from './bundle';
import { BundleStore } from './BundleStore';
import { contextOf, listContext } from './context';
import { AddressGuard } from './guard/addresses';
import { look } from './inspection';
import { obtainSource } from './obtain';
import { formatBytes, refused } from './refusal';
import type { SourceSettings } from './settings';
import { validateSource } from './specification';
import { UploadStore, type UploadOptions } from './UploadStore';
import { WorkFolders } from './WorkFolders';

/** Which source to look at, for whom. */
export interface SourceRequest {
  spec: SourceSpec;
  /** Relative to the build context; needed where several Dockerfiles are found. */
  dockerfile?: string;
  /** Values that stand in for ARG defaults where base images are named. */
  buildArguments?: BuildArgument[];
  /** Entity ref of the workspace's owner. */
  owner: string;
  /** Entity ref of who asked: an upload may be used by its uploader and by its owner. */
  requester?: string;
  /** The access token itself; a token of the form `user:password` is sent as such. */
  token?: string;
  /** Gets what happens, a line at a time, without any secret. */
  log(line: string): void;
  signal: AbortSignal;
}

/** A request whose result is kept for a workspace. */
export interface FetchRequest extends SourceRequest {
  workspaceId: string;
}

/** What was fetched. */
export interface FetchedSource {
  /** sha256 of the bundle, in hex: what `openBundle` takes. */
  bundle: string;
  sizeBytes: number;
  /** git: the commit; otherwise `sha256:` and the digest of what was fetched. */
  revision: string;
  inspection: SourceInspection;
}

/**
 * Brings sources into bundles: checked, filtered by `.dockerignore`, and the same bytes
 * for the same content. All that it writes meanwhile lies in a folder of its own, which is
 * removed however it ends.
 */
export class SourceService {
  readonly #settings: SourceSettings;
  readonly #guard: AddressGuard;
  readonly #work: WorkFolders;
  readonly #uploads: UploadStore;
  readonly #bundles: BundleStore;

  /** `directory` is `workspaces.storage.directory`. */
  constructor(options: {
    knex: Knex;
    directory: string;
    settings: SourceSettings;
    logger: LoggerService;
  }) {
    const { knex, directory, settings, logger } = options;
    this.#settings = settings;
    this.#guard = new AddressGuard(settings.allow);
    this.#work = new WorkFolders(path.join(directory, 'work'), logger);
    this.#bundles = new BundleStore(knex, path.join(directory, 'bundles'));
    this.#uploads = new UploadStore({
      knex,
      directory: path.join(directory, 'uploads'),
      work: this.#work,
      longest: settings.limits.totalBytes,
    });
  }

  /** Removes what an earlier life of this process left behind. */
  async start(): Promise<void> {
    await this.#work.removeLeftovers();
  }

  /** Throws an InputError that names the field, `field` being where the source stands in the request. */
  validate(spec: SourceSpec, field = 'source'): void {
    validateSource(spec, field, this.#guard, this.#settings);
  }

  /** Keeps an uploaded zip or tar.gz until an app uses it, a day at most otherwise. */
  async upload(body: Readable, options: UploadOptions): Promise<SourceRow> {
    return this.#uploads.keep(body, options);
  }

  /** The upload, where one of the refs is its uploader or owner. */
  async findUpload(
    id: string,
    ownershipRefs: string[],
  ): Promise<SourceRow | undefined> {
    const upload = await this.#uploads.find(id);
    return upload &&
      [upload.owner, upload.uploader].some(ref => ownershipRefs.includes(ref))
      ? upload
      : undefined;
  }

  /** Brings a source into a bundle that is kept for the workspace. */
  async fetch(request: FetchRequest): Promise<FetchedSource> {
    this.#refuseInvalid(request.spec);
    return this.#within(request, async (work, signal) => {
      const obtained = await this.#obtain(work, { ...request, signal }, false);
      const context = await contextOf(obtained.tree, request.spec.path);
      const seen = await look(context, request);
      if (seen.failure) throw seen.failure;
      const { dockerfile } = seen.inspection;
      const listing = await listContext(context, {
        dockerfile,
        limits: this.#settings.limits,
        signal,
      });
      const file = path.join(work, 'bundle.tar');
      const bundle = await packBundle(context, listing.entries, file, signal);
      await this.#bundles.keep(file, bundle, request.workspaceId);
      request.log(
        `Bundle sha256:${bundle.digest}: ${listing.files} files, ${formatBytes(
          listing.sizeBytes,
        )}`,
      );
      const revision = obtained.revision ?? `sha256:${bundle.digest}`;
      const { files, sizeBytes } = listing;
      return {
        bundle: bundle.digest,
        sizeBytes: bundle.sizeBytes,
        revision,
        inspection: { ...seen.inspection, revision, files, sizeBytes },
      };
    });
  }

  /** Looks at a source and keeps nothing. What a fetch would fail with becomes `problem`. */
  async inspect(request: SourceRequest): Promise<SourceInspection> {
    this.validate(request.spec);
    try {
      return await this.#within(request, async (work, signal) => {
        const { tree, revision, branches } = await this.#obtain(
          work,
          { ...request, signal },
          true,
        );
        const context = await contextOf(tree, request.spec.path);
        const { inspection, failure } = await look(context, request);
        const { dockerfile } = inspection;
        const { files, sizeBytes } = await listContext(context, {
          dockerfile,
          limits: this.#settings.limits,
          signal,
        });
        const problem = failure && problemOf(failure);
        return { ...inspection, revision, branches, files, sizeBytes, problem };
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return {
        dockerfiles: [],
        runtime: 'unknown',
        baseImages: [],
        files: 0,
        sizeBytes: 0,
        problem: problemOf(error),
      };
    }
  }

  /** The bundle, a plain tar whose root is the build context. */
  openBundle(digest: string): Readable {
    return this.#bundles.open(digest);
  }

  /** Removes uploads that no app uses after a day, bundles of no workspace, and leftovers of dead machines. */
  async removeUnused(): Promise<void> {
    await this.#uploads.removeUnused();
    await this.#bundles.removeUnused();
    await this.#work.removeLeftovers();
  }

  /** What was accepted once may be refused by the configuration of today. */
  #refuseInvalid(spec: SourceSpec): void {
    try {
      this.validate(spec);
    } catch (error) {
      throw refused('specification', (error as Error).message, {
        cause: error,
      });
    }
  }

  #obtain(
    work: string,
    request: SourceRequest | FetchRequest,
    withBranches: boolean,
  ) {
    const means = {
      guard: this.#guard,
      settings: this.#settings,
      uploads: this.#uploads,
    };
    return obtainSource(
      work,
      { ...request, token: request.token?.trim() || undefined, withBranches },
      means,
    );
  }

  /** Gives `use` a folder, and the time that the limits allow. */
  async #within<T>(
    request: SourceRequest,
    use: (work: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    request.signal.throwIfAborted();
    const { timeoutMilliseconds } = this.#settings.limits;
    const deadline = AbortSignal.timeout(timeoutMilliseconds);
    try {
      return await this.#work.with(work =>
        use(work, AbortSignal.any([request.signal, deadline])),
      );
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      if (!deadline.aborted) throw error;
      throw refused(
        'deadline',
        `the source took longer than ${
          timeoutMilliseconds / 1000
        } s, the limit (workspaces.sources.limits.timeout)`,
        { cause: error },
      );
    }
  }
}

function problemOf(failure: EngineError) {
  return diagnose({
    stage: 'fetch',
    message: failure.message,
    evidence: failure.evidence,
  });
}
