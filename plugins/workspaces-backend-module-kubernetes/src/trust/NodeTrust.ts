import type { LoggerService } from '@backstage/backend-plugin-api';
import { InputError, NotFoundError } from '@backstage/errors';
import type { V1Node } from '@kubernetes/client-node';
import { forEach } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, ClusterObject, kinds } from '../client';
import type { Names } from '../engine/names';
import { clusterFailure } from '../failures';
import { Grounds } from '../ground';
import type { OciRegistry } from '../registry';
import { byHand } from './byHand';
import { planContainerd } from './containerd';
import { NodeChange } from './NodeChange';
import { NodePods } from './NodePods';
import { planByRuntime, sightOf } from './plan';
import { PullProof } from './proof';
import { NodeRuntime, runtimeOf, unableReason } from './runtime';
import { TrustSettings, wantedTrust } from './settings';
import {
  emptyPlan,
  NodeTrustOutcome,
  Proof,
  TRUST_LABEL,
  TrustPlan,
} from './types';

/** Several at once: each costs a pod of a second or two. */
const AT_A_TIME = 8;
const NEW_FOR = 60 * 60_000;

/** What is known of the trust of a node. */
export interface NodeTrustState {
  node: string;
  runtime: NodeRuntime['kind'];
  /** Of the runtime. */
  version: string;
  /** By a pull; `unknown` where it came to nothing for another reason than trust. */
  state: Proof['state'];
  /** What was seen, in the words of who saw it. */
  why: string;
  /** When it was seen, ISO 8601. */
  at: string;
  /** What makes it trust the registry. */
  plan: TrustPlan;
  /** The same as text for who does it by hand. */
  byHand: string;
  /** What the plan rests on without having been seen. */
  unseen?: string;
}

interface WorkOptions {
  /** Only this one. */
  node?: string;
  signal: AbortSignal;
  report?: (message: string) => void;
}

/** Whether the nodes of a cluster pull from the registry, and what lets them. */
export class NodeTrust {
  readonly settings: TrustSettings;
  readonly registry: OciRegistry;
  readonly #cluster: Cluster;
  readonly #pods: NodePods;
  readonly #proof: PullProof;
  readonly #newFor: number;
  /** What was seen last, by the uid of the node. */
  readonly #seen = new Map<string, Proof>();
  /** The uids of new nodes that were taken care of once. */
  readonly #healed = new Set<string>();

