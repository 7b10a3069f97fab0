import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { workName } from '@slipway/backstage-plugin-workspaces-node';
import {
  BuilderUnderTest,
  imageOf,
  logOf,
  requestOf,
  stepsOf,
} from './__testUtils__/builds';

const under = new BuilderUnderTest();
const { builder, docker, mark } = under;

jest.setTimeout(60_000);
afterAll(() => under.removeImages());

/** Whether a process of this machine has the text in its command line. */
function isRunning(text: string): boolean {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .some(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false; // it ended meanwhile
      }
    });
}

async function until(
  condition: () => boolean,
  milliseconds: number,
): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await delay(20))
    if (condition()) return true;
  return condition();
}

describe('a build that succeeds', () => {
  const files = {
    Dockerfile: [
      'FROM busybox:1.35 AS base',
      'WORKDIR /app',
      'COPY greeting .',
      `RUN echo ${mark} && cat greeting`,
      'FROM base',
      'RUN echo one; sleep 1; echo two',
      'CMD ["cat", "/app/greeting"]',
    ].join('\n'),
    greeting: `grüß dich ✓ ${mark}\n`,
  };

  it('says its steps and lines while they happen, in order, and ends with the image', async () => {
    const seen: { what: string; after: number }[] = [];
    const events = [];
    const started = Date.now();
    for await (const event of builder.build(
      await requestOf(files),
      under.context(),
    )) {
      events.push(event);
      if (event.type === 'log')
        seen.push({ what: event.text, after: Date.now() - started });
    }
    expect(logOf(events)).toEqual([mark, `grüß dich ✓ ${mark}`, 'one', 'two']);
    const [one, two] = seen.slice(-2);
    expect(two.after - one.after).toBeGreaterThan(800);
    expect(stepsOf(events)).toMatchObject({
      '[base 3/4] COPY greeting .': ['running', 'done'],
      [`[base 4/4] RUN echo ${mark} && cat greeting`]: ['running', 'done'],
      '[stage-1 1/1] RUN echo one; sleep 1; echo two': ['running', 'done'],
    });
    expect(Object.keys(stepsOf(events)).join()).not.toMatch(/internal/);
    const times = events.flatMap(event =>
      event.type === 'log' ? [event.at.getTime()] : [],
    );
    expect(times).toEqual([...times].sort((a, b) => a - b));

    const image = await docker.getImage(imageOf(events)).inspect();
    expect(image.Id).toBe(imageOf(events));
    expect(image.Config.Cmd).toEqual(['cat', '/app/greeting']);
    expect(image.Config.Labels).toMatchObject({
      [labels.workspace]: 'ws-builds',
      [labels.app]: 'web',
    });
  });

  it('takes everything from the cache the second time, and gives the same image', async () => {
    const first = await under.build(files);
    const second = await under.build(files);
    expect(imageOf(second)).toBe(imageOf(first));
    expect(stepsOf(second)).toMatchObject({
      '[base 3/4] COPY greeting .': ['cached'],
      '[stage-1 1/1] RUN echo one; sleep 1; echo two': ['cached'],
    });
    expect(logOf(second)).toEqual([]);
  });

  it('runs every step again without the cache', async () => {
    await under.build(files);
    const events = await under.build(files, { noCache: true });
    expect(logOf(events)).toEqual([mark, `grüß dich ✓ ${mark}`, 'one', 'two']);
  });
});

