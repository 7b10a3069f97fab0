import type { JsonObject } from '@backstage/types';
import { quantity } from '../engine/quantity';
import { mayPullLater, pullFacts } from '../engine/verdict';

const PULL = /^Failed: Failed to pull image "([^"]+)"/;
const BAD_NAME = /^InspectFailed: /;
const MOUNT = /^FailedMount: .*(?:secret|configmap) "[^"]+" not found/;
const QUOTA =
  /exceeded quota: [^,]+, requested: (?<requested>.+), used: .+, limited: (?<limited>.+)/;

/** Whether what keeps a build waiting will not pass by itself, though Tekton goes on waiting. */
export function isHopeless(sign: string): boolean {
  if (PULL.test(sign)) return !mayPullLater(sign);
  return BAD_NAME.test(sign) || MOUNT.test(sign) || neverFits(sign);
}

/** What the evidence of a waiting build is to say besides. */
export function waitingFacts(sign: string): JsonObject | undefined {
  const [, image] = PULL.exec(sign) ?? [];
  return image === undefined ? undefined : pullFacts(image);
}

/** Whether a build asks for more than its quota ever allows; else others may end and make room. */
function neverFits(sign: string): boolean {
  const { requested, limited } = QUOTA.exec(sign)?.groups ?? {};
  if (requested === undefined) return false;
  const limits = new Map(quantities(limited));
  return quantities(requested).some(
    ([name, amount]) => amount > (limits.get(name) ?? Infinity),
  );
}

/** Of `requests.cpu=16,requests.memory=64Mi`. */
function quantities(text: string): [string, number][] {
  return text.split(',').map(each => {
    const [name, amount] = each.trim().split('=');
    return [name, quantity(amount)];
  });
}
