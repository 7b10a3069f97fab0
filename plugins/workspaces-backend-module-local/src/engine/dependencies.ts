import type {
  DesiredDependency,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, statusOf } from '../failures';
import type { Images } from '../images';
import type { ContainerSpecification, Containers } from './containers';
import { DependencyCommand, dependencyKinds } from './dependencyKinds';
import { CommandResult, runInContainer } from './exec';
import { LifeWatch } from './life';
import type { Renderer } from './rendering';
import type { Volumes } from './volumes';

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 1_000;
/** A data directory is made at the first start, which takes longer than that of an app. */
const TIMEOUT_FACTOR = 2;
/** Longer than a database needs to write down what it holds in memory. */
const GRACE_SECONDS = 60;

/** Exit codes of a command that the image does not have. */
const CANNOT_RUN = new Set([126, 127]);

/** Brings dependencies up: ready is one in which a login worked. */
export class Dependencies {
  readonly #containers: Containers;
  readonly #volumes: Volumes;
  readonly #images: Images;
  readonly #renderer: Renderer;
  readonly #timeout: number;

  constructor(options: {
    containers: Containers;
    volumes: Volumes;
    images: Images;
    renderer: Renderer;
    /** In milliseconds. */
    readinessTimeout: number;
  }) {
    this.#containers = options.containers;
    this.#volumes = options.volumes;
    this.#images = options.images;
    this.#renderer = options.renderer;
    this.#timeout = options.readinessTimeout * TIMEOUT_FACTOR;
  }

  async bringUp(
    workspace: string,
    dependency: DesiredDependency,
    context: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const { signal } = context;
    const { name } = dependency;
    await this.#images.ensure(dependency.image, signal, report);
    await this.#volumes.ensure(
      workspace,
      this.#volumes.namesOf(workspace, name, [dependency.volume]),
    );
    const specification = await this.#renderer.dependency(
      workspace,
      dependency,
      context,
    );
    const made = await this.#containers.ensure(specification, signal, {
      graceSeconds: GRACE_SECONDS,
    });
    if (made !== 'kept') report(`${name}: container ${made}`);
    await this.#startAndLogIn(specification, dependency, context, report);
    report(`${name}: logged in`);
  }

  async #startAndLogIn(
    specification: ContainerSpecification,
    dependency: DesiredDependency,
    { signal, secrets, adopted }: EngineContext,
    report: (message: string) => void,
  ): Promise<void> {
    const kind = dependencyKinds[dependency.type];
    const container = this.#containers.identities.container(
      specification.identity,
    );
    const password = await secrets.resolve(dependency.password);
    const life = await LifeWatch.begin(this.#containers, container, signal);
    try {
      const started = await this.#containers.start(specification, { adopted });
      if (started === 'started') {
        report(`${dependency.name}: started`);
      }
      const begun = Date.now();
      let wait = FIRST_PAUSE;
      let isPasswordSet = false;
      for (;;) {
        signal.throwIfAborted();
        const found = await life.look();
        const result = await this.#run(
          container,
          kind.login(dependency, password),
        );
        const answer = CANNOT_RUN.has(result.exitCode)
          ? 'refused'
          : kind.judge(result);
        if (answer === 'welcome') return;
        if (answer === 'refused' && !isPasswordSet && kind.setPassword) {
          isPasswordSet = true;
          const set = kind.setPassword(dependency, password);
          const { exitCode } = await this.#run(container, set);
          if (exitCode === 0) report(`${dependency.name}: password set`);
          continue;
        }
        if (answer === 'no database' && kind.createDatabase) {
          report(`${dependency.name}: creating the database`);
          await this.#run(container, kind.createDatabase(dependency, password));
        }
        const late = Date.now() - begun >= this.#timeout;
        if (answer === 'refused' || late) {
          throw failure(
            late
              ? `${dependency.name} accepted no login within ${
                  this.#timeout / 1000
                } s`
              : `${dependency.name} refused the login`,
            [
              evidenceOf('probe', container, result.output.trim(), {
                facts: { dependency: dependency.name },
              }),
              ...(await life.evidence(found)),
            ],
          );
        }
        await life.wait(wait, signal);
        wait = Math.min(wait * 1.5, LONGEST_PAUSE);
      }
    } finally {
      life.end();
    }
  }

  /** A container that restarts right now runs no command: that is an answer like any other. */
  async #run(
    container: string,
    command: DependencyCommand,
  ): Promise<CommandResult> {
    try {
      return await runInContainer(this.#containers.docker, container, command);
    } catch (error) {
      if (statusOf(error) === 409) {
        return { exitCode: -1, output: 'The container does not run' };
      }
      throw engineFailure(`Could not run a command in ${container}`, error);
    }
  }
}
