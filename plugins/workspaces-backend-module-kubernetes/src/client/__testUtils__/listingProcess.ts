/**
 * A process that reads 5,000 pods as large as real ones and keeps them, for `npm run bench`. Prints as
 * JSON how long its event loop was blocked at most (`blockedMilliseconds`) and how much heap each pod
 * takes (`bytesPerObject`). The API server is a thread of its own, with a heap of its own.
 */
import type { LoggerService } from '@backstage/backend-plugin-api';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { kinds } from '../objects';
import { Reflector } from '../Reflector';
import {
  FakeApiServer,
  clusterAt,
  watched,
  type Answer,
} from './FakeApiServer';

const PODS = 5_000;

/** Heap in use, in bytes, when nothing is left that nobody needs. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

/** As a pod of a real cluster, with its notes of who wrote what: about 7 kB. */
function largePod(index: number) {
  const text = (length: number) => `${index} `.padEnd(length, 'abcdefgh ');
  const fields = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [`f:field-${at}`, { 'f:value': {} }]),
  );
  return {
    metadata: {
      name: `pod-${index}`,
      namespace: `ws-${index % 100}`,
      uid: `uid-${index}`,
      resourceVersion: String(index + 1),
      labels: { app: `app-${index % 7}`, release: String(index) },
      managedFields: ['kube-controller-manager', 'kubelet'].map(manager => ({
        manager,
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: fields,
      })),
    },
    spec: {
      nodeName: `node-${index % 20}`,
      containers: ['app', 'sidecar'].map(name => ({
        name,
        image: `registry.example/${text(80)}`,
        env: Array.from({ length: 12 }, (_, at) => ({
          name: `VARIABLE_${at}`,
          value: text(40),
        })),
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        resources: { limits: { cpu: '1', memory: '512Mi' } },
      })),
    },
    status: {
      phase: 'Running',
      podIP: `10.0.${index % 250}.${index % 99}`,
      conditions: ['Ready', 'Initialized', 'PodScheduled'].map(type => ({
        type,
        status: 'True',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  };
}

/** Lists page by page, as asked, and then watches in silence. */
async function serve(): Promise<void> {
  const server = new FakeApiServer();
  const pods = Array.from({ length: PODS }, (_, index) => largePod(index));
  const pages: Answer = (request, response, url) => {
    if (url.searchParams.has('watch')) {
      watched([])(request, response, url);
      return;
    }
    const from = Number(url.searchParams.get('continue') ?? 0);
    const to = from + Number(url.searchParams.get('limit') ?? PODS);
    const metadata = {
      resourceVersion: String(PODS),
      ...(to < PODS && { continue: String(to) }),
    };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ metadata, items: pods.slice(from, to) }));
  };
  server.answerWith(pages);
  await server.start();
  parentPort!.postMessage({ port: server.port, authority: server.authority });
}

async function measure(): Promise<void> {
  const worker = new Worker(__filename, { execArgv: process.execArgv });
  const [{ port, authority }] = await once(worker, 'message');
  const cluster = clusterAt(port, authority, () => 'token');
  const stop = new AbortController();
  const silent = () => {};
  const logger: LoggerService = {
    error: console.error,
    warn: console.error,
    info: silent,
    debug: silent,
    child: () => logger,
  };
  const reflector = new Reflector(cluster, kinds.Pod, { logger });
  const before = heapInUse();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const running = reflector.run(stop.signal);
  const limit = AbortSignal.timeout(120_000);
  while (reflector.objects.length < PODS) await reflector.changed(1_000, limit);
  delay.disable();
  const after = heapInUse();
  process.stdout.write(
    JSON.stringify({
      blockedMilliseconds: delay.max / 1e6,
      bytesPerObject: (after - before) / reflector.objects.length,
    }),
  );
  stop.abort();
  await running;
  await cluster.close();
  await worker.terminate();
}

void (isMainThread ? measure() : serve());
