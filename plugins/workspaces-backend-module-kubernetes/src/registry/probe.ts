import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { codeOf, connectionText } from './failures';
import { mediaTypes } from './media';
import type { OciRegistry } from './OciRegistry';

/** What a push or pull needs, from the bottom up. */
export type RegistryLayer =
  | 'name'
  | 'connection'
  | 'tls'
  | 'api'
  | 'login'
  | 'push'
  | 'pull'
  | 'delete';

/** How far one layer of a registry works. */
export interface LayerResult {
  layer: RegistryLayer;
  /** `skipped` where a layer below failed, or where there is nothing of the kind. */
  state: 'passed' | 'failed' | 'skipped';
  /** What was seen, in a sentence. */
  text: string;
  /** Of a failure: verbatim. */
  evidence: RawEvidence[];
  milliseconds: number;
}

/** Milliseconds for each connection. */
const PATIENCE = 10_000;
const PROBE_REPOSITORY = 'slipway/probe';

/** Answers what was seen, or `undefined` where there is nothing of the kind. */
type Layer = (signal: AbortSignal) => Promise<string | undefined>;

function splitAddress(registry: OciRegistry): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(registry.connection.origin);
  return {
    host: hostname,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}

async function resolveName(host: string): Promise<string | undefined> {
  if (isIP(host)) return undefined;
  const addresses = await lookup(host, { all: true });
  return addresses.map(({ address }) => address).join(', ');
}

async function whenOpen<T extends Socket>(
  socket: T,
  event: string,
  signal: AbortSignal,
): Promise<T> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  try {
    await once(socket, event, { signal: patience });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw patience.aborted ? new Error('no answer in time') : error;
  }
}

/** Who a certificate is for, who signed it and how long it holds. */
function certificateText(socket: TLSSocket): string {
  const { subject, issuer, subjectaltname, valid_from, valid_to } =
    socket.getPeerCertificate();
  if (!subject) return 'no certificate';
  return [
    `subject ${subject.CN ?? '-'}`,
    `issuer ${issuer.CN ?? '-'}`,
    `names ${subjectaltname ?? '-'}`,
    `valid from ${valid_from} to ${valid_to}`,
  ].join(', ');
}

async function shakeHands(
  registry: OciRegistry,
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
  verify: boolean,
): Promise<string> {
  const socket = connectTls({
    host,
    port,
    servername: isIP(host) ? undefined : host,
    ca: await registry.connection.http.authorities(),
    // Without verification nothing is sent: the certificate is read, so that the page can say whose it is.
    rejectUnauthorized: verify,
  });
  const open = await whenOpen(socket, 'secureConnect', signal);
  const text = certificateText(open);
  open.destroy();
  return text;
}

/** Pushes a tiny artifact, pulls it by its digest and deletes it. */
class Sample {
  #digest?: string;
  readonly #registry: OciRegistry;

  constructor(registry: OciRegistry) {
    this.#registry = registry;
  }

  async push(signal: AbortSignal): Promise<string> {
    const config = await this.#registry.blobs.put(
      PROBE_REPOSITORY,
      Buffer.from('{}'),
      mediaTypes.empty,
      signal,
    );
    this.#digest = await this.#registry.putManifest(
      PROBE_REPOSITORY,
      {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType: mediaTypes.probe,
        config,
        layers: [config],
        annotations: { 'dev.slipway.probe': new Date().toISOString() },
      },
      { signal },
    );
    return this.#name();
  }

  async pull(signal: AbortSignal): Promise<string> {
    const stored = await this.#registry.manifest(this.#reference(), signal);
    if (!stored) {
      throw new Error(`${this.#name()}: not found just after it was pushed`);
    }
    return this.#name();
  }

  async delete(signal: AbortSignal): Promise<string> {
    await this.#registry.delete(this.#reference(), signal);
    return this.#name();
  }

  #reference() {
    const { address: registry } = this.#registry;
    return { registry, repository: PROBE_REPOSITORY, digest: this.#digest };
  }

  #name(): string {
    return `${PROBE_REPOSITORY}@${this.#digest}`;
  }
}

function layersOf(registry: OciRegistry): [RegistryLayer, Layer][] {
  const { connection } = registry;
  const target = splitAddress(registry);
  const sample = new Sample(registry);
  return [
    ['name', () => resolveName(target.host)],
    [
      'connection',
      async signal => {
        const socket = connect(target);
        (await whenOpen(socket, 'connect', signal)).destroy();
        return `${target.host}:${target.port}`;
      },
    ],
    [
      'tls',
      async signal =>
        registry.isPlain
          ? undefined
          : shakeHands(registry, target, signal, true),
    ],
    [
      'api',
      async signal => {
        const answer = await connection.ask(signal);
        return `${connection.origin}/v2/ answers ${answer}`;
      },
    ],
    [
      'login',
      async signal => {
        const answer = await connection.send({
          method: 'GET',
          path: '/v2/',
          signal,
        });
        await answer.body.dump();
        return connection.proof;
      },
    ],
    ['push', signal => sample.push(signal)],
    ['pull', signal => sample.pull(signal)],
    ['delete', signal => sample.delete(signal)],
  ];
}

function evidenceOfFailure(
  registry: OciRegistry,
  error: unknown,
): RawEvidence[] {
  if (error instanceof EngineError) return error.evidence;
  const code = codeOf(error);
  return [
    {
      ...evidenceOf('probe', 'registry', connectionText(error), {
        facts: {
          registry: registry.address,
          askedBy: 'portal',
          ...(code ? { code } : {}),
        },
      }),
      first: true,
    },
  ];
}

/** Whose certificate it is that was refused; nothing where that cannot be seen either. */
async function certificateEvidence(
  registry: OciRegistry,
  signal: AbortSignal,
): Promise<RawEvidence[]> {
  const target = splitAddress(registry);
  return shakeHands(registry, target, signal, false).then(
    text => [evidenceOf('probe', 'certificate', text)],
    () => [],
  );
}

/**
 * Tries a registry layer by layer, as a push and a pull would use it. What needs a layer that failed is
 * skipped; where nothing can be deleted, only retention does not work.
 */
export async function* probeRegistry(
  registry: OciRegistry,
  signal: AbortSignal,
): AsyncGenerator<LayerResult> {
  let failed: RegistryLayer | undefined;
  for (const [layer, run] of layersOf(registry)) {
    const begun = performance.now();
    const result = (state: LayerResult['state'], text: string) => ({
      layer,
      state,
      text,
      evidence: [] as RawEvidence[],
      milliseconds: Math.round(performance.now() - begun),
    });
    if (failed) {
      yield result('skipped', `Not tried: "${failed}" failed`);
      continue;
    }
    try {
      const seen = await run(signal);
      yield seen === undefined
        ? result('skipped', 'Nothing of the kind is needed here')
        : result('passed', seen);
    } catch (error) {
      signal.throwIfAborted();
      failed = layer;
      const evidence = [
        ...evidenceOfFailure(registry, error),
        ...(layer === 'tls' ? await certificateEvidence(registry, signal) : []),
      ];
      yield { ...result('failed', evidence[0].text), evidence };
    }
  }
}
