import type { V1ContainerState } from '@kubernetes/client-node';
import type { Pod } from '../client';
import { signOf } from './proof';

function pod(state?: V1ContainerState, status: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    status: {
      ...status,
      ...(state && { containerStatuses: [{ name: 'app', state } as never] }),
    },
  };
}

const waiting = (reason: string, message?: string) =>
  pod({ waiting: { reason, message } });

describe('what a pod says of the pull of its image', () => {
  it('is nothing before the pull has ended', () => {
    expect(signOf(pod())).toBeUndefined();
    expect(signOf(waiting('ContainerCreating'))).toBeUndefined();
  });

  it.each([
    [waiting('CreateContainerError', 'no command specified')],
    [waiting('RunContainerError', 'exec: "/slipway": permission denied')],
    [pod({ terminated: { exitCode: 128, reason: 'StartError' } })],
    [pod({ running: {} })],
  ])('is trust once its container was to be made', state => {
    expect(signOf(state)).toMatchObject({ state: 'trusted', isFinal: true });
  });

  it.each([
    // containerd 1.6
    'failed to pull and unpack image "r.test/a@sha256:1": failed to resolve reference "r.test/a@sha256:1": failed to do request: Head "https://r.test/v2/a/manifests/sha256:1": x509: certificate signed by unknown authority',
    // containerd 2
    'failed to pull and unpack image "r.test/a@sha256:1": failed to resolve image: failed to do request: Head "https://r.test/v2/a/manifests/sha256:1": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'failed to do request: Head "https://r.test/v2/": http: server gave HTTP response to HTTPS client',
  ])('is distrust: %s', message => {
    for (const reason of ['ErrImagePull', 'ImagePullBackOff']) {
      expect(signOf(waiting(reason, message))).toEqual({
        state: 'untrusted',
        text: `${reason}: ${message}`,
        isFinal: true,
      });
    }
  });

  it.each([
    ['failed to authorize: 401 Unauthorized', true],
    ['dial tcp: lookup r.test on 10.96.0.10:53: no such host', true],
    ['dial tcp 10.0.0.1:443: i/o timeout', false],
  ])('is nothing about trust: %s', (message, isFinal) => {
    expect(signOf(waiting('ErrImagePull', message))).toMatchObject({
      state: 'unknown',
      isFinal,
    });
  });

  it('is nothing about trust where the node ended the pod', () => {
    const evicted = pod(
      { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
    );
    expect(signOf(evicted)).toEqual({
      state: 'unknown',
      text: 'Evicted: low on memory',
      isFinal: true,
    });
  });
});
