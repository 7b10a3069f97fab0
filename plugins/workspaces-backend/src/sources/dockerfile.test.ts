import { isStandardSyntax, readDockerfile } from './dockerfile';

describe('readDockerfile', () => {
  it('names every image that is neither a stage nor scratch', () => {
    const { baseImages } = readDockerfile(
      [
        '# a comment',
        'ARG VERSION=22',
        'ARG BASE=node:${VERSION}-slim',
        'FROM --platform=$BUILDPLATFORM $BASE AS Build',
        'RUN --mount=type=cache,target=/x --mount=type=bind,from=tools:1,target=/t make',
        'COPY --from=busybox:1.36 /bin/sh /sh',
        'FROM scratch AS empty',
        'COPY --from=build /a /a',
        'COPY --from=0 /b /b',
        'COPY <<EOF /x',
        'FROM evil',
        'EOF',
        'FROM build AS second',
        'FROM registry.example:5000/team/app@sha256:aaaa',
        'FROM node:${VERSION}-slim',
      ].join('\n'),
    );
    expect(baseImages).toEqual([
      'node:22-slim',
      'tools:1',
      'busybox:1.36',
      'registry.example:5000/team/app@sha256:aaaa',
    ]);
  });

  it.each([
    ['ARG A=x\nFROM ${A}', ['x']],
    ['ARG A="x"\nFROM "${A}:1"', ['x:1']],
    ['FROM ${A:-fallback}', ['fallback']],
    ['ARG A=\nFROM base${A:+-}slim${A:-1}', ['baseslim1']],
    ['ARG A\nFROM $A', []],
    ['FROM a\nARG A=x\nFROM $A', ['a']],
    ['FROM node AS node\nFROM node', ['node']],
    ['FROM a \\\n AS b\nFROM b', ['a']],
    ['', []],
    ['this is no Dockerfile', []],
  ])('%j needs %j', (text, images) =>
    expect(readDockerfile(text).baseImages).toEqual(images),
  );

  it('puts build arguments in the place of defaults', () => {
    const text = 'ARG A=x\nARG B\nFROM $A\nFROM $B';
    expect(
      readDockerfile(text, [
        { name: 'A', value: 'y' },
        { name: 'B', value: 'z' },
      ]).baseImages,
    ).toEqual(['y', 'z']);
  });

  it.each([
    ['FROM a\nEXPOSE 3000', 3000],
    ['FROM a\nEXPOSE 53/udp 8081/tcp', 8081],
    ['FROM a\nENV PORT=4000\nEXPOSE $PORT', 4000],
    ['ARG PORT=1\nFROM a\nARG PORT\nEXPOSE ${PORT}', 1],
    ['FROM a\nEXPOSE 8000-8010', 8000],
    ['FROM a AS base\nEXPOSE 5000\nFROM base', 5000],
    ['FROM a AS base\nEXPOSE 5000\nFROM base\nEXPOSE 6000', 6000],
    ['FROM a\nEXPOSE 5000\nFROM b', undefined],
    ['FROM a', undefined],
    ['FROM a\nEXPOSE $UNKNOWN 99999 abc', undefined],
  ])('D15 %j listens on %s', (text, port) =>
    expect(readDockerfile(text).port).toBe(port),
  );

  it.each([
    ['# syntax=docker/dockerfile:1\nFROM a', 'docker/dockerfile:1'],
    ['#SYNTAX = docker/dockerfile:1.7\nFROM a', 'docker/dockerfile:1.7'],
    ['\ufeff# escape=`\n# syntax=evil/frontend\nFROM a', 'evil/frontend'],
    ['#!/usr/bin/env x\n# syntax=evil', 'evil'],
    ['// syntax=evil\nFROM a', 'evil'],
    ['\n\n# syntax=evil', 'evil'],
    ['{"syntax": "evil"}', '{"syntax": "evil"}'],
    ['FROM a\n# syntax=evil', undefined],
    ['# comment about syntax\nFROM a', undefined],
  ])('%j asks for the frontend %s', (text, syntax) =>
    expect(readDockerfile(text).syntax).toBe(syntax),
  );

  it('D16 takes no other frontend for the standard one', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const accepted = [
      'docker/dockerfile:1',
      'docker/dockerfile:1.7',
      'docker.io/docker/dockerfile:1.7.0',
      `docker/dockerfile:1@${digest}`,
    ];
    expect(accepted.every(isStandardSyntax)).toBe(true);
    const refused = [
      'docker/dockerfile',
      'docker/dockerfile:latest',
      'docker/dockerfile:1-labs',
      'docker/dockerfile:2',
      'evil/docker/dockerfile:1',
      'docker/dockerfile:1 evil',
      'docker/dockerfile-upstream:1',
    ];
    expect(refused.some(isStandardSyntax)).toBe(false);
  });
});
