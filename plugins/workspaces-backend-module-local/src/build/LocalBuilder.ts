import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { Check, labels } from '@slipway/backstage-plugin-workspaces-common';
import {
  BuildEvent,
  BuildRequest,
  BuilderAbilities,
  EngineContext,
  ImageBuilder,
  WorkKey,
  workName,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  buildSpecification,
  Dockerfile,
  evidenceOf,
  failure,
  readFromBundle,
  secretRemarks,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, engineText, isNotFound, statusOf } from '../failures';
import type { Images } from '../images';
import { BuildProgress } from './BuildProgress';
import { buildFailure } from './buildFailure';
import { replaceInBundle } from './bundle';
import { Certificates, CertifiedDockerfile, certify } from './Certificates';
import { builderCheck } from './check';
import { BuildParameters, messagesOf, startBuild } from './connection';
import { needsSession, openSession } from './session';
import { imagesOf, parametersOf, tagsOf } from './parameters';

/** Yields what a piece of work says while it goes on, and fails as it fails. */
async function* saidDuring(
  work: (onLine: (line: string) => void) => Promise<void>,
): AsyncGenerator<string> {
  const lines = new PassThrough({ objectMode: true });
  const done = work(line => lines.write(line)).finally(() => lines.end());
  done.catch(() => {}); // it is thrown below; where nobody listens any more, nobody needs it
  for await (const line of lines) yield line;
  await done;
}

const WITHOUT_CERTIFICATES =
  'Warning: "workspaces.builds.caBundle" is for images of this machine\'s platform: steps of this build do not have it';

function say(text: string): BuildEvent {
  return { type: 'log', at: new Date(), text };
}

function bundleFailure(error: Error) {
  return failure(
    `The bundle could not be read: ${error.message}`,
    [evidenceOf('error', 'bundle', error.message)],
    error,
  );
}

/**
 * Builds images with the BuildKit of a Docker engine. An image stays on that engine: its digest is its id.
 *
 * Images of one bundle and the same options are one image, whatever run made them. The names of an image tell
 * the bundle, `<digest of the bundle>-<digest of the options>`, and the work that made it, by which it is adopted.
 * A build lives as long as its connection, so that aborting a context stops it as well.
 */
export class LocalBuilder implements ImageBuilder {
  readonly abilities: BuilderAbilities = { secrets: true };
  readonly #docker: Docker;
  readonly #images: Images;
  readonly #instance: string;
  readonly #certificates?: Certificates;
  readonly #logger: LoggerService;
  /** The builds of this process, by the name of their work. */
  readonly #builds = new Map<string, Set<AbortController>>();

  constructor(options: {
    docker: Docker;
    images: Images;
    /** Which portal this is, where several share one engine. */
    instance: string;
    /** Path of a PEM bundle on the portal's machine that RUN steps are to trust. */
    caBundle?: string;
    logger: LoggerService;
  }) {
    const { docker, images, instance, caBundle: path, logger } = options;
    this.#docker = docker;
    this.#images = images;
    this.#instance = instance;
    this.#certificates =
      path === undefined
        ? undefined
        : new Certificates({ docker, path, instance });
    this.#logger = logger;
  }

