import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { BuildSecret } from '@slipway/backstage-plugin-workspaces-node';
import { BuilderUnderTest, imageOf, logOf } from './__testUtils__/builds';

const under = new BuilderUnderTest();
const { docker, mark } = under;

jest.setTimeout(120_000);
afterAll(() => under.removeImages());

/** A secret of that name, as a run asks for it. */
function secretOf(name: string, value: string): BuildSecret {
  under.secrets.set(`id-of-${name}`, value);
  return { name, secret: { id: `id-of-${name}` }, version: '1' };
}

/** All that there is of an image: its layers, its configuration, and how it was made. */
async function saved(image: string): Promise<Buffer> {
  return buffer(await docker.getImage(image).get());
}

const hash = (name: string, more = '') =>
  `RUN --mount=type=secret,id=${name}${more} md5sum </run/secrets/${name}`;

describe('secrets of a build', () => {
  it('are there for the step that mounts them, to the last byte, and nowhere in the image', async () => {
    const hidden = randomBytes(12).toString('hex');
    const value = `grüß dich $HOME ${hidden}\n"quoted", and a second line`;
    const events = await under.build(
      {
        Dockerfile: [
          'FROM busybox:1.35',
          `RUN --mount=type=secret,id=npm_token : ${mark}; cat /run/secrets/npm_token | wc -c; md5sum </run/secrets/npm_token`,
          'RUN cat /run/secrets/npm_token 2>&1 || true',
        ].join('\n'),
      },
      { secrets: [secretOf('npm_token', value)] },
    );
    const sum = createHash('md5').update(value).digest('hex');
    expect(logOf(events)).toEqual([
      String(Buffer.byteLength(value)),
      `${sum}  -`,
      "cat: can't open '/run/secrets/npm_token': No such file or directory",
    ]);
    const image = await saved(imageOf(events));
    expect(image.includes(hidden)).toBe(false);
    expect(image.includes(mark)).toBe(true); // the command, so that this looks where such things are
  });

  it('are found where the mount puts them, and several of them', async () => {
    const events = await under.build(
      {
        Dockerfile: [
          'FROM busybox:1.35',
          `RUN --mount=type=secret,id=one,target=/root/.npmrc --mount=type=secret,id=two : ${mark}; cat /root/.npmrc /run/secrets/two`,
        ].join('\n'),
      },
      {
        secrets: [
          secretOf('one', `1 ${mark}\n`),
          secretOf('two', `2 ${mark}\n`),
        ],
      },
    );
    expect(logOf(events)).toEqual([`1 ${mark}`, `2 ${mark}`]);
  });

  it('live as long as a build that takes its time: the session answers whether it is there', async () => {
    const events = await under.build(
      {
        Dockerfile: [
          'FROM busybox:1.35',
          `RUN echo ${mark}; sleep 7`,
          hash('late'),
        ].join('\n'),
      },
      { secrets: [secretOf('late', mark)] },
    );
    expect(logOf(events).at(-1)).toMatch(/^[0-9a-f]{32} {2}-$/);
  });

  it('are missing where the build does not have them, which its log says, and a step may do without', async () => {
    const events = await under.build({
      Dockerfile: [
        'FROM busybox:1.35',
        `RUN --mount=type=secret,id=other : ${mark}; ls /run/secrets/other 2>&1 || true`,
      ].join('\n'),
    });
    expect(logOf(events)).toEqual([
      expect.stringContaining(
        'line 2 of the Dockerfile mounts the secret "other", which "build.secrets" does not name',
      ),
      'ls: /run/secrets/other: No such file or directory',
    ]);
  });

  it('that a step requires and the build does not have fail it, by name', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: ['FROM busybox:1.35', hash('npm', ',required=true')].join(
        '\n',
      ),
    });
    expect(evidence[0]).toMatchObject({
      text: 'secret npm not found: not found',
      first: true,
      facts: { line: 2 },
    });
  });
});
