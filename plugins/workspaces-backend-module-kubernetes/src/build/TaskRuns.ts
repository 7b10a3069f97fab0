import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  buildNamespace,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkKey } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, isNotFound, labelSelector } from '../client';
import { Names, workHash } from '../engine/names';
import { clusterFailure } from '../failures';
import { conditionOf, hasEnded, TASK_RUN, TaskRun } from './taskRun';
import { refusedTaskRun } from './taskRunFailure';

/** TaskRuns of an app that are kept when they have ended. */
const KEPT = 3;

function endOf(run: TaskRun): string {
  return conditionOf(run)?.lastTransitionTime ?? '';
}

/** The TaskRuns of a portal's builds. */
export class TaskRuns {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#logger = options.logger;
  }

  /** The TaskRun of this work, if it is there. Another one of its name is none of ours, and a failure. */
  async find(
    { namespace, name }: { namespace: string; name: string },
    specification: string,
    signal: AbortSignal,
  ): Promise<TaskRun | undefined> {
    const reference = { ...TASK_RUN, namespace, name };
    const run = await this.#cluster.get<TaskRun>(reference, signal);
    if (!run) return undefined;
    const made = run.metadata.annotations?.[labels.specification];
    if (made === specification && this.#names.workspaceOf(run)) return run;
    const text = `The TaskRun ${name} is there already, and builds something else`;
    throw failure(text, [evidenceOf('state', name, text)]);
  }

  /** Not to be given up half way: nobody would know whether it is there. */
  async make(run: TaskRun): Promise<TaskRun> {
    return this.#cluster.apply(run).catch(error => {
      throw refusedTaskRun(error);
    });
  }

  /** Those of a work key that have not ended, whoever made them. */
  async open(key: WorkKey): Promise<TaskRun[]> {
    const selector = labelSelector({
      [labels.instance]: this.#names.instance,
      [labels.work]: workHash(key),
    });
    try {
      const { items } = await this.#cluster.list<TaskRun>(TASK_RUN, {
        namespace: buildNamespace(key.workspace),
        labelSelector: selector,
      });
      return items.filter(run => !hasEnded(run));
    } catch (error) {
      if (isNotFound(error)) return []; // no Tekton, no builds
      throw clusterFailure('The build could not be looked for', error);
    }
  }

  async cancel({ metadata }: TaskRun): Promise<void> {
    const { name = '', namespace } = metadata;
    this.#logger.info(`Cancelling the TaskRun ${namespace}/${name}`);
    const change = { spec: { status: 'TaskRunCancelled' } };
    try {
      await this.#cluster.merge({ ...TASK_RUN, namespace, name }, change);
    } catch (error) {
      if (isNotFound(error)) return;
      throw clusterFailure(`The TaskRun ${name} could not be cancelled`, error);
    }
  }

  /** Those of an app that have ended, the newest first. */
  async ended(
    workspace: string,
    app: string,
    signal: AbortSignal,
  ): Promise<TaskRun[]> {
    const namespace = buildNamespace(workspace);
    const selection = { namespace, labels: { [labels.app]: app } };
    const all = await this.#cluster
      .present<TaskRun>(TASK_RUN, selection, signal)
      .catch(error => {
        if (isNotFound(error)) return []; // no Tekton, no builds
        throw error;
      });
    return all
      .filter(run => hasEnded(run) && this.#names.workspaceOf(run))
      .sort((a, b) => endOf(b).localeCompare(endOf(a)));
  }

  /**
   * Tekton keeps ended TaskRuns for ever. The newest of these are left for those who look with kubectl, and the last
   * that succeeded, whose image may be used again.
   */
  async removeOld(ended: TaskRun[], signal: AbortSignal): Promise<void> {
    const good = ended.find(run => conditionOf(run)?.status === 'True');
    for (const run of ended.slice(KEPT)) {
      if (run === good) continue;
      const { metadata } = run;
      const { name = '', namespace, uid } = metadata;
      const reference = { ...TASK_RUN, namespace, name };
      await this.#cluster.delete(reference, { uid, signal });
    }
  }
}
