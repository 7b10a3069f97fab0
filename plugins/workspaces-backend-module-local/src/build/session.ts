import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  status,
} from '@grpc/grpc-js';
import type Docker from 'dockerode';
import type {
  BuildRequest,
  SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  type Dockerfile,
  mountedSecrets,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Root } from 'protobufjs/light';

/** A connection by which BuildKit asks for what it needs while it builds. */
export interface BuildSession {
  /** `POST /build` takes it as its `session`. */
  id: string;
  close(): void;
}

interface Answer {
  data?: Buffer;
  status?: number;
}

/**
 * The messages of the two services that a session of a build with secrets has to have: `Secrets` of BuildKit's
 * `session/secrets/secrets.proto`, and the `Health` of gRPC, by which BuildKit finds out whether we are still there.
 */
const messages = Root.fromJSON({
  nested: {
    Request: { fields: { id: { id: 1, type: 'string' } } },
    Secret: { fields: { data: { id: 1, type: 'bytes' } } },
    Health: { fields: { status: { id: 1, type: 'int32' } } },
  },
});
const SERVING = 1;
const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
const CHECK_HEALTH = '/grpc.health.v1.Health/Check';

function methodOf(
  path: string,
  answer: string,
): MethodDefinition<{ id: string }, Answer> {
  const request = messages.lookupType('Request');
  const response = messages.lookupType(answer);
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: value => Buffer.from(request.encode(value).finish()),
    requestDeserialize: bytes =>
      request.toObject(request.decode(bytes), { defaults: true }) as {
        id: string;
      },
    responseSerialize: value => Buffer.from(response.encode(value).finish()),
    responseDeserialize: bytes => response.toObject(response.decode(bytes)),
  };
}

/** Whether a step may ask for a secret. Without a session also one that could do without would fail. */
export function needsSession(
  { secrets }: BuildRequest,
  dockerfile: Dockerfile | undefined,
): boolean {
  return (
    secrets.length > 0 ||
    (dockerfile !== undefined && mountedSecrets(dockerfile).length > 0)
  );
}

/**
 * Opens a session in which BuildKit asks for secrets at the moment a step mounts them, so that no value is in the
 * parameters of the build. The one that the client has is for credentials of registries alone.
 */
export async function openSession(
  docker: Docker,
  { secrets }: BuildRequest,
  resolver: SecretResolver,
  signal: AbortSignal,
): Promise<BuildSession> {
  const references = new Map(
    secrets.map(({ name, secret }) => [name, secret] as const),
  );
  const id = randomUUID();
  const socket = await connect(docker, id, signal);
  const server = new Server();
  server.addService(
    {
      GetSecret: methodOf(GET_SECRET, 'Secret'),
      Check: methodOf(CHECK_HEALTH, 'Health'),
    },
    {
      GetSecret: answerSecret(async name => {
        const reference = references.get(name);
        return reference && resolver.resolve(reference);
      }),
      Check: (_: unknown, answer: sendUnaryData<Answer>) =>
        answer(null, { status: SERVING }),
    },
  );
  server
    .createConnectionInjector(ServerCredentials.createInsecure())
    .injectConnection(socket);
  return {
    id,
    close() {
      server.forceShutdown();
      socket.destroy();
    },
  };
}

/** @param valueOf - Gives the value by the name that the Dockerfile has for it; nothing where there is none. */
function answerSecret(valueOf: (name: string) => Promise<string | undefined>) {
  return async (
    { request: { id: name } }: ServerUnaryCall<{ id: string }, Answer>,
    answer: sendUnaryData<Answer>,
  ) => {
    try {
      const value = await valueOf(name);
      if (value === undefined)
        answer({ code: status.NOT_FOUND, details: `secret ${name}` });
      else answer(null, { data: Buffer.from(value) });
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      answer({ code: status.INTERNAL, details });
    }
  };
}

function connect(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/session',
        method: 'POST',
        hijack: true,
        abortSignal: signal,
        headers: {
          Upgrade: 'h2c',
          'X-Docker-Expose-Session-Uuid': id,
          'X-Docker-Expose-Session-Name': 'slipway',
          'X-Docker-Expose-Session-Grpc-Method': GET_SECRET,
        },
        statusCodes: { 101: true, 500: 'server error' },
      } as Parameters<typeof docker.modem.dial>[0],
      (error, socket) => (error ? reject(error) : resolve(socket as Duplex)),
    );
  });
}
