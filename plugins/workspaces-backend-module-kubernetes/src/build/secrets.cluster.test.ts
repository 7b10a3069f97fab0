import { createHash, randomBytes } from 'node:crypto';
import type { BuildRequest } from '@slipway/backstage-plugin-workspaces-node';
import { kinds, Pod } from '../client';
import { parseReference } from '../registry';
import { contextOf, outcomeOf } from './__testUtils__/builds';
import { ClusterBuilds, describeBuilders } from './__testUtils__/ClusterBuilds';
import { strategies } from './strategies';
import { TASK_RUN, taskRunName } from './taskRun';

jest.setTimeout(120_000);

const { signal: never } = new AbortController();

describeBuilders(kind => {
  const builds = new ClusterBuilds(kind);
  const { workspace, namespace, cluster } = builds;
  const able = strategies[kind].mountsSecrets;

  beforeAll(() => builds.begin());
  afterAll(() => builds.end());

  const mounting = (steps: string[], more: Partial<BuildRequest> = {}) =>
    builds.request(
      { Dockerfile: ['FROM busybox', ...steps, ''].join('\n') },
      {
        secrets: [{ name: 'npm_token', secret: { id: 'token' }, version: '1' }],
        ...more,
      },
    );
  const hash = 'busybox md5sum </run/secrets/npm_token';

  /** Whether the build has a Secret still. */
  async function hasSecret(name: string): Promise<boolean> {
    const { items } = await cluster.list(kinds.Secret, { namespace });
    return items.some(({ metadata }) => metadata.name === name);
  }

  /** All that the cluster shows of a build: its TaskRun and its pod. */
  async function shown(name: string): Promise<string> {
    const run = await cluster.get({ ...TASK_RUN, namespace, name });
    const { items } = await cluster.list<Pod>(kinds.Pod, {
      namespace,
      labelSelector: `tekton.dev/taskRun=${name}`,
    });
    expect(items).toHaveLength(1);
    return JSON.stringify([run, items]);
  }

  async function configOf(image: string): Promise<string> {
    const { repository, ...rest } = parseReference(image);
    const stored = await builds.registry.manifest({ repository, ...rest });
    const { config } = JSON.parse(stored!.bytes.toString());
    return String(await builds.registry.blobs.read(repository, config.digest));
  }

  it('builds for another platform than that of the node', async () => {
    const request = await builds.request(
      { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' },
      { baseImages: [], platform: 'linux/arm64' },
    );
    const { image, failure } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    expect(failure).toBeUndefined();
    expect(JSON.parse(await configOf(image!))).toMatchObject({
      os: 'linux',
      architecture: 'arm64',
    });
  });

  if (!able) {
    it('refuses a step that mounts a secret, by its line', async () => {
      const request = await mounting([
        `RUN --mount=type=secret,id=npm_token ${hash}`,
      ]);
      const context = contextOf(workspace, never, { token: 'any' });
      const { failure } = await outcomeOf(
        builds.builder().build(request, context),
      );
      expect(failure!.evidence[0].facts).toMatchObject({
        cannot: 'mount anything into a RUN',
        line: 2,
      });
    });

    it('gives a secret to nothing, where no step mounts it', async () => {
      const request = await mounting([
        'RUN busybox ls /slipway; busybox ls /slipway/secrets || echo no secrets',
      ]);
      const context = contextOf(workspace, never, { token: 'any' });
      const { failure, lines } = await outcomeOf(
        builds.builder().build(request, context),
      );
      expect(failure).toBeUndefined();
      expect(lines).toContain('no secrets');
      await expect(hasSecret(taskRunName('web', context.key))).resolves.toBe(
        false,
      );
    });
    return;
  }

  it('gives a secret to the step that mounts it, to the last byte, and to nobody else', async () => {
    const value = `$(IMAGE) grüß dich\n"quoted" ${randomBytes(12).toString(
      'hex',
    )}`;
    const context = contextOf(workspace, never, { token: value });
    const request = await mounting([
      `RUN --mount=type=secret,id=npm_token ${hash}; busybox wc -c </run/secrets/npm_token`,
      'RUN cat /run/secrets/npm_token || echo gone',
      'RUN busybox ls /slipway/secrets /proc/[0-9]*/root/slipway/secrets || echo not to be found',
    ]);
    const name = taskRunName('web', context.key);
    const during: Promise<boolean>[] = [];
    const { failure, lines, image } = await outcomeOf(
      builds.builder().build(request, context),
      event => {
        if (event.type === 'log' && event.text.startsWith('TaskRun '))
          during.push(hasSecret(name));
      },
    );
    expect(failure).toBeUndefined();
    const sum = createHash('md5').update(value).digest('hex');
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`${sum}  -`),
        String(Buffer.byteLength(value)),
        'gone',
        'not to be found',
      ]),
    );
    expect(lines.filter(line => /^\W*npm_token$/.test(line))).toEqual([]);
    await expect(Promise.all(during)).resolves.toEqual([true]);
    await expect(hasSecret(name)).resolves.toBe(false);
    for (const form of [value, Buffer.from(value).toString('base64')])
      expect(await shown(name)).not.toContain(form.slice(-20));
    expect(await configOf(image!)).not.toContain(value.slice(-20));
  });

  it('takes the secret away where the build fails, or is cancelled', async () => {
    const failing = contextOf(workspace, never, { token: 'failing' });
    const { failure } = await outcomeOf(
      builds
        .builder()
        .build(
          await mounting(['RUN --mount=type=secret,id=npm_token exit 3']),
          failing,
        ),
    );
    expect(failure!.evidence[0].facts).toMatchObject({ exitCode: 3, line: 2 });
    await expect(hasSecret(taskRunName('web', failing.key))).resolves.toBe(
      false,
    );

    const cancelled = contextOf(workspace, never, { token: 'cancelled' });
    const builder = builds.builder();
    const said = await outcomeOf(
      builder.build(
        await mounting([
          'RUN --mount=type=secret,id=npm_token echo begun; sleep 20',
        ]),
        cancelled,
      ),
      event => {
        if (event.type === 'log' && event.text === 'begun')
          void builder.cancel(cancelled.key);
      },
    );
    expect(said.failure!.message).toBe('The build was cancelled');
    await expect(hasSecret(taskRunName('web', cancelled.key))).resolves.toBe(
      false,
    );
  });

  it('lets the secret of a build that nobody follows any more go with its TaskRun', async () => {
    const abort = new AbortController();
    const context = contextOf(workspace, abort.signal, { token: 'left' });
    const request = await mounting([
      'RUN --mount=type=secret,id=npm_token echo begun; sleep 3',
    ]);
    const left = outcomeOf(builds.builder().build(request, context), event => {
      if (event.type === 'log' && event.text === 'begun')
        abort.abort(new Error('the worker stops'));
    });
    await expect(left).rejects.toThrow('the worker stops');
    const name = taskRunName('web', context.key);
    await expect(hasSecret(name)).resolves.toBe(true);
    const secret = await cluster.get({ ...kinds.Secret, namespace, name });
    const run = await cluster.get({ ...TASK_RUN, namespace, name });
    expect(secret!.metadata.ownerReferences).toEqual([
      expect.objectContaining({
        kind: 'TaskRun',
        name,
        uid: run!.metadata.uid,
      }),
    ]);

    const adopted = await outcomeOf(
      builds.builder().build(request, { ...context, signal: never }),
    );
    expect(adopted.failure).toBeUndefined();
    await expect(hasSecret(name)).resolves.toBe(false);
  });

  it('is adopted though the value of a secret has changed, and cancelled with its secret by who does not follow it', async () => {
    const abort = new AbortController();
    const context = contextOf(workspace, abort.signal, { token: 'old' });
    const step = 'RUN --mount=type=secret,id=npm_token echo begun; sleep 20';
    const left = outcomeOf(
      builds.builder().build(await mounting([step]), context),
      event => {
        if (event.type === 'log' && event.text === 'begun')
          abort.abort(new Error('the worker stops'));
      },
    );
    await expect(left).rejects.toThrow('the worker stops');

    const later = new AbortController();
    const secrets = [
      { name: 'npm_token', secret: { id: 'token' }, version: '2' },
    ];
    const adopted = outcomeOf(
      builds.builder().build(await mounting([step], { secrets }), {
        ...context,
        signal: later.signal,
      }),
      event => {
        if (event.type === 'log' && event.text === 'begun')
          later.abort(new Error('it stops, too'));
      },
    );
    await expect(adopted).rejects.toThrow('it stops, too');

    await builds.builder().cancel(context.key);
    await expect(hasSecret(taskRunName('web', context.key))).resolves.toBe(
      false,
    );
  });

  it('builds anew where the value of a secret has changed, and not where it is the same', async () => {
    const build = async (version: string) => {
      const request = await mounting([`RUN echo anew ${builds.id}`], {
        secrets: [{ name: 'npm_token', secret: { id: 'token' }, version }],
      });
      const context = contextOf(workspace, never, { token: version });
      const built = await outcomeOf(builds.builder().build(request, context));
      expect(built.failure).toBeUndefined();
      return built.lines.some(line => line.startsWith('Nothing has changed'));
    };
    await expect(build('1')).resolves.toBe(false);
    await expect(build('1')).resolves.toBe(true);
    await expect(build('2')).resolves.toBe(false);
  });

  it('says which secret a step requires and the build does not have', async () => {
    const request = await mounting(
      [`RUN --mount=type=secret,id=other,required=true ${hash}`],
      { secrets: [] },
    );
    const { failure, lines } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    expect(lines).toContainEqual(
      expect.stringContaining('mounts the secret "other"'),
    );
    expect(failure!.evidence[0]).toMatchObject({
      text: expect.stringMatching(
        kind === 'buildkit'
          ? /^failed to solve: secret other: not found$/
          : /: secret required but no secret with id other found$/,
      ),
      facts: { line: 2 },
    });
  });
});
