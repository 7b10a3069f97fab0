/**
 * What an app answered on its health path.
 *
 * @public
 */
export type ProbeAnswer =
  | { kind: 'answer'; status: number }
  | { kind: 'silence'; reason: string };

/**
 * Whether the answer makes the app ready.
 *
 * @public
 */
export function isReady(answer: ProbeAnswer): boolean {
  return answer.kind === 'answer' && answer.status < 500;
}

/**
 * The answer in words.
 *
 * @public
 */
export function probeText(url: string, answer: ProbeAnswer): string {
  return answer.kind === 'answer'
    ? `GET ${url}: HTTP ${answer.status}`
    : `GET ${url}: ${answer.reason}`;
}
