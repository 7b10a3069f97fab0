import { healthSlots, healthSummary } from './healthSlots';

const now = Date.parse('2026-11-21T12:00:30Z');
const at = (time: string) => `2026-11-21T${time}.000Z`;

describe('health over time', () => {
  it('has a slot for each interval of the last hour, and leaves those empty in which nothing was measured', () => {
    const slots = healthSlots(
      {
        intervalSeconds: 60,
        items: [
          { at: at('10:59:00'), state: 'down', probes: 9, failed: 9 },
          { at: at('11:01:00'), state: 'healthy', probes: 4, failed: 0 },
          { at: at('12:00:00'), state: 'degraded', probes: 2, failed: 1 },
        ],
      },
      now,
    );
    expect(slots).toHaveLength(60);
    expect(slots[0]).toMatchObject({
      at: Date.parse(at('11:01:00')),
      moment: { state: 'healthy' },
    });
    expect(slots[1].moment).toBeUndefined();
    expect(slots[59].moment).toMatchObject({ state: 'degraded' });
    expect(slots.filter(({ moment }) => moment)).toHaveLength(2);
  });

  it('sums up what was measured, and never rounds a failure away', () => {
    const moments = [
      {
        at: at('11:58:00'),
        state: 'healthy',
        probes: 3_999,
        failed: 0,
        latencyMilliseconds: 10,
      },
      { at: at('11:59:00'), state: 'down', probes: 1, failed: 1 },
    ] as const;
    const slots = healthSlots(
      { intervalSeconds: 60, items: [...moments] },
      now,
    );
    expect(healthSummary(slots, 60)).toEqual({
      probes: 4_000,
      answered: 99.9,
      unmeasured: 0,
      latencyMilliseconds: 10,
    });
  });

  it('misses what was not measured since the first moment, which may be the first of all', () => {
    const moment = { state: 'healthy', probes: 1, failed: 0 } as const;
    const items = [
      { at: at('11:50:00'), ...moment },
      { at: at('11:55:00'), ...moment },
    ];
    const slots = healthSlots({ intervalSeconds: 60, items }, now);
    expect(healthSummary(slots, 60).unmeasured).toBe(8 * 60_000);
  });

  it('claims nothing where nothing was measured', () => {
    const slots = healthSlots({ intervalSeconds: 60, items: [] }, now);
    expect(healthSummary(slots, 60)).toEqual({
      probes: 0,
      answered: undefined,
      unmeasured: 0,
      latencyMilliseconds: undefined,
    });
  });
});
