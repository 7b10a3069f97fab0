import type {
  EndpointHistory,
  EndpointMoment,
} from '@slipway/backstage-plugin-workspaces-common';

const HOUR_SECONDS = 3_600;
const SECOND = 1_000;

/** One interval of the last hour; without a moment where nothing was measured. */
export interface HealthSlot {
  /** Begin of the interval, in milliseconds. */
  at: number;
  moment?: EndpointMoment;
}

/** What the last hour comes to, of what was measured. */
export interface HealthSummary {
  probes: number;
  /** Share of the probes that were answered, in percent, never rounded up; absent without a probe. */
  answered?: number;
  /** How long nothing was measured since the first moment that is known, in milliseconds. */
  unmeasured: number;
  /** Mean of the answers; absent if there was none. */
  latencyMilliseconds?: number;
}

/**
 * The last hour in its intervals, oldest first; the one that has just begun is the last.
 *
 * @param now - Milliseconds.
 */
export function healthSlots(
  { intervalSeconds, items }: EndpointHistory,
  now: number,
): HealthSlot[] {
  const interval = intervalSeconds * SECOND;
  const slotOf = (time: number) => Math.floor(time / interval);
  const moments = new Map(
    items.map(moment => [slotOf(Date.parse(moment.at)), moment]),
  );
  const count = Math.ceil(HOUR_SECONDS / intervalSeconds);
  const last = slotOf(now);
  return Array.from({ length: count }, (_, index) => {
    const slot = last - count + 1 + index;
    return { at: slot * interval, moment: moments.get(slot) };
  });
}

/** The slots summed up. The one that has just begun misses nothing yet. */
export function healthSummary(
  slots: HealthSlot[],
  intervalSeconds: number,
): HealthSummary {
  const moments = slots.flatMap(({ moment }) => moment ?? []);
  const probes = sum(moments.map(moment => moment.probes));
  const failed = sum(moments.map(moment => moment.failed));
  // Before its first moment an endpoint may not have been there.
  const first = slots.findIndex(({ moment }) => moment);
  const gaps =
    first < 0
      ? 0
      : slots.slice(first, -1).filter(({ moment }) => !moment).length;
  const timed = moments.filter(
    ({ latencyMilliseconds }) => latencyMilliseconds !== undefined,
  );
  const answers = sum(timed.map(moment => moment.probes - moment.failed));
  const time = sum(
    timed.map(
      ({ latencyMilliseconds = 0, ...moment }) =>
        latencyMilliseconds * (moment.probes - moment.failed),
    ),
  );
  return {
    probes,
    answered:
      probes > 0
        ? Math.floor((1_000 * (probes - failed)) / probes) / 10
        : undefined,
    unmeasured: gaps * intervalSeconds * SECOND,
    latencyMilliseconds: answers > 0 ? time / answers : undefined,
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
