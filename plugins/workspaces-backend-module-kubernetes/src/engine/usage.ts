import { Cluster, ClusterObject, Pod } from '../client';
import { CONTAINER } from './names';
import { quantity } from './quantity';

const MEBIBYTE = 1024 * 1024;

/** What a container uses right now. */
export interface Usage {
  cpuCores: number;
  memoryBytes: number;
}

interface PodMetrics extends ClusterObject {
  containers: { name: string; usage: { cpu: string; memory: string } }[];
}

/** What the metrics API said last, where the cluster has it. */
export class UsageReader {
  readonly #cluster: Cluster;
  readonly #selector: string;
  #usage = new Map<string, Usage>();
  #reading = false;

  constructor(cluster: Cluster, selector: string) {
    this.#cluster = cluster;
    this.#selector = selector;
  }

  known({ metadata }: Pod): Usage | undefined {
    return this.#usage.get(`${metadata.namespace}/${metadata.name}`);
  }

  /**
   * Asks for it, unless an answer is being waited for. Nothing is known where the cluster has no such API, or
   * it does not answer.
   *
   * @returns Whether there is an answer.
   */
  async read(signal: AbortSignal): Promise<boolean> {
    if (this.#reading) return false;
    this.#reading = true;
    try {
      const { items } = await this.#cluster.list<PodMetrics>(
        { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'Pod' },
        { labelSelector: this.#selector },
        signal,
      );
      this.#usage = new Map(
        items.flatMap(({ metadata, containers }) =>
          containers
            .filter(({ name }) => name === CONTAINER)
            .map(({ usage }) => [
              `${metadata.namespace}/${metadata.name}`,
              {
                cpuCores: Math.round(quantity(usage.cpu) * 100) / 100,
                memoryBytes:
                  Math.round(quantity(usage.memory) / MEBIBYTE) * MEBIBYTE,
              },
            ]),
        ),
      );
      return true;
    } catch {
      this.#usage = new Map();
      return false;
    } finally {
      this.#reading = false;
    }
  }
}
