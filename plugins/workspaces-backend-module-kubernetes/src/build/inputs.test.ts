import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { OciRegistry } from '../registry';
import { requestOf } from './__testUtils__/requests';
import { inputsOf } from './inputs';
import { imageMap } from './specification';

const { signal } = new AbortController();
const OURS = 'registry.example:5000';
const FIXED = `sha256:${'1'.repeat(64)}`;

/** What the portal's registry answers to HEAD: one image, and a repository that the account may not read. */
function registryWith(today: string): OciRegistry {
  const digest: OciRegistry['digest'] = async ({ repository }) => {
    if (repository === 'secret') throw new Error('403 DENIED');
    return repository === 'node' ? today : undefined;
  };
  return { address: OURS, digest } as Partial<OciRegistry> as OciRegistry;
}

async function inputs(
  text: string,
  {
    today = FIXED,
    file = 'same',
    values = {},
    map = { node: `${OURS}/node:1` },
    version,
  }: {
    today?: string;
    file?: string;
    values?: Record<string, string>;
    map?: Record<string, string>;
    version?: string;
  } = {},
) {
  const given = Object.entries(values);
  const request = await requestOf(
    'ws-a',
    { Dockerfile: text, file },
    {
      arguments: given.map(([name, value]) => ({ name, value })),
      secrets: version ? [{ name: 'npm', secret: { id: 'a' }, version }] : [],
    },
  );
  const dockerfile = new Dockerfile(text);
  const task = { request, dockerfile, labels: {}, images: imageMap(map) };
  return inputsOf(task, registryWith(today), signal);
}

describe('what an image is made from', () => {
  const plain = 'FROM node\nCOPY . .\n';

  it('is the same where nothing has changed', async () => {
    const before = await inputs(plain);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    await expect(inputs(plain)).resolves.toBe(before);
  });

  it.each([
    ['a file', { file: 'another' }],
    ['an argument', { values: { GREETING: 'hello' } }],
    ['the image behind the name', { today: `sha256:${'2'.repeat(64)}` }],
    ['the place of the image', { map: { node: `${OURS}/node:2` } }],
  ])('is another where %s has changed', async (_, change) => {
    const changed = await inputs(plain, change);
    expect(changed).toMatch(/^[0-9a-f]{64}$/);
    expect(changed).not.toBe(await inputs(plain));
  });

  it('is another where the value of a secret has changed, and the same where it has not', async () => {
    const before = await inputs(plain, { version: '1' });
    await expect(inputs(plain, { version: '1' })).resolves.toBe(before);
    await expect(inputs(plain, { version: '2' })).resolves.not.toBe(before);
  });

  it.each([
    ['of another registry', 'FROM registry.other/node:1'],
    ['that nobody has said where it is', 'FROM python:3'],
    ['that is not there', `FROM ${OURS}/gone:1`],
    ['that the portal may not ask for', `FROM ${OURS}/secret:1`],
    ['of another registry beside', 'FROM node\nCOPY --from=python:3 /a /b'],
    ['that a variable names', 'FROM node\nRUN --mount=from=$OTHER,target=/a b'],
    ['of another platform', 'FROM node-${TARGETARCH:+x}'],
    ['whose name is cut', 'ARG TAG=1-a\nFROM node:${TAG%-a}'],
    ['that stands in for an argument', `FROM \${BASE-${OURS}/node:1}`],
    ['that a mount names', 'FROM node\nRUN --mount=from=node,target=/a b'],
    ['on a further line', 'FROM node\nCOPY \\\n --from=node /a /b'],
  ])('is not known with an image %s', async (_, text) => {
    await expect(inputs(`${text}\n`)).resolves.toBeUndefined();
  });

  it.each(['https://example.com/a.tar', 'me@example.com:a.git', '$SOURCE'])(
    'is not known where ADD fetches %s',
    async source => {
      const text = `FROM node\nADD ${source} /a\n`;
      await expect(inputs(text)).resolves.toBeUndefined();
    },
  );

  it('is known with an image by its digest, whosever it is', async () => {
    const text = `FROM registry.other/node@${FIXED}\nADD a.tar /a\n`;
    await expect(inputs(text)).resolves.toBeDefined();
  });

  it('follows the arguments that name images', async () => {
    const text = `ARG BASE=python\nFROM \${BASE}\n`;
    await expect(inputs(text)).resolves.toBeUndefined();
    const named = inputs(text, { values: { BASE: 'node' } });
    await expect(named).resolves.toBeDefined();
  });
});
