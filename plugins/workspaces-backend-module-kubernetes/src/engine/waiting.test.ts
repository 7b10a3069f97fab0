import type { ClusterEvent } from './evidence';
import {
  claimEvidence,
  hindrance,
  missingForMount,
  pullVerdict,
} from './waiting';

function event(reason: string, message: string, type = 'Warning') {
  return {
    reason,
    message,
    type,
    firstTimestamp: '2026-01-01T00:00:00Z', // a text, whatever the client's types say
    metadata: {},
  } as unknown as ClusterEvent;
}

const MISSING =
  'MountVolume.SetUp failed for volume "a" : secret "gone" not found';

it('knows a Secret that is not there from one that the kubelet has not seen yet', () => {
  const notYet =
    'MountVolume.SetUp failed for volume "a" : object "t1"/"new" not registered';
  expect(missingForMount([event('FailedMount', notYet)])).toBeUndefined();
  expect(missingForMount([event('FailedMount', MISSING)])).toMatchObject({
    text: `FailedMount: ${MISSING}`,
    at: '2026-01-01T00:00:00.000Z',
  });
});

it('takes the last thing that went wrong, and not that it is tried again', () => {
  const events = [
    event('FailedScheduling', '0/1 nodes are available: 1 Insufficient cpu.'),
    event('Scheduled', 'Successfully assigned', 'Normal'),
    event('Failed', 'Failed to pull image "r.example/a:1": i/o timeout'),
    event('Failed', 'Error: ErrImagePull'),
    event('BackOff', 'Back-off pulling image "r.example/a:1"'),
  ];
  expect(hindrance('web-0', events)[0].text).toBe(
    'Failed: Failed to pull image "r.example/a:1": i/o timeout',
  );
  expect(hindrance('web-0', [events[1]])).toEqual([]);
});

it('says why a volume is not made, rather than that it is waited for', () => {
  const events = [
    event('ExternalProvisioning', 'Waiting for a volume', 'Normal'),
    event('ProvisioningFailed', 'storageclass.storage.k8s.io "gone" not found'),
  ];
  expect(claimEvidence('data', events)).toMatchObject([
    {
      text: 'ProvisioningFailed: storageclass.storage.k8s.io "gone" not found',
      facts: { claim: 'data' },
    },
  ]);
  expect(claimEvidence('data', [])).toEqual([]);
});

describe('a pull without a login', () => {
  const missed = event(
    'FailedToRetrieveImagePullSecret',
    'Unable to retrieve some image pull secrets (slipway-registry); attempting to pull the image may not succeed.',
  );
  const pull = event(
    'Failed',
    'Failed to pull image "r.example/a:1": failed with status code [manifests 1]: 401 Unauthorized',
  );
  const verdict = {
    message: 'The image cannot be brought',
    text: 'ErrImagePull: pulling from host r.example failed with status code [manifests 1]: 401 Unauthorized',
  };

  it('is tried again where the kubelet had not heard of the secret', () => {
    expect(pullVerdict(verdict, [missed, pull])).toBeUndefined();
    expect(pullVerdict(verdict, [missed, { ...pull, count: 2 }])?.text).toMatch(
      /^FailedToRetrieveImagePullSecret: .*slipway-registry/,
    );
  });

  it('is no reason any more once the registry answered otherwise, though the pod still says so', () => {
    const next = event(
      'Failed',
      'Failed to pull image "r.example/a:1": not found',
    );
    expect(pullVerdict(verdict, [missed, pull, next])).toBeUndefined();
  });

  it('is refused where it had it', () => {
    expect(pullVerdict(verdict, [pull])).toBe(verdict);
  });

  it('is judged by its last pull where the pod says no more than that it waits', () => {
    const waits = {
      message: 'The image cannot be brought',
      text: 'ImagePullBackOff: Back-off pulling image "r.example/a:1"',
    };
    const failed = (why: string) =>
      event('Failed', `Failed to pull image "r.example/a:1": ${why}`);
    const gone = failed('not found');
    const busy = failed('unexpected status: 503 Service Unavailable');
    expect(pullVerdict(waits, [gone])).toBe(waits);
    expect(pullVerdict(waits, [gone, busy])).toBeUndefined();
    expect(pullVerdict(waits, [])).toBeUndefined();
  });
});
