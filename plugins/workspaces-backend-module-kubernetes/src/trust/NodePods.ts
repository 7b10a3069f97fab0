import { readFile } from 'node:fs/promises';
import {
  LoggerService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, Pod, containerStatus, kinds, readPodLog } from '../client';
import { EvidenceReader } from '../engine/evidence';
import { CONTAINER, PLACE, hashOf } from '../engine/names';
import { verdictOf } from '../engine/verdict';
import { Watch } from '../engine/watch';
import { clusterFailure } from '../failures';
import { Ground, Grounds } from '../ground';
import { folderNames } from './containerd';
import { NodeReport } from './report';
import { Edit, fileNameOf } from './types';

/** Both in milliseconds. */
const PATIENCE = 60_000;
const LOOK_AGAIN = 1_000;
/** Where the scripts are in the pod. */
const WORK = '/slipway';
/** Where a node keeps what was there before. */
const KEPT = '/var/lib/slipway-trust';
const PACKAGE =
  '@slipway/backstage-plugin-workspaces-backend-module-kubernetes';

/** What is done on a node. */
export interface NodeTask {
  task: 'look' | 'write' | 'undo';
  edits?: Edit[];
  /** Restarts containerd afterwards. */
  restart?: boolean;
  /** Where containerd must look for registries before it is restarted. */
  configPath?: string;
}

/** Runs a task on the node and says what it printed. */
export type RunTask = (task: NodeTask) => Promise<NodeReport>;

/**
 * Reads and changes a node in a privileged pod that lives as long as one task, in a namespace that lives as long as
 * the work on that node.
 */