  constructor(options: {
    cluster: Cluster;
    registry: OciRegistry;
    names: Names;
    settings: TrustSettings;
    /** Image of the privileged pod. */
    image: string;
    /** In milliseconds: a node that joined sooner counts as new. Default: an hour */
    newFor?: number;
    logger: LoggerService;
  }) {
    const { cluster, registry, names, logger } = options;
    this.settings = options.settings;
    this.registry = registry;
    this.#cluster = cluster;
    this.#newFor = options.newFor ?? NEW_FOR;
    const grounds = new Grounds({
      cluster,
      names,
      label: TRUST_LABEL,
      logger,
    });
    this.#pods = new NodePods({
      cluster,
      grounds,
      instance: names.instance,
      image: options.image,
      registry: {
        address: registry.address,
        pullSecret: registry.dockerConfig(),
      },
      logger,
    });
    this.#proof = new PullProof({ cluster, registry, grounds, logger });
  }

  /**
   * Looks whether nodes pull from the registry, by a pull in an ordinary pod on each.
   *
   * @param options.maxAge - What was seen within as many milliseconds is not looked at again.
   * @param options.readNodes - Reads the files of the nodes for exact plans, in a privileged pod on each.
   * @param options.onState - Told of each node as soon as it is known.
   */
  async look(
    options: WorkOptions & {
      maxAge?: number;
      readNodes?: boolean;
      onState?: (state: NodeTrustState) => void;
    },
  ): Promise<NodeTrustState[]> {
    const { signal, maxAge = 0, readNodes = false, onState } = options;
    const nodes = await this.#nodes(options);
    const states: NodeTrustState[] = [];
    const say = async (node: NodeRuntime, proof: Proof) => {
      const state = await this.#stateOf(node, proof, readNodes, signal);
      states.push(state);
      onState?.(state);
    };
    const isFresh = ({ uid }: NodeRuntime) =>
      Date.now() - (this.#seen.get(uid)?.at ?? -Infinity) < maxAge;
    const unseen = nodes.filter(node => !isFresh(node));
    for (const node of nodes.filter(isFresh)) {
      await say(node, this.#seen.get(node.uid)!);
    }
    if (unseen.length > 0) {
      await this.#proof.within(signal, prove =>
        forEach(unseen, AT_A_TIME, signal, async node => {
          await say(node, await this.#prove(node, prove));
        }),
      );
    }
    return states.sort((a, b) => a.node.localeCompare(b.node));
  }

  /** Lets nodes trust the registry, one after the other; the first that fails ends it. */
  async apply(options: WorkOptions): Promise<NodeTrustOutcome[]> {
    const wanted = await this.#requireWanted();
    return this.#forNodes(options, (node, change) =>
      change.apply(node, wanted),
    );
  }

  /** Puts back what was there before, byte for byte. */
  async undo(options: WorkOptions): Promise<NodeTrustOutcome[]> {
    return this.#forNodes(options, (node, change) => change.undo(node));
  }

  /** Lets nodes that joined lately trust the registry. */
  async heal(options: Omit<WorkOptions, 'node'>): Promise<NodeTrustOutcome[]> {
    const nodes = await this.#nodes(options);
    const young = nodes.filter(
      ({ joined, isReady, uid }) =>
        isReady && !this.#healed.has(uid) && Date.now() - joined < this.#newFor,
    );
    const outcomes: NodeTrustOutcome[] = [];
    for (const { node, uid } of young) {
      this.#healed.add(uid);
      outcomes.push(...(await this.apply({ ...options, node })));
    }
    return outcomes;
  }

  async #forNodes(
    options: WorkOptions,
    work: (node: NodeRuntime, change: NodeChange) => Promise<NodeTrustOutcome>,
  ): Promise<NodeTrustOutcome[]> {
    const { signal, report = () => {} } = options;
    const change = new NodeChange({
      pods: this.#pods,
      prove: node =>
        this.#proof.within(signal, prove => this.#prove(node, prove)),
      signal,
      report,
    });
    const outcomes: NodeTrustOutcome[] = [];
    for (const node of await this.#nodes(options)) {
      signal.throwIfAborted();
      const failed = outcomes.find(({ outcome }) => outcome === 'failed');
      this.#seen.delete(node.uid);
      outcomes.push(
        failed
          ? {
              node: node.node,
              outcome: 'skipped',
              why: `${failed.node} failed`,
              restarted: false,
            }
          : await work(node, change),
      );
    }
    return outcomes;
  }

  async #prove(
    node: NodeRuntime,
    prove: (node: NodeRuntime) => Promise<Proof>,
  ): Promise<Proof> {
    const reason = unableReason(node);
    const proof: Proof = reason
      ? { state: 'unknown', why: reason, evidence: [], at: Date.now() }
      : await prove(node);
    this.#seen.set(node.uid, proof);
    return proof;
  }

  async #stateOf(
    node: NodeRuntime,
    proof: Proof,
    readNodes: boolean,
    signal: AbortSignal,
  ): Promise<NodeTrustState> {
    const { plan, unseen } = await this.#planOf(node, readNodes, signal);
    return {
      node: node.node,
      runtime: node.kind,
      version: node.version,
      state: proof.state,
      why: proof.why,
      at: new Date(proof.at).toISOString(),
      plan,
      byHand: byHand(plan),
      unseen,
    };
  }

  async #planOf(
    node: NodeRuntime,
    readNodes: boolean,
    signal: AbortSignal,
  ): Promise<Pick<NodeTrustState, 'plan' | 'unseen'>> {
    const wanted = await wantedTrust(this.settings, this.registry);
    if (!wanted) {
      const obstacle =
        'The authority of the registry is not configured (workspaces.kubernetes.registry.caFile)';
      return { plan: { ...emptyPlan(), obstacle } };
    }
    if (node.kind !== 'containerd' || !readNodes || unableReason(node)) {
      return {
        plan: planByRuntime(wanted, node),
        unseen: 'The files of the node were not read',
      };
    }
    return this.#pods.within(node.node, signal, async run => {
      const sight = sightOf(await run({ task: 'look' }));
      return { plan: planContainerd(wanted, sight) };
    });
  }

  async #requireWanted() {
    const wanted =
      this.settings.mode && (await wantedTrust(this.settings, this.registry));
    if (wanted) return wanted;
    throw new InputError(
      'Nothing may be changed on nodes: workspaces.kubernetes.registry.trust.mode is not configured',
    );
  }

  async #nodes({ node, signal }: WorkOptions): Promise<NodeRuntime[]> {
    try {
      const { items } = await this.#cluster.list<V1Node & ClusterObject>(
        kinds.Node,
        node === undefined ? {} : { fieldSelector: `metadata.name=${node}` },
        signal,
      );
      if (node !== undefined && items.length === 0) {
        throw new NotFoundError(`The cluster has no node ${node}`);
      }
      return items.map(runtimeOf);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NotFoundError) throw error;
      throw clusterFailure('The nodes could not be read', error);
    }
  }
}