describe('platform', () => {
  it('is that of the image, also where this machine has another', async () => {
    const files = { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' };
    const own = await under.build(files);
    const arm = await under.build(files, { platform: 'linux/arm64' });
    const inspected = await docker.getImage(imageOf(arm)).inspect();
    expect(inspected).toMatchObject({ Os: 'linux', Architecture: 'arm64' });
    expect(imageOf(own)).not.toBe(imageOf(arm));
  });

  it('of the engine itself takes the base images that are there', async () => {
    const { Arch: architecture } = await docker.version();
    const events = await under.build(
      { Dockerfile: `FROM busybox:1.35\nRUN echo ${mark} here` },
      { platform: `linux/${architecture}`, baseImages: ['busybox:1.35'] },
    );
    expect(logOf(events)).toEqual([`${mark} here`]);
  });

  it('that no base image is there for names the image, and leaves the one of this machine its name', async () => {
    const nowhere = `localhost:1/${mark}`;
    const { Id: id } = await docker.getImage('busybox:1.35').inspect();
    await docker.getImage(id).tag({ repo: nowhere, tag: '1' });
    const { evidence } = await under.failureOf(
      { Dockerfile: `FROM ${nowhere}:1` },
      { platform: 'linux/s390x', baseImages: [`${nowhere}:1`] },
    );
    expect(evidence[0]).toMatchObject({
      text: expect.stringContaining('connection refused'),
      facts: { image: `${nowhere}:1` },
    });
    const after = await docker.getImage(`${nowhere}:1`).inspect();
    expect(after.Id).toBe(id);
    await docker.getImage(`${nowhere}:1`).remove();
  });
});

describe('target and arguments', () => {
  const files = {
    Dockerfile: [
      'ARG VERSION=0',
      'FROM busybox:${VERSION} AS wanted',
      'ARG WHO=nobody',
      'RUN echo hello $WHO',
      'FROM registry.invalid/not-needed:1 AS other',
      'RUN echo not reached',
    ].join('\n'),
  };

  it('builds the stage that is asked for, and brings no image that only other stages name', async () => {
    const events = await under.build(files, {
      target: 'wanted',
      baseImages: ['busybox:1.35', 'registry.invalid/not-needed:1'],
      arguments: [
        { name: 'VERSION', value: '1.35' },
        { name: 'WHO', value: mark },
      ],
    });
    expect(logOf(events)).toEqual([`hello ${mark}`]);
  });

  it('fails with what the engine says of a target that is not there', async () => {
    const { evidence } = await under.failureOf(
      { Dockerfile: 'FROM busybox:1.35 AS base' },
      { target: 'nope' },
    );
    expect(evidence[0]).toMatchObject({
      kind: 'error',
      first: true,
      text: expect.stringContaining('target stage nope'),
    });
  });
});

describe('stopping', () => {
  const longBuild = (name: string) => ({
    Dockerfile: `FROM busybox:1.35\nRUN echo begun; sleep 300 && echo ${name}\n`,
  });

  it('cancel ends a running step at once, and nothing of it runs on', async () => {
    const name = `cancelled-${mark}`;
    const context = under.context();
    let cancelledAt = 0;
    const build = async () => {
      for await (const event of builder.build(
        await requestOf(longBuild(name)),
        context,
      )) {
        if (event.type !== 'log') continue;
        expect(event.text).toBe('begun');
        expect(isRunning(name)).toBe(true);
        cancelledAt = Date.now();
        await builder.cancel(context.key);
      }
    };
    await expect(build()).rejects.toMatchObject({
      name: 'EngineError',
      message: 'The build was cancelled',
    });
    expect(Date.now() - cancelledAt).toBeLessThan(5000);
    expect(await until(() => !isRunning(name), 5000)).toBe(true);
  });

  it('abort ends the build as well, with the reason of the signal', async () => {
    const name = `aborted-${mark}`;
    const controller = new AbortController();
    const reason = new Error('the lease is lost');
    const build = async () => {
      const context = under.context({ signal: controller.signal });
      for await (const event of builder.build(
        await requestOf(longBuild(name)),
        context,
      )) {
        if (event.type === 'log') controller.abort(reason);
      }
    };
    await expect(build()).rejects.toBe(reason);
    expect(await until(() => !isRunning(name), 5000)).toBe(true);
  });

  it('a caller who stops reading ends the build', async () => {
    const name = `left-${mark}`;
    for await (const event of builder.build(
      await requestOf(longBuild(name)),
      under.context(),
    )) {
      if (event.type === 'log') break;
    }
    expect(await until(() => !isRunning(name), 5000)).toBe(true);
  });

  it('cancel of what does not run is no error', async () => {
    await expect(builder.cancel(under.newKey())).resolves.toBeUndefined();
  });
});

describe('adoption', () => {
  const files = {
    Dockerfile: `FROM busybox:1.35\nRUN echo adoption ${mark}\n`,
  };

  it('yields the image of the same key and bundle at once', async () => {
    const context = under.context();
    const image = imageOf(await under.build(files, {}, context));
    const again = await under.build(files, { noCache: true }, context);
    expect(again).toEqual([{ type: 'image', image, digest: image }]);
  });

  it('builds again where the bundle of that key is another', async () => {
    const context = under.context();
    const image = imageOf(await under.build(files, {}, context));
    const other = await under.build(
      {
        ...files,
        'other.txt': mark,
        Dockerfile: `${files.Dockerfile}RUN echo other\n`,
      },
      {},
      context,
    );
    expect(logOf(other)).toEqual(['other']);
    expect(imageOf(other)).not.toBe(image);
  });

  it('names the image after its bundle and after the work that made it', async () => {
    const context = under.context();
    const { bundleDigest } = await requestOf(files);
    const image = await docker
      .getImage(imageOf(await under.build(files, {}, context)))
      .inspect();
    expect(image.RepoTags).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          new RegExp(
            `^slipway/ws-builds/web:${bundleDigest.slice(0, 12)}-[0-9a-f]{8}$`,
          ),
        ),
        `slipway/ws-builds/web:${workName(context.key)}`,
      ]),
    );
  });
});

it('passes its check on an engine with BuildKit', async () => {
  const checks = [];
  for await (const check of builder.check()) checks.push(check);
  expect(checks).toEqual([
    expect.objectContaining({ id: 'local-builder', state: 'passed' }),
  ]);
});
