import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  isAlreadyThere,
  kinds,
  labelSelector,
  listPath,
} from './client';
import { Names, PLACE, PULL_SECRET } from './engine/names';
import { clusterFailure, textOf } from './failures';

/** All in milliseconds. A namespace that is older is left of a portal that was killed. */
const ABANDONED_AFTER = 10 * 60_000;
const GONE_WITHIN = 60_000;
const LOOK_AGAIN = 250;

/** A namespace for a short work. */
export interface Ground {
  name: string;
  /** What is done there, for the label of everything in it. */
  purpose: string;
  /** The Pod Security Standard that pods there keep. */
  standard: 'privileged' | 'restricted';
  /** Content of the secret with which images are pulled; without it by what nodes know. */
  pullSecret?: string;
  /** To be seen gone at the end, so that the next work there finds its place. */
  untilGone: boolean;
}

/** Makes namespaces in which something is done, and removes them whatever came of it. */
export class Grounds {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #label: string;
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    /** Of everything that is made for the work, with its purpose. */
    label: string;
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#label = options.label;
    this.#logger = options.logger;
  }

  /** Does the work in a namespace of its own. One of that name means that somebody else is at it. */
  async use<T>(
    ground: Ground,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    await this.#removeAbandoned(signal);
    await this.#create(ground);
    try {
      await this.#furnish(ground, signal);
      return await work();
    } finally {
      await this.#remove(ground);
    }
  }

  labels(purpose: string): Record<string, string> {
    return {
      'app.kubernetes.io/managed-by': 'slipway',
      [labels.instance]: this.#names.instance,
      [this.#label]: purpose,
    };
  }

  async #create({ name, purpose, standard }: Ground): Promise<void> {
    try {
      await this.#cluster.call({
        method: 'POST',
        path: listPath(kinds.Namespace),
        body: {
          ...kinds.Namespace,
          metadata: {
            name,
            labels: {
              ...this.labels(purpose),
              'pod-security.kubernetes.io/enforce': standard,
              'pod-security.kubernetes.io/enforce-version': 'latest',
            },
          },
        },
      });
    } catch (error) {
      throw clusterFailure(
        isAlreadyThere(error)
          ? `Somebody else is at work in the namespace ${name}`
          : `Could not make the namespace ${name}`,
        error,
      );
    }
  }

  /** The account with which images are pulled. */
  async #furnish(
    { name: namespace, purpose, pullSecret }: Ground,
    signal: AbortSignal,
  ): Promise<void> {
    const metadata = (name: string) => ({
      name,
      namespace,
      labels: this.labels(purpose),
    });
    if (pullSecret) {
      await this.#cluster.apply(
        {
          ...kinds.Secret,
          metadata: metadata(PULL_SECRET),
          type: 'kubernetes.io/dockerconfigjson',
          data: {
            '.dockerconfigjson': Buffer.from(pullSecret).toString('base64'),
          },
        },
        { signal },
      );
    }
    await this.#cluster.apply(
      {
        ...kinds.ServiceAccount,
        metadata: metadata(PLACE),
        automountServiceAccountToken: false,
        ...(pullSecret ? { imagePullSecrets: [{ name: PULL_SECRET }] } : {}),
      },
      { signal },
    );
  }

  /** Also after an abort. */
  async #remove({ name, untilGone }: Ground): Promise<void> {
    const reference = { ...kinds.Namespace, name };
    try {
      await this.#cluster.delete(reference);
      const until = Date.now() + GONE_WITHIN;
      const patience = AbortSignal.timeout(GONE_WITHIN);
      while (untilGone && (await this.#cluster.get(reference))) {
        if (Date.now() >= until) throw new Error('it is still there');
        await pause(LOOK_AGAIN, patience);
      }
    } catch (error) {
      this.#logger.warn(
        `The namespace ${name} could not be removed: ${textOf(error)}`,
      );
    }
  }

  async #removeAbandoned(signal: AbortSignal): Promise<void> {
    const { items } = await this.#cluster.list<ClusterObject>(
      kinds.Namespace,
      {
        labelSelector: labelSelector({
          [labels.instance]: this.#names.instance,
          [this.#label]: null,
        }),
      },
      signal,
    );
    for (const { metadata } of items) {
      const age =
        Date.now() - new Date(metadata.creationTimestamp ?? 0).getTime();
      if (age < ABANDONED_AFTER || metadata.deletionTimestamp) continue;
      const name = metadata.name ?? '';
      await this.#cluster.delete(
        { ...kinds.Namespace, name },
        { uid: metadata.uid, signal },
      );
    }
  }
}
