import type {
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
} from '@kubernetes/client-node';
import { exitOf, refusalOf, stagnationOf, verdictOf } from './verdict';

function podWith(state: object, parts: Partial<V1ContainerStatus> = {}): V1Pod {
  return {
    metadata: { name: 'sample-r1-x' },
    spec: { containers: [{ name: 'app', image: 'registry/app@sha256:1' }] },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'app',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: state as V1ContainerState,
          ...parts,
        },
      ],
    },
  };
}

const waiting = (reason: string, message = '') =>
  podWith({ waiting: { reason, message } });
const ended = (exitCode: number, reason: string, message?: string) =>
  ({
    terminated: {
      exitCode,
      reason,
      message,
      finishedAt: '2026-01-01T00:00:00Z', // a text, whatever the client's types say
    },
  } as unknown as V1ContainerState);
const NO_COMMAND =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-command": executable file not found in $PATH: unknown';

describe('verdictOf', () => {
  it.each([
    ['x509: certificate signed by unknown authority'],
    ['registry/app@sha256:1: not found'],
    ['no match for platform in manifest sha256:1: not found'],
  ])('is certain that an image does not come: %s', text => {
    const message = `failed to pull and unpack image "registry/app": ${text}`;
    expect(verdictOf(waiting('ErrImagePull', message))).toEqual({
      message: 'The image of sample-r1-x cannot be brought',
      text: `ErrImagePull: ${message}`,
      facts: { image: 'registry/app@sha256:1', askedBy: 'node' },
    });
    expect(verdictOf(waiting('ImagePullBackOff', message))).toBeDefined();
  });

  it.each([
    'unexpected status from HEAD request to U: 429 Too Many Requests',
    'unexpected status from HEAD request to U: 503 Service Unavailable',
    'dial tcp 10.0.0.1:443: i/o timeout',
    'read tcp 10.0.0.1:443: connection reset by peer',
  ])('waits for a registry that may be well again: %s', text => {
    expect(verdictOf(waiting('ErrImagePull', text))).toBeUndefined();
  });

  it('waits for a registry that does not answer, but not for one that is not trusted', () => {
    const text =
      'image pull failed for registry.example/web:1 because the registry is unavailable';
    expect(verdictOf(waiting('RegistryUnavailable', text))).toBeUndefined();
    const backOff = `Back-off pulling image "registry.example/web:1": RegistryUnavailable: ${text}`;
    expect(verdictOf(waiting('ImagePullBackOff', backOff))).toBeUndefined();
    const said = `${text}: x509: certificate signed by unknown authority`;
    expect(verdictOf(waiting('RegistryUnavailable', said))).toMatchObject({
      text: `RegistryUnavailable: ${said}`,
    });
  });

  it('is certain that a container cannot be made', () => {
    const message =
      'container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root';
    expect(verdictOf(waiting('CreateContainerConfigError', message))).toEqual({
      message: 'The container cannot be made',
      text: `CreateContainerConfigError: ${message}`,
      facts: undefined,
    });
  });

  it('waits for a kubelet that has not heard of a Secret yet', () => {
    const message =
      'failed to sync secret cache: timed out waiting for the condition';
    expect(
      verdictOf(waiting('CreateContainerConfigError', message)),
    ).toBeUndefined();
  });

  it('is certain that a command is not there, at the first time', () => {
    const pod = podWith(ended(128, 'StartError', NO_COMMAND));
    expect(verdictOf(pod)?.message).toBe('Its process cannot be started');
    const [status] = pod.status!.containerStatuses!;
    expect(exitOf(status)).toMatchObject({
      exitCode: 127,
      message: NO_COMMAND,
    });
  });

  it('is certain that the memory is not enough, at the first time', () => {
    const killed = ended(137, 'OOMKilled');
    expect(verdictOf(podWith(killed))?.message).toBe('It ran out of memory');
    const again = podWith(
      { running: {} },
      { restartCount: 1, lastState: killed },
    );
    expect(verdictOf(again)?.message).toBe('It ran out of memory');
    expect(verdictOf(again, { restartsBefore: 1 })).toBeUndefined();
  });

  it('lets a process end twice, and not a third time', () => {
    const crashed = (restartCount: number) =>
      podWith(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { restartCount, lastState: ended(3, 'Error') },
      );
    expect(verdictOf(crashed(1))).toBeUndefined();
    expect(verdictOf(crashed(2))?.message).toBe('It does not stay up');
    expect(verdictOf(crashed(2), { restartsBefore: 1 })).toBeUndefined();
  });

  it('waits a while for a node', () => {
    const since = Date.parse('2026-01-01T00:00:00Z');
    const pod: V1Pod = {
      metadata: { name: 'sample-r1-x' },
      status: {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 Insufficient memory.',
            lastTransitionTime: new Date(since),
          },
        ],
      },
    };
    expect(verdictOf(pod, { now: since + 5_000 })).toBeUndefined();
    expect(verdictOf(pod, { now: since + 31_000 })).toMatchObject({
      message: 'No node takes sample-r1-x',
      text: '0/1 nodes are available: 1 Insufficient memory.',
      at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('says that a node ended a pod', () => {
    const pod: V1Pod = {
      metadata: { name: 'sample-r1-x' },
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: ephemeral-storage.',
      },
    };
    expect(verdictOf(pod)?.text).toBe(
      'Evicted: The node was low on resource: ephemeral-storage.',
    );
  });

  it('has nothing against a pod that starts or runs', () => {
    expect(verdictOf({ status: { phase: 'Pending' } })).toBeUndefined();
    expect(verdictOf(waiting('ContainerCreating'))).toBeUndefined();
    expect(verdictOf(podWith({ running: {} }))).toBeUndefined();
  });
});

describe('refusalOf', () => {
  const refused = (message: string) =>
    refusalOf([
      { type: 'Available', status: 'False', message: 'no' },
      { type: 'ReplicaFailure', status: 'True', message },
    ]);

  it.each([
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=0, limited: requests.cpu=500m',
    'pods "root" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
    'admission webhook "policy.example.com" denied the request: no',
  ])('is certain of %s', message => {
    expect(refused(message)).toBe(message);
  });

  it.each([
    'pods "a" is forbidden: status unknown for quota: q, resources: limits.cpu',
    'pods "a" is forbidden: error looking up service account ws/slipway: serviceaccount "slipway" not found',
    'Internal error occurred: failed calling webhook "policy.example.com": connection refused',
  ])('waits after %s', message => {
    expect(refused(message)).toBeUndefined();
  });

  it('waits no longer than a while for what may pass', () => {
    const message =
      'Internal error occurred: failed calling webhook "policy.example.com": connection refused';
    const since = Date.parse('2026-01-01T00:00:00Z');
    const seen = (after: number) =>
      refusalOf(
        [
          {
            type: 'ReplicaFailure',
            status: 'True',
            message,
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
        { now: since + after, patience: 5_000 },
      );
    expect(seen(4_000)).toBeUndefined();
    expect(seen(5_000)).toBe(message);
  });

  it('has nothing without conditions', () => {
    expect(refusalOf()).toBeUndefined();
  });
});

describe('stagnationOf', () => {
  const message = 'ReplicaSet "web-r2-5f6d7c8b9" has timed out progressing.';
  const progressing = (status: string, reason: string) => [
    {
      type: 'Available',
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    },
    { type: 'Progressing', status, reason, message },
  ];

  it('gives the words of a controller whose patience has ended', () => {
    const seen = progressing('False', 'ProgressDeadlineExceeded');
    expect(stagnationOf(seen)).toMatchObject({ message });
  });

  it('has nothing against what goes on', () => {
    expect(stagnationOf()).toBeUndefined();
    const seen = progressing('True', 'ReplicaSetUpdated');
    expect(stagnationOf(seen)).toBeUndefined();
  });
});
