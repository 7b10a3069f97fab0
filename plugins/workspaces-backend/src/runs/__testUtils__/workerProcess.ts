/**
 * A process that is one worker on a shared database, for tests that kill and pause it.
 * Gets a {@link WorkerProcessOptions} as JSON in its first argument and prints `ready`.
 */
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import { connect, type SharedDatabase } from './sharedDatabase';
import { FileEngine } from './FileEngine';
import { openWorld } from './world';

export interface WorkerProcessOptions {
  database: SharedDatabase;
  /** Where its engine makes its objects. */
  directory: string;
  worker: string;
  leaseMilliseconds: number;
}

const options: WorkerProcessOptions = JSON.parse(process.argv[2]);

const logger: LoggerService = {
  error: console.error,
  warn: console.error,
  info: () => {},
  debug: () => {},
  child: () => logger,
};
const count = () => ({ add: () => {}, record: () => {} });
const metrics = {
  createCounter: count,
  createHistogram: count,
} as unknown as MetricsService;

const world = openWorld(connect(options.database), {
  engine: new FileEngine(options.directory, options.worker),
  leaseMilliseconds: options.leaseMilliseconds,
  logger,
  metrics,
});
const timing = {
  renew: options.leaseMilliseconds / 4,
  margin: options.leaseMilliseconds / 5,
  poll: 50,
};
const worker = world.worker(options.worker, timing, { perReplica: 1 });
worker.start();
process.on('SIGTERM', async () => {
  await worker.stop();
  process.exit(0);
});
process.stdout.write('ready\n');
