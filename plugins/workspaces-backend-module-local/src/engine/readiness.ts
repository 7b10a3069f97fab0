import type Docker from 'dockerode';
import type { DesiredApp } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
  isReady,
  listensElsewhere,
  ProbeAnswer,
  probeText,
  socketEvidence,
  Sockets,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Dialect } from '../dialect';
import { engineText } from '../failures';
import type { Containers } from './containers';
import { LifeWatch } from './life';
import { probe } from './probe';
import { SocketReader } from './sockets';

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 1_000;
/** An app that is still silent then gets its sockets read, again and again in this distance. */
const SOCKETS_EVERY = 2_000;
/** As long as an app may listen elsewhere before it is certain that it will not come to its port. */
const ELSEWHERE_LONG_ENOUGH = 15_000;

/** Where and how an app is asked. */
export interface ReadinessTarget {
  workspace: string;
  app: DesiredApp;
  /** Name of the container. */
  container: string;
  /** In milliseconds. */
  timeout: number;
}

/** Where the app's one port is published on this machine, as it is right now. */
export function publishedPort(
  found: Docker.ContainerInspectInfo,
): number | undefined {
  const bindings = Object.values(found.NetworkSettings.Ports ?? {}).flatMap(
    published => published ?? [], // null for a port that only the image names
  );
  return bindings.length > 0 ? Number(bindings[0].HostPort) : undefined;
}

/** Where an app's health is asked. */
export function healthUrl(published: number, healthPath: string): string {
  return `http://127.0.0.1:${published}${healthPath}`;
}

/** Waits until apps answer on their health path, or until it is certain that they will not. */
export class Readiness {
  readonly #containers: Containers;
  readonly #sockets: SocketReader;
  readonly #dialect: Dialect;

  constructor(containers: Containers, sockets: SocketReader, dialect: Dialect) {
    this.#containers = containers;
    this.#sockets = sockets;
    this.#dialect = dialect;
  }

  /**
   * Begins to watch, starts the container and ends when it answers.
   *
   * @returns The URL that answered.
   */
  async startAndWait(
    target: ReadinessTarget,
    start: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<string> {
    const life = await LifeWatch.begin(
      this.#containers,
      target.container,
      signal,
    );
    try {
      await start();
      return await this.#untilAnswer(target, life, signal);
    } finally {
      life.end();
    }
  }

  async #untilAnswer(
    target: ReadinessTarget,
    life: LifeWatch,
    signal: AbortSignal,
  ): Promise<string> {
    const { app, container, timeout } = target;
    const begun = Date.now();
    let wait = FIRST_PAUSE;
    let nextSockets = begun + SOCKETS_EVERY;
    let elsewhereSince: number | undefined;
    let sockets: Sockets | undefined;
    let last = 'It was not asked: its port was not published';
    for (;;) {
      signal.throwIfAborted();
      const found = await life.look();
      const published = publishedPort(found);
      if (published && !found.State.Restarting) {
        const url = healthUrl(published, app.healthPath);
        const answer: ProbeAnswer = await probe(url, signal);
        if (isReady(answer)) return url;
        last = probeText(url, answer);
      }
      if (Date.now() >= nextSockets) {
        const asked = Date.now();
        sockets = await this.#readSockets(target, signal);
        nextSockets = Date.now() + SOCKETS_EVERY;
        if (listensElsewhere(sockets, app.port)) elsewhereSince ??= asked;
        else elsewhereSince = undefined;
      }
      const elsewhere =
        elsewhereSince !== undefined &&
        Date.now() - elsewhereSince >= ELSEWHERE_LONG_ENOUGH;
      if (elsewhere || Date.now() - begun >= timeout) {
        const current = await life.look();
        sockets ??= await this.#readSockets(target, signal);
        throw failure(
          elsewhere
            ? `${container} does not listen on port ${app.port}`
            : `${container} was not ready on ${app.healthPath} within ${
                timeout / 1000
              } s: ${last}`,
          [
            ...(await life.evidence(current)),
            evidenceOf('probe', container, last),
            socketEvidence(container, sockets, app.port),
          ],
        );
      }
      await life.wait(wait, signal);
      wait = Math.min(wait * 1.5, LONGEST_PAUSE);
    }
  }

  async #readSockets(
    { workspace, container }: ReadinessTarget,
    signal: AbortSignal,
  ): Promise<Sockets> {
    try {
      return {
        kind: 'seen',
        at: new Date().toISOString(),
        listening: await this.#sockets.read(
          workspace,
          container,
          this.#dialect,
          signal,
        ),
      };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'unseen', reason: engineText(error) };
    }
  }
}
