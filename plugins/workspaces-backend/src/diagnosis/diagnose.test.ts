import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { diagnose } from './diagnose';

const at = '2026-11-21T10:00:00.000Z';

function piece(
  kind: RawEvidence['kind'],
  text: string,
  more: Partial<RawEvidence> = {},
): RawEvidence {
  return { kind, source: 'somebody', at, text, ...more };
}

describe('diagnose', () => {
  it('says UNKNOWN with the evidence as it was where no rule holds', () => {
    const evidence = [
      piece('log', 'segmentation fault'),
      piece('state', 'odd', { facts: { colour: 'blue' } }),
    ];
    const message = 'the flux capacitor is empty';
    expect(
      diagnose({ stage: 'deploy', app: 'web', message, evidence }),
    ).toEqual({
      code: 'UNKNOWN',
      cause: message,
      fix: expect.stringContaining('the log of the stage deploy'),
      fixedBy: 'operator',
      evidence: [
        evidence[0],
        { kind: 'state', source: 'somebody', at, text: 'odd' },
      ],
    });
  });

  it('takes the message for evidence where there is no better', () => {
    const message =
      'Cannot connect to the Docker daemon: connect ENOENT /x.sock';
    expect(diagnose({ stage: 'provision', message, evidence: [] }).code).toBe(
      'DOCKER_SOCKET',
    );
  });

  it('believes the first sign before later ones, and puts it first', () => {
    const first = piece(
      'error',
      'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host',
      { first: true },
    );
    const later = piece('error', 'manifest unknown');
    const diagnosis = diagnose({
      stage: 'dependencies',
      message: 'failed',
      evidence: [later, first],
    });
    expect(diagnosis.code).toBe('REGISTRY_DNS');
    expect(diagnosis.evidence.map(each => each.text)).toEqual([
      first.text,
      later.text,
    ]);
  });

  it('names what is special before what is general, however late it was seen', () => {
    const evidence = [
      piece('state', 'exited, exit code 1, 3 restarts', {
        facts: { exitCode: 1, restarts: 3, outOfMemory: false },
      }),
      piece('log', 'write /data/x: no space left on device'),
    ];
    expect(diagnose({ stage: 'deploy', message: 'x', evidence }).code).toBe(
      'DISK_PRESSURE',
    );
  });

  it('D28: reads ports from the sockets, and does not guess them from what the app says', () => {
    const log = piece('log', 'Server listening on http://localhost:8080');
    const sockets = (listening: { address: string; port: number }[]) =>
      piece('sockets', 'Listens on ...', {
        facts: { expectedPort: 8080, listening },
      });
    const seen = (listening: { address: string; port: number }[]) =>
      diagnose({
        stage: 'deploy',
        app: 'web',
        message: 'web did not answer on / within 60 s',
        evidence: [log, sockets(listening)],
      });
    expect(seen([{ address: '0.0.0.0', port: 3000 }])).toMatchObject({
      code: 'PROBE_WRONG_PORT',
      cause: 'The app was expected on port 8080, but listens on port 3000.',
      fix: expect.stringContaining('Set "port" of the app to 3000'),
    });
    expect(seen([{ address: '::1', port: 8080 }]).code).toBe(
      'APP_BINDS_LOOPBACK',
    );
    expect(seen([]).code).toBe('APP_NOT_LISTENING');
    // Where the sockets were not seen nothing is said of ports.
    const unseen = piece(
      'sockets',
      'The listening sockets could not be read: x',
      {
        facts: { expectedPort: 8080 },
      },
    );
    expect(
      diagnose({ stage: 'deploy', message: 'm', evidence: [log, unseen] }).code,
    ).toBe('UNKNOWN');
  });

  it('does not take what an app or a build step prints for the words of the engine', () => {
    for (const text of [
      '401 Unauthorized',
      'x509: certificate signed by unknown authority',
      'Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?',
      'listen tcp 127.0.0.1:80: bind: address already in use',
      'exec: "ffmpeg": executable file not found in $PATH',
    ]) {
      const evidence = [piece('log', text)];
      expect(diagnose({ stage: 'deploy', message: 'm', evidence }).code).toBe(
        'UNKNOWN',
      );
    }
  });

  it('D15: names why a source cannot be looked at, instead of a default', () => {
    const diagnosis = diagnose({
      stage: 'fetch',
      app: 'web',
      message: 'The source cannot be built',
      evidence: [
        piece(
          'error',
          'there is no Dockerfile at the root of the build context; found are "api/Dockerfile"',
          { facts: { dockerfiles: ['api/Dockerfile'] } },
        ),
      ],
    });
    expect(diagnosis).toMatchObject({
      code: 'DOCKERFILE_MISSING',
      cause:
        'There is no Dockerfile at the root of the build context; found are "api/Dockerfile".',
    });
  });

  it('puts text of others into sentences without reading templates in it, and cuts what is long', () => {
    const name = `[{stage}] ${'x'.repeat(400)}`;
    const { cause } = diagnose({
      stage: 'fetch',
      message: 'm',
      evidence: [
        piece('error', `entry ${name} is bad`, { facts: { rule: 'path' } }),
      ],
    });
    expect(cause).toContain('[{stage}] xxx');
    const revision = 'r'.repeat(1_000);
    const { cause: long } = diagnose({
      stage: 'fetch',
      message: 'm',
      evidence: [piece('error', `fatal: couldn't find remote ref ${revision}`)],
    });
    expect(long.length).toBeLessThan(400);
  });

  it('calls what failed as its user does, and leaves the name of its container to the evidence', () => {
    const causeOf = (facts: RawEvidence['facts'], app?: string) =>
      diagnose({
        stage: 'deploy',
        app,
        message: 'it failed',
        evidence: [
          piece('state', 'exited', {
            source: 'slipway.ws-a.web.r1.0',
            facts: { exitCode: 1, ...facts },
          }),
        ],
      });
    const ofReplica = causeOf({ app: 'web', replica: 2 }, 'web');
    expect(ofReplica.cause).toBe(
      'Replica 2 of the app "web" does not stay up: its process ended with exit code 1.',
    );
    expect(ofReplica.evidence[0].source).toBe('slipway.ws-a.web.r1.0');
    expect(causeOf({}, 'web').cause).toContain('The app "web" does not stay');
    expect(causeOf({ dependency: 'cache' }).cause).toContain(
      'The dependency "cache" does not stay up',
    );
  });

  it('speaks of a release that was not touched only where one serves', () => {
    const causeOf = (facts: object) =>
      diagnose({
        stage: 'migrate',
        app: 'web',
        message: 'it failed',
        evidence: [
          piece('state', 'ended', { facts: { exitCode: 1, ...facts } }),
        ],
      }).cause;
    expect(causeOf({})).toBe('The migration of "web" failed with exit code 1.');
    expect(causeOf({ serving: 3 })).toBe(
      'The migration of "web" failed with exit code 1; release 3, which serves, was not touched.',
    );
  });

  it('points to the last lines of a step only where it printed some', () => {
    const failed = piece('error', 'exit code: 1', {
      facts: { instruction: 'RUN false', exitCode: 1 },
    });
    const fixOf = (...evidence: RawEvidence[]) =>
      diagnose({ stage: 'build', app: 'web', message: 'it failed', evidence })
        .fix;
    expect(fixOf(failed)).toBe(
      'Mend the instruction or what it runs. Then start a run with the mended source.',
    );
    expect(fixOf(failed, piece('log', 'boom'))).toContain(
      'its last lines are in the evidence',
    );
  });

  it('prints the exact right that the portal lacks, as manifests to be applied', () => {
    const fixOf = (text: string) =>
      diagnose({
        stage: 'provision',
        message: 'm',
        evidence: [piece('error', text)],
      }).fix;
    expect(
      fixOf(
        'resourcequotas "slipway" is forbidden: User "system:serviceaccount:portal:slipway" cannot patch resource "resourcequotas" in API group "" in the namespace "ws-shop"',
      ),
    ).toBe(`Apply this ("kubectl apply -f -"), then retry:
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: slipway-patch-resourcequotas
  namespace: ws-shop
rules:
- apiGroups:
  - ""
  resources:
  - resourcequotas
  verbs:
  - patch
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: slipway-patch-resourcequotas
  namespace: ws-shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: slipway-patch-resourcequotas
subjects:
- kind: ServiceAccount
  namespace: portal
  name: slipway
# For good, add the rule to the ClusterRole of the portal, which covers every workspace.`);
    const ofUser = fixOf(
      'pods "x" is forbidden: User "ann@example.com" cannot get resource "pods/log" in API group "" at the cluster scope',
    );
    expect(ofUser).toContain('kind: ClusterRoleBinding');
    expect(ofUser).toContain('  - pods/log\n');
    expect(ofUser).toContain('  name: slipway-get-pods-log\n');
    expect(ofUser).toContain('  name: "ann@example.com"');
    expect(ofUser).not.toContain('namespace:');
  });

  it('says what to do where the one who asked the registry stands', () => {
    const fixFor = (askedBy?: string) =>
      diagnose({
        stage: 'deploy',
        message: 'm',
        evidence: [
          piece(
            'event',
            'Head "https://r.example:5000/v2/a/manifests/1": x509: certificate signed by unknown authority',
            { facts: askedBy === undefined ? {} : { askedBy } },
          ),
        ],
      }).fix;
    expect(fixFor('node')).toContain(
      '/etc/containerd/certs.d/r.example:5000/ca.crt',
    );
    expect(fixFor('portal')).toContain('workspaces.kubernetes.registry.caFile');
    expect(fixFor()).toContain('/etc/docker/certs.d/');
  });

  describe('where the engine can let its nodes trust its registry', () => {
    const fixes = {
      'node-trust': {
        title: 'Let the nodes trust r.example',
        scope: 'engine' as const,
        facts: { registry: 'r.example' },
      },
    };
    const autoFixOf = (registry: string, askedBy: string, known = fixes) =>
      diagnose({
        stage: 'deploy',
        message: 'm',
        evidence: [
          piece(
            'event',
            `Head "https://${registry}/v2/a/manifests/1": x509: certificate signed by unknown authority`,
            { facts: { askedBy } },
          ),
        ],
        fixes: known,
      }).autoFix;

    it('offers that for a pull of a node', () => {
      expect(autoFixOf('r.example', 'node')).toEqual({
        id: 'node-trust',
        title: 'Let the nodes trust r.example',
        scope: 'engine',
      });
    });

    it.each([
      ['another registry', 'other.example', 'node', fixes],
      ['what another one asked', 'r.example', 'portal', fixes],
      ['an engine that has no such fix', 'r.example', 'node', {}],
    ])('does not for %s', (_, registry, askedBy, known) => {
      expect(
        autoFixOf(registry, askedBy, known as typeof fixes),
      ).toBeUndefined();
    });
  });

  it('puts the remedy of a reason into the fix that has room for it', () => {
    const { fix, cause } = diagnose({
      stage: 'build',
      message: 'm',
      evidence: [
        piece(
          'event',
          'Failed: Failed to pull image "r.example/b:1": Head "https://r.example/v2/b/manifests/1": x509: certificate signed by unknown authority',
          { facts: { askedBy: 'node' } },
        ),
      ],
    });
    expect(cause).toContain('because (X509_UNKNOWN_CA)');
    expect(fix).toMatch(
      /^Put the certificate .* next pull\. The image of the builder/s,
    );
  });
});