  async *check(): AsyncGenerator<Check> {
    yield await builderCheck(this.#docker);
  }

  async *build(
    request: BuildRequest,
    context: EngineContext,
  ): AsyncGenerator<BuildEvent> {
    const work = workName(context.key);
    const cancellation = new AbortController();
    const ofThisKey = this.#builds.get(work) ?? new Set();
    this.#builds.set(work, ofThisKey.add(cancellation));
    const signal = AbortSignal.any([context.signal, cancellation.signal]);
    try {
      signal.throwIfAborted();
      yield* this.#build(request, work, { ...context, signal });
    } catch (error) {
      context.signal.throwIfAborted();
      if (cancellation.signal.aborted) {
        throw failure(
          'The build was cancelled',
          [evidenceOf('state', 'builder', 'cancelled')],
          error,
        );
      }
      throw engineFailure('The build failed', error);
    } finally {
      cancellation.abort(); // ends the connection where the caller stopped reading
      ofThisKey.delete(cancellation);
      if (ofThisKey.size === 0) this.#builds.delete(work);
    }
  }

  /** Stops the build of that key if it is one of this process; there can be no other, a build ends with its connection. */
  async cancel(key: WorkKey): Promise<void> {
    const work = workName(key);
    const builds = this.#builds.get(work);
    if (!builds) return;
    this.#logger.info(`Cancelling the build ${work}`);
    for (const build of builds) build.abort();
  }

  async *#build(
    request: BuildRequest,
    work: string,
    { signal, secrets }: EngineContext,
  ): AsyncGenerator<BuildEvent> {
    const isForThisMachine = await this.#isForThisMachine(request);
    const certificates = isForThisMachine
      ? await this.#certificates?.ensureImage(signal)
      : undefined;
    const specification = buildSpecification(request, certificates ?? null);
    const adopted = await this.#find(
      tagsOf(request, work, specification).work,
      specification,
    );
    if (adopted) {
      this.#logger.info(`Adopting the image that ${work} has made`);
      yield { type: 'image', image: adopted, digest: adopted };
      return;
    }
    const dockerfile = await this.#readDockerfile(request);
    for (const remark of secretRemarks(request.secrets, dockerfile))
      yield say(remark);
    if (isForThisMachine) {
      yield* this.#bringImages(imagesOf(request, dockerfile), signal);
    } else {
      const { syntax } = dockerfile ?? {};
      if (syntax) yield* this.#bringImages([syntax], signal);
      if (this.#certificates) yield say(WITHOUT_CERTIFICATES);
    }
    const certified =
      dockerfile && certificates
        ? certify(dockerfile, certificates)
        : undefined;
    const parameters = parametersOf(
      request,
      work,
      specification,
      this.#instance,
    );
    const given = { dockerfile, certified };
    const session = needsSession(request, dockerfile)
      ? await openSession(this.#docker, request, secrets, signal)
      : undefined;
    try {
      const started = { ...parameters, session: session?.id };
      const image = yield* this.#send(request, started, given, signal);
      yield { type: 'image', image, digest: image };
    } finally {
      session?.close();
    }
  }

  /**
   * Images for other machines BuildKit fetches by itself, where it needs them: here they would take the name of what
   * the engine has, which steps that build on this machine may need as well.
   */
  async #isForThisMachine({ platform }: BuildRequest): Promise<boolean> {
    if (platform === undefined) return true;
    const { Os: os, Arch: architecture } = await this.#docker.version();
    return `${platform}/`.startsWith(`${os}/${architecture}/`);
  }

  async *#bringImages(
    images: Iterable<string>,
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent> {
    for (const image of images) {
      const lines = saidDuring(onLine =>
        this.#images.ensure(image, signal, onLine),
      );
      for await (const line of lines) yield say(line);
    }
  }

  /** Sends the bundle and follows the build to its end. Returns the id of the image. */
  async *#send(
    request: BuildRequest,
    parameters: BuildParameters,
    {
      dockerfile,
      certified,
    }: { dockerfile?: Dockerfile; certified?: CertifiedDockerfile },
    signal: AbortSignal,
  ): AsyncGenerator<BuildEvent, string> {
    const progress = new BuildProgress(certified);
    const bundle = request.bundle();
    const context = certified
      ? replaceInBundle(bundle, request.dockerfile, certified.text)
      : bundle;
    let unreadable: Error | undefined;
    context.once('error', error => {
      unreadable = error;
    });
    try {
      const response = await startBuild(
        this.#docker,
        context,
        parameters,
        signal,
      );
      for await (const message of messagesOf(response))
        yield* progress.accept(message);
    } catch (error) {
      signal.throwIfAborted();
      if (unreadable) throw bundleFailure(unreadable);
      if (statusOf(error) !== undefined)
        throw buildFailure(progress, engineText(error), dockerfile);
      // The engine may close the connection before it has read the whole context: what it said goes first.
      if (progress.error === undefined)
        throw engineFailure(
          'The connection to the engine broke during the build',
          error,
        );
    } finally {
      context.destroy();
    }
    yield* progress.end();
    if (progress.error !== undefined)
      throw buildFailure(progress, progress.error, dockerfile);
    if (progress.image === undefined) {
      throw buildFailure(
        progress,
        'The engine ended the build without an image and without an error',
        dockerfile,
      );
    }
    return progress.image;
  }

  async #readDockerfile(
    request: BuildRequest,
  ): Promise<Dockerfile | undefined> {
    const text = await readFromBundle(
      request.bundle(),
      request.dockerfile,
    ).catch(error => {
      throw bundleFailure(error);
    });
    return text === undefined ? undefined : new Dockerfile(text);
  }

  /** The id of an image of that name, if it was made from that specification by this portal. */
  async #find(
    name: string,
    specification: string,
  ): Promise<string | undefined> {
    try {
      const { Id: id, Config: config } = await this.#docker
        .getImage(name)
        .inspect();
      const { [labels.specification]: made, [labels.instance]: instance } =
        config.Labels ?? {};
      return made === specification && instance === this.#instance
        ? id
        : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw engineFailure(`Could not look for the image ${name}`, error);
    }
  }
}
