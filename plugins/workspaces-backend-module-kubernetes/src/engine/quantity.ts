const SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** A quantity of the API as a number: `250m`, `64Mi`. */
export function quantity(text: string): number {
  const [, number, suffix] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? [];
  return Number(number ?? NaN) * (SUFFIXES[suffix ?? ''] ?? NaN);
}
