/**
 * Measures what the goals of the product are about. Figures are ratios, or times of
 * Slipway's own work, taken in one run. `npm run bench -- runs listing memory start` chooses.
 */
import { join } from 'node:path';
import { bundle } from '../support/portal';
import { measureListing } from './listing';
import { measureMemory, measureSecondStart } from './memory';
import { measureRuns } from './runs';
import { report, type Measurement } from './table';

const groups: Record<string, () => Promise<Measurement[]>> = {
  runs: measureRuns,
  listing: measureListing,
  memory: measureMemory,
  start: measureSecondStart,
};

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
  report(measurements, join(bundle, '../bench.json'));
  process.exitCode = measurements.every(measurement => measurement.holds)
    ? 0
    : 1;
}

main().catch(error => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
