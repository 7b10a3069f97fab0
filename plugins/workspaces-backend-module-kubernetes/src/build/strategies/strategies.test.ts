import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import { requestOf } from '../__testUtils__/requests';
import { imageMap } from '../specification';
import { strategies, unnamedSource, withSources } from '.';

const images = imageMap({
  'docker.io/library/node:22': 'mirror.test/node:22',
  'busybox:latest': 'mirror.test/busybox:1',
});

async function taskOf(text: string, baseImages: string[] = []) {
  const request = await requestOf('ws-a', {}, { baseImages });
  return { request, labels: {}, images, dockerfile: new Dockerfile(text) };
}

it('BuildKit finds base images by the names that it looks up', async () => {
  const task = await taskOf('', [
    'node:22',
    'docker.io/library/busybox',
    'r.test/own:1',
  ]);
  const contexts = strategies.buildkit
    .words(task, 'Dockerfile')
    .filter(word => word.startsWith('context:'));
  expect(contexts).toEqual([
    'context:node:22=docker-image://mirror.test/node:22',
    'context:busybox=docker-image://mirror.test/busybox:1',
  ]);
});

it('writes where base images come from into a Dockerfile', () => {
  const text = [
    'FROM --platform=linux/amd64 node:22 AS build',
    'RUN echo FROM node:22',
    'FROM docker.io/library/busybox',
    'COPY --chown=1:1 --from=node:22 /a /b',
    'COPY --from=build /a /c',
    'FROM r.test/own:1',
  ].join('\n');
  const built = withSources(new Dockerfile(text), images);
  expect(built.text.split('\n')).toEqual([
    'FROM --platform=linux/amd64 mirror.test/node:22 AS build',
    'RUN echo FROM node:22',
    'FROM mirror.test/busybox:1',
    'COPY --chown=1:1 --from=mirror.test/node:22 /a /b',
    'COPY --from=build /a /c',
    'FROM r.test/own:1',
  ]);
});

it('leaves a Dockerfile alone whose images come from where it says', () => {
  const written = new Dockerfile('FROM r.test/own:1\n');
  expect(withSources(written, images)).toBe(written);
});

it.each([
  [
    'RUN <<END\ntrue\nEND',
    { cannot: 'read here-documents', instruction: 'RUN <<END …', line: 2 },
  ],
  [
    'RUN --mount=type=secret,id=token \\\n  cat /run/secrets/token',
    {
      cannot: 'mount anything into a RUN',
      instruction: 'RUN --mount=type=secret,id=token cat /run/secrets/token',
      line: 2,
    },
  ],
])('kaniko refuses what it would leave out: %j', async (text, inability) => {
  const task = await taskOf(`FROM scratch\n${text}\n`);
  expect(strategies.kaniko.inability!(task)).toEqual(inability);
});

it('finds a base image from elsewhere that only an argument names', async () => {
  const text = 'ARG BASE=node:22\nFROM $BASE\n';
  expect(unnamedSource(await taskOf(text, ['node:22']))).toMatchObject({
    instruction: 'FROM $BASE',
    line: 2,
  });
  const named = await taskOf('FROM node:22\nRUN true\n', ['node:22']);
  expect(unnamedSource(named)).toBeUndefined();
});
