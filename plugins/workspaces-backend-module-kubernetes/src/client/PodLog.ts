import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './Cluster';
import { ClusterError, isNotFound } from './failure';
import { ClusterObject, kinds, objectPath } from './objects';
import { Bell } from './waiting';

/** Longer lines are cut into pieces of this many bytes. */
const LONGEST_LINE = 64 * 1024;
/** In milliseconds: how soon a log that ended is asked for again while its container lives on. */
const ASK_AGAIN = 1_000;

export type Pod = V1Pod & ClusterObject;

/** A line of a container's output with the kubelet's own timestamp. */
export interface RawLogLine {
  /** As the kubelet wrote it, to the nanosecond: tells lines apart that `at` does not. */
  timestamp: string;
  at: Date;
  text: string;
}

/** Whose output. */
export interface LogSource {
  namespace: string;
  pod: string;
  /** Another pod of the same name is not read. */
  uid?: string;
  container: string;
}

/** Which part of the output. */
export interface LogRange {
  /** Only lines after that of this timestamp; those of that very moment come as well. */
  since?: string;
  /** Only the last lines. */
  tail?: number;
  /** Of the container's run before the present one. */
  previous?: boolean;
}

/** The lines that a container has written up to now; none if it has not started. */
export async function readPodLog(
  cluster: Cluster,
  source: LogSource,
  range: LogRange = {},
  signal?: AbortSignal,
): Promise<RawLogLine[]> {
  try {
    const text = await cluster.text({
      ...logRequest(source, range),
      signal,
    });
    const reader = new LineReader();
    return [...reader.take(Buffer.from(text)), ...reader.rest()];
  } catch (error) {
    if (isNotFound(error) || isNotStarted(error)) return [];
    throw error;
  }
}

/**
 * The lines of a container as it writes them, across its restarts and across connections that break, each
 * once. Ends when the container has ended for good and all was read.
 *
 * @param options.wake - Rung by whoever knows that something happened to the pod.
 */
export async function* followPodLog(
  cluster: Cluster,
  source: LogSource,
  options: { since?: string; wake?: Bell; signal: AbortSignal },
): AsyncGenerator<RawLogLine> {
  const { signal, wake = new Bell() } = options;
  const position = new Position(options.since);
  for (;;) {
    const over = await hasEnded(cluster, source, signal);
    try {
      position.resume();
      const stream = await cluster.stream({
        ...logRequest(source, { since: position.since }, { follow: !over }),
        signal,
      });
      const reader = new LineReader();
      for await (const chunk of stream) {
        for (const line of reader.take(chunk as Buffer)) {
          if (position.advance(line)) yield line;
        }
      }
      // Without an end of line it may be half of one: then the next connection gives it whole.
      const rest = over ? reader.rest() : [];
      for (const line of rest) if (position.advance(line)) yield line;
    } catch (error) {
      signal.throwIfAborted();
      if (isNotFound(error)) return;
      if (over && isNotStarted(error)) return;
    }
    if (over) return;
    if (!(await hasEnded(cluster, source, signal))) {
      await wake.wait(ASK_AGAIN, signal);
    }
  }
}

/** How far a log was read, so that what the next connection repeats is not told twice. */
class Position {
  #since: string | undefined;
  /** The lines of that moment. */
  #told = new Set<string>();
  #resumedAt: string | undefined;
  #repeats = new Set<string>();

  constructor(since: string | undefined) {
    this.#since = since;
  }

  get since(): string | undefined {
    return this.#since;
  }

  /** Another connection begins where the last one ended. */
  resume(): void {
    this.#resumedAt = this.#since;
    this.#repeats = new Set(this.#told);
  }

  /** Whether the line is news. */
  advance({ timestamp, text }: RawLogLine): boolean {
    if (this.#resumedAt !== undefined) {
      if (isBefore(timestamp, this.#resumedAt)) return false;
      if (timestamp === this.#resumedAt && this.#repeats.has(text)) {
        return false;
      }
    }
    if (timestamp !== this.#since) this.#told = new Set();
    this.#since = timestamp;
    this.#told.add(text);
    return true;
  }
}

function isBefore(timestamp: string, other: string): boolean {
  return comparable(timestamp) < comparable(other);
}

/** The fraction of a second has no zeros at its end, as the kubelet writes it. */
function comparable(timestamp: string): string {
  const [whole, fraction = ''] = timestamp.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

/** Whether nothing will be written any more. A pod that cannot be seen is taken to live on. */
async function hasEnded(
  cluster: Cluster,
  { namespace, pod: name, uid, container }: LogSource,
  signal: AbortSignal,
): Promise<boolean> {
  let pod: Pod | undefined;
  try {
    pod = await cluster.get<Pod>({ ...kinds.Pod, namespace, name }, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterError) return false;
    throw error;
  }
  if (!pod || (uid && pod.metadata.uid !== uid)) return true;
  if (['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')) return true;
  const restarts =
    pod.spec?.restartPolicy !== 'Never' && !pod.metadata.deletionTimestamp;
  const status = containerStatus(pod, container);
  return !restarts && status?.state?.terminated !== undefined;
}

/** What the kubelet says of a container, of whatever sort it is. */
export function containerStatus(
  { status }: V1Pod,
  container: string,
): V1ContainerStatus | undefined {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);
}

function logRequest(
  { namespace, pod, container }: LogSource,
  { since, tail, previous }: LogRange,
  { follow = false }: { follow?: boolean } = {},
) {
  const reference = { ...kinds.Pod, namespace, name: pod };
  return {
    method: 'GET' as const,
    path: `${objectPath(reference)}/log`,
    query: {
      container,
      timestamps: true,
      follow: follow || undefined,
      tailLines: tail,
      previous: previous || undefined,
      sinceTime: since, // the API server takes whole seconds: some lines come again
    },
  };
}

/** Refused because the container has not started, or because it never did. */
function isNotStarted(error: unknown): boolean {
  return error instanceof ClusterError && error.status === 400;
}

/** Takes the output apart into lines, each with its timestamp in front. */
class LineReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Whose line is longer than a piece. */
  #timestamp = '';

  *take(chunk: Buffer): Generator<RawLogLine> {
    this.#buffer =
      this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      if (end === -1 && this.#buffer.length < LONGEST_LINE) return;
      const cut = end === -1 || end > LONGEST_LINE ? LONGEST_LINE : end;
      yield this.#line(this.#buffer.subarray(0, cut), cut !== end);
      this.#buffer = this.#buffer.subarray(cut === end ? cut + 1 : cut);
    }
  }

  /** What was written without an end of line. */
  *rest(): Generator<RawLogLine> {
    if (this.#buffer.length > 0) yield this.#line(this.#buffer, false);
    this.#buffer = Buffer.alloc(0);
  }

  #line(bytes: Buffer, goesOn: boolean): RawLogLine {
    const text = bytes.toString('utf8').replace(/\r$/, '');
    if (this.#timestamp) {
      const timestamp = this.#timestamp;
      if (!goesOn) this.#timestamp = '';
      return { timestamp, at: new Date(timestamp), text };
    }
    const space = text.indexOf(' ');
    const timestamp = space === -1 ? text : text.slice(0, space);
    if (goesOn) this.#timestamp = timestamp;
    return {
      timestamp,
      at: new Date(timestamp),
      text: space === -1 ? '' : text.slice(space + 1),
    };
  }
}
