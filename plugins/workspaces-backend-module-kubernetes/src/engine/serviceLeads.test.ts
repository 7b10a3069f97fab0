import { kinds, Pod } from '../client';
import { sinceChange } from './serviceLeads';

const now = Date.parse('2026-01-01T00:01:00Z');

function slice(annotations?: Record<string, string>) {
  return {
    ...kinds.EndpointSlice,
    addressType: 'IPv4',
    endpoints: [],
    metadata: { name: 'web-x', annotations },
  };
}

function readySince(lastTransitionTime: string): Pod {
  return {
    ...kinds.Pod,
    metadata: { name: 'web-r1-x' },
    // A text, whatever the client's types say.
    status: {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
    },
  } as unknown as Pod;
}

const changed = (at: string) =>
  slice({ 'endpoints.kubernetes.io/last-change-trigger-time': at });

describe('sinceChange', () => {
  it('counts from what the slice notes', () => {
    const seen = [changed('2026-01-01T00:00:50Z')];
    expect(sinceChange(seen, [], now)).toBe(9_000);
  });

  it('counts a pod that was just ready, though its slice notes nothing or what was before', () => {
    const pods = [
      readySince('2026-01-01T00:00:10Z'),
      readySince('2026-01-01T00:00:58Z'),
    ];
    expect(sinceChange([slice()], pods, now)).toBe(1_000);
    const seen = [changed('2026-01-01T00:00:20Z')];
    expect(sinceChange(seen, pods, now)).toBe(1_000);
  });

  it('has nothing to wait for where all has been so for long', () => {
    const pods = [readySince('2025-12-31T00:00:00Z')];
    expect(sinceChange([slice()], pods, now)).toBeGreaterThan(60_000);
  });
});
