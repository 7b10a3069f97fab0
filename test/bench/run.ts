/**
 * Measures what the goals of the product are about. Figures are ratios, or times of
 * Slipway's own work, taken in one run. `npm run bench -- runs listing` chooses among the groups that run on Docker,
 * `npm run bench -- --cluster runs queue` among those on the test cluster.
 */
import { join } from 'node:path';
import { bundle } from '../support/portal';
import { testCluster } from '../support/engine/testCluster';
import { measureBuilds } from './cluster/builds';
import { measureCauses } from './cluster/causes';
import { measurePixels } from './cluster/pixels';
import { measureQueue } from './cluster/queue';
import { measureRuns as measureRunsOnCluster } from './cluster/runs';
import { measureTrust } from './cluster/trust';
import { measureListing } from './listing';
import { measureMemory, measureSecondStart } from './memory';
import { measureRuns } from './runs';
import { report, type Measurement } from './table';

type Groups = Record<string, () => Promise<Measurement[]>>;

const onDocker: Groups = {
  runs: measureRuns,
  listing: measureListing,
  memory: measureMemory,
  start: measureSecondStart,
};
const onCluster: Groups = {
  runs: measureRunsOnCluster,
  builds: measureBuilds,
  causes: measureCauses,
  pixels: measurePixels,
  queue: measureQueue,
  trust: measureTrust,
};
const groups = testCluster() ? onCluster : onDocker;

async function main() {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter(name => !(name in groups));
  if (unknown.length > 0)
    throw new Error(
      `There is no group ${unknown.join(', ')}: ${Object.keys(groups).join(
        ', ',
      )}`,
    );
  const measurements: Measurement[] = [];
  for (const [name, measure] of Object.entries(groups)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    process.stdout.write(`measuring ${name}\n`);
    measurements.push(...(await measure()));
  }
  const file = testCluster() ? 'bench-cluster.json' : 'bench.json';
  report(measurements, join(bundle, '..', file));
  process.exitCode = measurements.every(measurement => measurement.holds)
    ? 0
    : 1;
}

main().catch(error => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
