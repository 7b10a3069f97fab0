import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { certify } from './Certificates';
import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  BuilderUnderTest,
  imageOf,
  logOf,
  stepsOf,
} from './__testUtils__/builds';

const IMAGE = 'slipway/build-certificates:0123456789ab';
const MOUNT = `--mount=type=bind,from=${IMAGE},target=/dev/.slipway-certificates`;

describe('certify', () => {
  const text = [
    'FROM busybox AS one',
    'run npm ci',
    'FROM one \\',
    '  AS two',
    'RUN --mount=type=cache,target=/c \\',
    '  true',
    'RUN ["npm", "test"]',
    'ONBUILD RUN true',
    'RUNN true',
  ].join('\n');
  const {
    text: certified,
    restore,
    added,
  } = certify(new Dockerfile(text), IMAGE);

  it('mounts the bundle in each RUN and declares the variables in each stage', () => {
    expect(certified.split('\n')).toEqual([
      'FROM busybox AS one',
      expect.stringMatching(
        /^ARG SSL_CERT_FILE=\/dev\/\.slipway-certificates\/ca\.pem .*NODE_EXTRA_CA_CERTS=/,
      ),
      `run ${MOUNT} npm ci`,
      'FROM one \\',
      '  AS two',
      expect.stringMatching(/^ARG /),
      `RUN ${MOUNT} --mount=type=cache,target=/c \\`,
      '  true',
      `RUN ${MOUNT} ["npm", "test"]`,
      'ONBUILD RUN true',
      'RUNN true',
    ]);
  });

  it('puts right what the engine says of it', () => {
    expect(restore(`[one 2/2] RUN ${MOUNT} npm ci`)).toBe(
      '[one 2/2] RUN npm ci',
    );
    expect(
      restore('dockerfile parse error line 11: unknown instruction: RUNN'),
    ).toBe('dockerfile parse error line 9: unknown instruction: RUNN');
    expect(restore('dockerfile parse error on line 3: bad')).toBe(
      'dockerfile parse error on line 2: bad',
    );
    expect(restore('dockerfile parse error line 1: bad')).toBe(
      'dockerfile parse error line 1: bad',
    );
  });

  it('knows the step that is there for the bundle only', () => {
    expect(added(`FROM docker.io/${IMAGE}`)).toBe(true);
    expect(added('[one 1/2] FROM docker.io/library/busybox')).toBe(false);
  });
});

jest.setTimeout(60_000);

describe('a build with a CA bundle', () => {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-certificates-'));
  const caBundle = join(directory, 'ca.pem');
  writeFileSync(caBundle, `${rootCertificates.slice(0, 3).join('\n')}\n`);
  const under = new BuilderUnderTest({ caBundle });

  afterAll(async () => {
    await under.removeImages();
    rmSync(directory, { recursive: true });
  });

  it('lets a step trust it, and leaves nothing of it in the image', async () => {
    const events = await under.build({
      Dockerfile: [
        // Not the node image itself: its own NODE_EXTRA_CA_CERTS would go first.
        'FROM debian:bookworm-slim',
        `RUN --mount=type=bind,from=node:22-slim,target=/node echo ${under.mark} && \\`,
        '  export LD_LIBRARY_PATH=$(echo /node/usr/lib/*-linux-gnu) && \\',
        '  /node/usr/local/bin/node -p \'require("tls").getCACertificates("extra").length\'',
        'RUN cat "$SSL_CERT_FILE" | grep -c BEGIN; cat "$APT_CONFIG"',
        'USER nobody',
        'RUN test -r "$PIP_CERT" && echo readable',
      ].join('\n'),
    });
    expect(logOf(events)).toEqual([
      under.mark,
      '3',
      '3',
      'Acquire::https::CAInfo "/dev/.slipway-certificates/ca.pem";',
      'readable',
    ]);
    expect(Object.keys(stepsOf(events)).join('\n')).not.toContain(
      'certificates:',
    );

    const image = await under.docker.getImage(imageOf(events)).inspect();
    expect(image.Config.Env).toEqual([expect.stringMatching(/^PATH=/)]);
    const left = await under.build({
      Dockerfile: [
        `FROM ${image.RepoTags[0]}`,
        'USER root',
        'RUN find / -xdev -name "*slipway-cert*" -not -path "/dev/*"; echo end',
      ].join('\n'),
    });
    expect(logOf(left)).toEqual(['end']);
  });

  it('keeps the numbers of lines and the names of steps in a failure', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: 'FROM busybox:1.35\n\nRUN exit 5\n',
    });
    expect(evidence[0].facts).toEqual({
      step: '[stage-0 2/2] RUN exit 5',
      instruction: 'RUN exit 5',
      line: 3,
      exitCode: 5,
    });
    const syntax = await under.failureOf({
      Dockerfile: 'FROM busybox:1.35\n\nRUNN exit 5\n',
    });
    expect(syntax.evidence[0]).toMatchObject({
      text: expect.stringContaining('line 3: unknown'),
      facts: { line: 3 },
    });
  });

  it('takes the second build from the cache', async () => {
    const files = { Dockerfile: `FROM busybox:1.35\nRUN echo ${under.mark}\n` };
    const first = await under.build(files);
    const second = await under.build(files);
    expect(logOf(second)).toEqual([]);
    expect(imageOf(second)).toBe(imageOf(first));
  });

  it('fails with the path where the bundle is not there', async () => {
    const missing = new BuilderUnderTest({
      caBundle: join(directory, 'missing.pem'),
    });
    const { message } = await missing.failureOf({
      Dockerfile: 'FROM busybox:1.35\n',
    });
    expect(message).toContain('missing.pem');
  });
});
