import { execFile } from 'node:child_process';
import type { TestCluster } from './testCluster';

/** An object of the cluster, as much of it as tests look at. */
export interface KubernetesObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
  };
  spec?: {
    /** Of services. */
    clusterIP?: string;
    containers?: {
      resources?: { requests?: { cpu?: string } };
      envFrom?: { secretRef: { name: string } }[];
      env?: {
        name: string;
        value?: string;
        valueFrom?: { secretKeyRef?: { name: string; key: string } };
      }[];
    }[];
  };
  status?: {
    phase?: string;
    /** Of nodes. */
    allocatable?: { cpu: string };
    containerStatuses?: {
      imageID: string;
      state?: { running?: { startedAt: string } };
    }[];
  };
  /** Of secrets, in base64. */
  data?: Record<string, string>;
  /** Of events. */
  involvedObject?: { namespace?: string; name?: string; fieldPath?: string };
  /** Of events: how often it happened. */
  count?: number;
}

/** Asks the cluster by its own kubectl, not by what is tested. */
export class Kubectl {
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  async list(...args: string[]): Promise<KubernetesObject[]> {
    const text = await this.run('get', ...args, '--output=json');
    return (JSON.parse(text) as { items: KubernetesObject[] }).items;
  }

  async get(
    kind: string,
    name: string,
    namespace: string,
  ): Promise<KubernetesObject> {
    const place = `--namespace=${namespace}`;
    return JSON.parse(
      await this.run('get', kind, name, place, '--output=json'),
    );
  }

  async run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(...args);
    if (code !== 0)
      throw new Error(`"kubectl ${args.join(' ')}" failed: ${stderr}`);
    return stdout;
  }

  /** Makes an object, or several in a list, or makes them so again. */
  async apply(manifest: object | string): Promise<void> {
    await this.#pipe(manifest, 'apply', '--server-side', '--force-conflicts');
  }

  async delete(manifest: object | string): Promise<void> {
    await this.#pipe(manifest, 'delete', '--ignore-not-found', '--wait');
  }

  async #pipe(manifest: object | string, ...args: string[]): Promise<void> {
    const text =
      typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    const { code, stderr } = await this.#execute([...args, '-f', '-'], text);
    if (code !== 0)
      throw new Error(`"kubectl ${args.join(' ')}" failed: ${stderr}\n${text}`);
  }

  /** Runs it whatever comes of it. */
  try(
    ...args: string[]
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    return this.#execute(args);
  }

  #execute(
    args: string[],
    input?: string,
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const { kubectl, kubeconfig } = this.#cluster;
    return new Promise((done, failed) => {
      const child = execFile(
        kubectl,
        [`--kubeconfig=${kubeconfig}`, ...args],
        { maxBuffer: 64 * 2 ** 20 },
        (error, stdout, stderr) => {
          const code = error ? error.code : 0;
          if (typeof code === 'number') done({ code, stdout, stderr });
          else failed(error); // it did not run to its end
        },
      );
      if (input !== undefined) child.stdin?.end(input);
    });
  }
}
