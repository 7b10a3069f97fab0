import { Root } from 'protobufjs/light';

/** A vertex of the build graph. BuildKit says it again whenever it changes. */
export interface TraceVertex {
  digest: string;
  name: string;
  cached: boolean;
  started: boolean;
  completed: boolean;
  /** Empty where nothing failed. */
  error: string;
}

/** A piece of output of a vertex: neither whole lines nor whole characters. */
export interface TraceLog {
  vertex: string;
  at: Date;
  /** 1 is standard output, 2 standard error. */
  stream: number;
  bytes: Uint8Array;
}

/** What one message of the progress stream says. */
export interface Trace {
  vertexes: TraceVertex[];
  logs: TraceLog[];
}

interface WireTime {
  seconds: number;
  nanos: number;
}

interface WireStatus {
  vertexes: {
    digest: string;
    name: string;
    cached: boolean;
    started: WireTime | null;
    completed: WireTime | null;
    error: string;
  }[];
  logs: {
    vertex: string;
    timestamp: WireTime | null;
    stream: number;
    msg: Uint8Array;
  }[];
}

/**
 * The fields that we read of the message `StatusResponse` of BuildKit's control API (package
 * `moby.buildkit.v1`); the decoder skips the others. The times are `google.protobuf.Timestamp`.
 */
const statusResponse = Root.fromJSON({
  nested: {
    Time: {
      fields: {
        seconds: { id: 1, type: 'int64' },
        nanos: { id: 2, type: 'int32' },
      },
    },
    Vertex: {
      fields: {
        digest: { id: 1, type: 'string' },
        name: { id: 3, type: 'string' },
        cached: { id: 4, type: 'bool' },
        started: { id: 5, type: 'Time' },
        completed: { id: 6, type: 'Time' },
        error: { id: 7, type: 'string' },
      },
    },
    VertexLog: {
      fields: {
        vertex: { id: 1, type: 'string' },
        timestamp: { id: 2, type: 'Time' },
        stream: { id: 3, type: 'int64' },
        msg: { id: 4, type: 'bytes' },
      },
    },
    StatusResponse: {
      fields: {
        vertexes: { id: 1, rule: 'repeated', type: 'Vertex' },
        logs: { id: 3, rule: 'repeated', type: 'VertexLog' },
      },
    },
  },
}).lookupType('StatusResponse');

function dateOf(time: WireTime | null): Date {
  return time ? new Date(time.seconds * 1000 + time.nanos / 1e6) : new Date();
}

/** Decodes the `aux` of a message `moby.buildkit.trace`. */
export function decodeTrace(base64: string): Trace {
  const message = statusResponse.decode(Buffer.from(base64, 'base64'));
  const wire = statusResponse.toObject(message, {
    longs: Number,
    defaults: true,
  }) as WireStatus;
  return {
    vertexes: wire.vertexes.map(({ started, completed, ...vertex }) => ({
      ...vertex,
      started: started !== null,
      completed: completed !== null,
    })),
    logs: wire.logs
      .map(({ vertex, timestamp, stream, msg }) => ({
        vertex,
        stream,
        at: dateOf(timestamp),
        bytes: msg,
      }))
      .sort((one, other) => one.at.getTime() - other.at.getTime()),
  };
}
