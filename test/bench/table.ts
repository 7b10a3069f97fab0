import { writeFileSync } from 'node:fs';

/** One figure with its goal; `value` is in `unit`. */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  goal: string;
  holds: boolean;
}

/** A figure that must not be above its limit. */
export function atMost(
  name: string,
  value: number,
  unit: string,
  limit: number,
): Measurement {
  const rounded = Math.round(value * 100) / 100;
  return {
    name,
    value: rounded,
    unit,
    goal: `<= ${limit} ${unit}`,
    holds: rounded <= limit,
  };
}

/** The value below which a share of the sorted samples lies, by nearest rank. */
export function percentile(samples: number[], share: number): number {
  if (samples.length === 0) throw new Error('There is no sample');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[
    Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
  ];
}

/** Prints the figures as a table and writes them to a file, an array of measurements. */
export function report(measurements: Measurement[], file: string): void {
  const rows = measurements.map(({ name, value, unit, goal, holds }) => [
    name,
    `${value} ${unit}`,
    goal,
    holds ? 'holds' : 'MISSED',
  ]);
  const heads = ['measurement', 'value', 'goal', ''];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(row => row[column].length)),
  );
  for (const row of [heads, ...rows]) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
  writeFileSync(file, `${JSON.stringify(measurements, null, 2)}\n`);
}
