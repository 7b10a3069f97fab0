import { isHopeless, waitingFacts } from './waiting';

const quota = (requested: string, limited: string) =>
  `ExceededResourceQuota: TaskRun Pod exceeded available resources: pods "web-1-pod" is forbidden: exceeded quota: slipway-build, requested: ${requested}, used: requests.cpu=500m, limited: ${limited}`;

describe('a build that waits', () => {
  it.each([
    'Failed: Failed to pull image "10.99.0.1:5000/nope:1": rpc error: code = NotFound desc = failed to pull and unpack image "10.99.0.1:5000/nope:1": failed to resolve reference "10.99.0.1:5000/nope:1": 10.99.0.1:5000/nope:1: not found',
    'InspectFailed: Failed to apply default image tag "UPPER/Case:1": couldn\'t parse image name "UPPER/Case:1": invalid reference format: repository name (Case) must be lowercase',
    'FailedMount: MountVolume.SetUp failed for volume "ws-d33ce" : secret "no-such-secret" not found',
    quota('requests.cpu=16', 'requests.cpu=4'),
    quota(
      'requests.cpu=500m,requests.memory=9Gi',
      'requests.cpu=4,requests.memory=8Gi',
    ),
  ])('waits for nothing: %s', sign => {
    expect(isHopeless(sign)).toBe(true);
  });

  it.each([
    'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.',
    'Failed: Failed to pull image "r.example/b:1": dial tcp 10.0.0.1:443: i/o timeout',
    'Failed: Error: ErrImagePull',
    'FailedMount: MountVolume.SetUp failed for volume "trust" : object "ws-build"/"trust" not registered',
    quota('requests.cpu=4', 'requests.cpu=4'),
  ])('may still begin: %s', sign => {
    expect(isHopeless(sign)).toBe(false);
  });

  it('says from where the node wanted an image', () => {
    expect(
      waitingFacts('Failed: Failed to pull image "10.99.0.1:5000/nope:1": x'),
    ).toEqual({
      askedBy: 'node',
      image: '10.99.0.1:5000/nope:1',
      registry: '10.99.0.1:5000',
    });
    expect(waitingFacts('FailedScheduling: x')).toBeUndefined();
  });
});
