import type {
  Diagnosis,
  Evidence,
} from '@slipway/backstage-plugin-workspaces-common';

/** The first sign of the failure first, then as it came. */
export function inOrder(evidence: Evidence[]): Evidence[] {
  return [...evidence].sort(
    (a, b) =>
      Number(b.first ?? false) - Number(a.first ?? false) ||
      a.at.localeCompare(b.at),
  );
}

/** The whole diagnosis as text, to be sent to somebody. */
export function diagnosisText(diagnosis: Diagnosis): string {
  const head = `${diagnosis.code}: ${diagnosis.cause}\n${diagnosis.fix}`;
  const seen = inOrder(diagnosis.evidence).map(
    ({ at, kind, source, text }) => `[${at}] ${kind} ${source}\n${text}`,
  );
  return [head, ...seen].join('\n\n');
}