export class NodePods {
  readonly #cluster: Cluster;
  readonly #grounds: Grounds;
  readonly #evidence: EvidenceReader;
  readonly #image: string;
  readonly #instance: string;
  readonly #registry: { address: string; pullSecret: string };
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    grounds: Grounds;
    instance: string;
    /** Has a shell and the usual programs; nodes must have it or be able to pull it. */
    image: string;
    registry: { address: string; pullSecret: string };
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#grounds = options.grounds;
    this.#evidence = new EvidenceReader(options.cluster);
    this.#image = options.image;
    this.#instance = options.instance;
    this.#registry = options.registry;
    this.#logger = options.logger;
  }

  /** Does several tasks on a node; nobody else of this portal does any there meanwhile. */
  async within<T>(
    node: string,
    signal: AbortSignal,
    work: (run: RunTask) => Promise<T>,
  ): Promise<T> {
    const ground: Ground = {
      name: `slipway-trust-${hashOf([this.#instance, node]).slice(0, 12)}`,
      purpose: 'change',
      standard: 'privileged',
      pullSecret: this.#registry.pullSecret,
      untilGone: true,
    };
    let count = 0;
    return this.#grounds.use(ground, signal, () =>
      work(task => {
        count += 1;
        const place = { namespace: ground.name, name: `node-${count}` };
        return this.#run(node, task, place, signal);
      }),
    );
  }

  async #run(
    node: string,
    task: NodeTask,
    place: { namespace: string; name: string },
    signal: AbortSignal,
  ): Promise<NodeReport> {
    const labels = this.#grounds.labels('change');
    const metadata = { ...place, labels };
    try {
      await this.#cluster.apply(
        { ...kinds.Secret, metadata, stringData: await filesOf(task) },
        { signal },
      );
      await this.#cluster.apply(
        { ...kinds.Pod, metadata, spec: this.#spec(node, task, place.name) },
        { signal },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw clusterFailure(`No privileged pod may run on ${node}`, error);
    }
    try {
      const pod = await this.#untilEnded(place, signal);
      return await this.#report(node, pod, signal);
    } finally {
      await this.#cluster.delete({ ...kinds.Pod, ...place }, { grace: 0 });
    }
  }

  #spec(node: string, task: NodeTask, secret: string) {
    const { address } = this.#registry;
    const environment = {
      NAMES: folderNames(address).join(' '),
      KEEP: `${KEPT}/${fileNameOf(address)}`,
      CONFIG_PATH: task.configPath ?? '',
      RESTART: task.restart ? 'yes' : 'no',
    };
    return {
      nodeName: node,
      restartPolicy: 'Never',
      activeDeadlineSeconds: PATIENCE / 1000,
      terminationGracePeriodSeconds: 0,
      serviceAccountName: PLACE,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostPID: true, // containerd is found, read and ended by its process
      tolerations: [{ operator: 'Exists' }],
      volumes: [{ name: 'work', secret: { secretName: secret } }],
      containers: [
        {
          name: CONTAINER,
          image: this.#image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', `${WORK}/helper.sh`, task.task],
          env: Object.entries(environment).map(([name, value]) => ({
            name,
            value,
          })),
          securityContext: { privileged: true, runAsUser: 0 },
          volumeMounts: [{ name: 'work', mountPath: WORK, readOnly: true }],
          resources: {
            requests: { cpu: '10m', memory: '16Mi' },
            limits: { memory: '128Mi' },
          },
        },
      ],
    };
  }

  async #untilEnded(
    { namespace, name }: { namespace: string; name: string },
    signal: AbortSignal,
  ): Promise<Pod> {
    const watch = new Watch(this.#cluster, this.#logger, signal, {
      namespace,
      labels: this.#grounds.labels('change'),
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const until = Date.now() + PATIENCE;
    try {
      for (;;) {
        const pod = pods.objects.find(one => one.metadata.name === name);
        if (pod && containerStatus(pod, CONTAINER)?.state?.terminated) {
          return pod;
        }
        const verdict = pod && verdictOf(pod);
        if (verdict) throw await this.#evidence.failureOf(pod, verdict);
        if (Date.now() > until) {
          throw failure(
            `The privileged pod did not end within ${PATIENCE / 1000} s`,
            pod
              ? (await this.#evidence.ofPod(pod)).evidence
              : [evidenceOf('state', name, 'It is not seen')],
          );
        }
        await watch.changed(LOOK_AGAIN);
      }
    } finally {
      watch.end();
    }
  }

  async #report(
    node: string,
    pod: Pod,
    signal: AbortSignal,
  ): Promise<NodeReport> {
    const { namespace = '', name = '', uid } = pod.metadata;
    const source = { namespace, pod: name, uid, container: CONTAINER };
    const lines = await readPodLog(this.#cluster, source, {}, signal);
    const report = new NodeReport(lines.map(({ text }) => text));
    if (report.fact('done') !== undefined) return report;
    const problem = report.fact('failed') ?? 'The scripts ended too early';
    throw failure(`${node}: ${problem}`, [
      ...['conflict', 'overruled'].flatMap(fact =>
        report
          .facts(fact)
          .map(path => evidenceOf('state', node, `${fact}: ${path}`)),
      ),
      ...[report.text('refused') ?? []]
        .flat()
        .map(text => evidenceOf('log', 'containerd', text)),
      ...(await this.#evidence.ofPod(pod)).evidence,
    ]);
  }
}

/** The scripts, and what is to be written as one file for each edit. */
async function filesOf({
  edits = [],
}: NodeTask): Promise<Record<string, string>> {
  const script = (name: string) =>
    readFile(resolvePackagePath(PACKAGE, 'node-trust', name), 'utf8');
  const list = edits.map((edit, index) =>
    edit.kind === 'put'
      ? `${index} put ${edit.path}\n`
      : `${index} splice ${edit.path} ${edit.first} ${edit.count}\n`,
  );
  return {
    'helper.sh': await script('helper.sh'),
    'node.sh': await script('node.sh'),
    list: list.join(''),
    ...Object.fromEntries(
      edits.map(({ content }, index) => [String(index), content]),
    ),
  };
}
