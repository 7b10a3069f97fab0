import { randomBytes } from 'node:crypto';
import type { EngineContext } from '@slipway/backstage-plugin-workspaces-node';
import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import { kinds, Pod, readPodLog } from '../client';
import { OciRegistry } from '../registry';
import { pushBusybox } from './__testUtils__/baseImage';
import { contextOf, outcomeOf } from './__testUtils__/builds';
import { ClusterBuilds, describeBuilders } from './__testUtils__/ClusterBuilds';
import { BUILD_PLACE } from './place';
import { BuilderName, strategies } from './strategies';
import { TASK_RUN, taskRunName } from './taskRun';

jest.setTimeout(120_000);

const { signal: never } = new AbortController();

/** What is different in the words of each. */
const words: Record<
  BuilderName,
  {
    run: string;
    last: string;
    failed: RegExp;
    missing: RegExp;
    unauthorized: RegExp;
    document: unknown;
  }
> = {
  buildkit: {
    run: `[build 3/4] RUN sleep 2; echo "GREETING" >>message.txt; echo said; echo again >&2`,
    last: 'exporting to image',
    failed: /did not complete successfully: exit code: 3$/,
    missing: /test\/gone:1: not found$/,
    unauthorized: /401 Unauthorized/,
    document: expect.arrayContaining(['one']),
  },
  buildah: {
    run: '[1/2 5/5] RUN sleep 2; echo "$GREETING" >>message.txt; echo said; echo again >&2',
    last: 'pushing the image',
    failed: /^building at STEP "RUN .*exit status 3$/,
    missing: /test\/gone: manifest unknown/,
    unauthorized: /unauthorized: authentication required/,
    document: expect.objectContaining({ instruction: 'echo one' }),
  },
  kaniko: {
    run: 'RUN sleep 2; echo "$GREETING" >>message.txt; echo said; echo again >&2',
    last: 'pushing the image',
    failed: /waiting for process to exit: exit status 3$/,
    missing: /\/test\/gone\/manifests\/1: MANIFEST_UNKNOWN/,
    unauthorized: /UNAUTHORIZED: authentication required/,
    document: expect.objectContaining({
      cannot: 'read here-documents',
      line: 2,
    }),
  },
};

describeBuilders(kind => {
  const said = words[kind];
  const { title, warning } = strategies[kind];
  const builds = new ClusterBuilds(kind);
  const { id, workspace, namespace, address, cluster } = builds;

  beforeAll(() => builds.begin());
  afterAll(() => builds.end());

  const twoStages = {
    Dockerfile: [
      'FROM busybox AS build',
      'ARG GREETING=none',
      'WORKDIR /made',
      'COPY message.txt .',
      'RUN sleep 2; echo "$GREETING" >>message.txt; echo said; echo again >&2',
      'FROM docker.io/library/busybox:latest',
      'COPY --from=build /made/message.txt /message.txt',
      'CMD ["cat", "/message.txt"]',
      '',
    ].join('\n'),
    'message.txt': `built for ${id}\n`,
    '.dockerignore': 'ignored\n',
  };
  const greeting = `it's "$(IMAGE)", $HOME & more`;

  const building = (more = {}) =>
    builds.request(twoStages, {
      baseImages: ['busybox', 'docker.io/library/busybox:latest'],
      arguments: [{ name: 'GREETING', value: greeting }],
      ...more,
    });

  /** Removes the TaskRun of a build. */
  function forget({ key }: EngineContext): Promise<unknown> {
    const name = taskRunName('web', key);
    return cluster.delete({ ...TASK_RUN, namespace, name });
  }

  async function outputOf(image: string): Promise<string> {
    const name = `run-${randomBytes(4).toString('hex')}`;
    await cluster.apply({
      ...kinds.Pod,
      metadata: { name, namespace },
      spec: {
        serviceAccountName: BUILD_PLACE,
        restartPolicy: 'Never',
        containers: [{ name: 'app', image }],
      },
    });
    for (;;) {
      const pod = await cluster.get<Pod>({ ...kinds.Pod, namespace, name });
      if (pod?.status?.phase === 'Succeeded') break;
      if (pod?.status?.phase === 'Failed')
        throw new Error(JSON.stringify(pod.status));
      await pause(200, never);
    }
    const lines = await readPodLog(cluster, {
      namespace,
      pod: name,
      container: 'app',
    });
    return lines.map(({ text }) => text).join('\n');
  }

  it('passes its checks', async () => {
    const checks = [];
    for await (const check of builds.builder().check({ signal: never }))
      checks.push(check);
    expect(checks.map(({ id: name, state }) => `${name} ${state}`)).toEqual([
      'kubernetes-tekton passed',
      'kubernetes-build-namespace passed',
      'kubernetes-registry passed',
      `kubernetes-builder ${kind === 'kaniko' ? 'warning' : 'passed'}`,
    ]);
    expect(checks[0].message).toMatch(/^Tekton Pipelines v1\.\d+/);
  });

  it('builds two stages, and again out of the cache', async () => {
    const builder = builds.builder();
    const context = contextOf(workspace);
    const first = await outcomeOf(builder.build(await building(), context));
    expect(first.failure).toBeUndefined();
    expect(first.image).toBe(
      `${address}/slipway/${workspace}/web@${first.digest}`,
    );
    expect(first.steps).toEqual(
      expect.arrayContaining([
        'Fetch the bundle running',
        'Fetch the bundle done',
        `${said.run.replace(
          'GREETING',
          kind === 'buildkit' ? greeting : 'GREETING',
        )} running`,
        `${said.last} done`,
      ]),
    );
    expect(first.lines).toEqual(expect.arrayContaining(['said', 'again']));
    expect(first.events.at(-1)).toMatchObject({
      builder: { name: title, why: 'the configuration names it', warning },
    });
    await expect(outputOf(first.image!)).resolves.toBe(
      `built for ${id}\n${greeting}`,
    );

    await forget(context);
    const again = await outcomeOf(
      builder.build(await building(), contextOf(workspace)),
    );
    const digest = kind === 'kaniko' ? /^sha256:/ : first.digest!; // kaniko's has the time in it
    expect(again.digest).toMatch(digest);
    expect(again.steps.filter(step => step.endsWith(' cached'))).not.toEqual(
      [],
    );

    const anew = await outcomeOf(
      builder.build(await building({ noCache: true }), contextOf(workspace)),
    );
    expect(anew.steps.filter(step => /\bRUN .* cached$/.test(step))).toEqual(
      [],
    );
    console.log(
      `${kind}: cold ${first.milliseconds} ms, cached ${again.milliseconds} ms, without cache ${anew.milliseconds} ms`,
    );
  });

  it('uses the image again where nothing has changed, and makes it anew where its base image has, or it is gone', async () => {
    const build = async () => {
      const Dockerfile = 'FROM busybox\nRUN echo made\n';
      const context = contextOf(workspace);
      const request = await builds.request({ Dockerfile, 'file.txt': 'again' });
      const built = await outcomeOf(builds.builder().build(request, context));
      expect(built.failure).toBeUndefined();
      return { ...built, name: taskRunName('web', context.key) };
    };
    const first = await build();
    expect(first.steps).not.toEqual([]);
    const same = await build();
    expect(same.events).toEqual([
      {
        type: 'log',
        at: expect.any(Date),
        text: expect.stringContaining(
          `Nothing has changed since ${first.name} was built`,
        ),
      },
      {
        type: 'image',
        image: first.image,
        digest: first.digest,
        builder: {
          name: title,
          why: `${first.name} was built by it, and nothing has changed since`,
          warning,
        },
      },
    ]);

    await pushBusybox(builds.registry, `test/${id}`, ['BASE=changed']);
    const upon = await build();
    expect(upon.steps).not.toEqual([]);
    expect(upon.digest).not.toBe(first.digest);
    await expect(build()).resolves.toMatchObject({ digest: upon.digest });

    await builds.registry.delete(
      builds.registry.reference(`slipway/${workspace}/web@${upon.digest}`),
    );
    const anew = await build();
    expect(anew.steps).not.toEqual([]);
  });

  it('keeps the owners of files, and leaves out what a later step removes', async () => {
    // The namespace of rootless BuildKit has 65,536 numbers; the others know all.
    const owner = kind === 'buildkit' ? 4711 : 1000700000;
    const files = {
      Dockerfile: [
        'FROM busybox',
        `COPY --chown=${owner} kept removed /made/`,
        'RUN rm /made/removed && mkdir /made/folder',
        'CMD ["busybox", "ls", "-ln", "/made"]',
        '',
      ].join('\n'),
      kept: 'a',
      removed: 'b',
    };
    const { image, failure } = await outcomeOf(
      builds
        .builder()
        .build(
          await builds.request(files, { baseImages: ['busybox'] }),
          contextOf(workspace),
        ),
    );
    expect(failure).toBeUndefined();
    const listing = await outputOf(image!);
    expect(listing).toMatch(new RegExp(`\\s${owner}\\s.*\\skept$`, 'm'));
    expect(listing).toMatch(/\s0\s.*\sfolder$/m);
    expect(listing).not.toContain('removed');
  });

  it('reads a Dockerfile by itself, whatever reader it asks for', async () => {
    const request = await builds.request({
      Dockerfile: [
        '# syntax=registry.invalid/dockerfile:1',
        'FROM busybox',
        'RUN echo one; echo two',
        '',
      ].join('\n'),
    });
    const { failure, lines } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    expect(failure).toBeUndefined();
    expect(lines).toEqual(expect.arrayContaining(['one', 'two']));
  });

  it('reads a here-document, or fails by it', async () => {
    const request = await builds.request({
      Dockerfile: 'FROM busybox\nRUN <<DOCUMENT\necho one\nDOCUMENT\n',
    });
    const { failure, lines } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    const outcome = failure ? failure.evidence[0].facts : lines;
    expect(outcome).toEqual(said.document);
  });

  it('names the instruction that failed, its line, and the last that it said', async () => {
    const request = await builds.request(
      {
        'app/Dockerfile.prod': [
          'FROM busybox',
          'RUN true',
          'RUN echo "npm ERR! missing script: build" >&2; \\',
          '    exit 3',
          '',
        ].join('\n'),
      },
      { baseImages: ['busybox'], dockerfile: 'app/Dockerfile.prod' },
    );
    const { failure, steps } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    expect(failure!.evidence[0]).toMatchObject({
      kind: 'error',
      first: true,
      text: expect.stringMatching(said.failed),
      facts: {
        instruction: 'RUN echo "npm ERR! missing script: build" >&2; exit 3',
        line: 3,
        exitCode: 3,
      },
    });
    expect(failure!.evidence[1]).toMatchObject({
      kind: 'log',
      text: expect.stringContaining('npm ERR! missing script: build'),
    });
    expect(steps.at(-1)).toMatch(/RUN echo .* failed$/);
  });

  it('names the base image that is missing, and where it was looked for', async () => {
    const request = await builds.request(
      { Dockerfile: 'FROM gone:1\n' },
      { baseImages: ['gone:1'] },
    );
    const { failure } = await outcomeOf(
      builds.builder().build(request, contextOf(workspace)),
    );
    expect(failure!.evidence[0]).toMatchObject({
      text: expect.stringMatching(said.missing),
      facts: {
        image: `${address}/test/gone:1`,
        line: 1,
        instruction: 'FROM gone:1',
      },
    });
  });

  it('says that the login of builds is refused', async () => {
    const settings = ClusterBuilds.registrySettings();
    class OldPassword extends OciRegistry {
      dockerConfig() {
        return new OciRegistry({ ...settings, password: 'old' }).dockerConfig();
      }
    }
    const old = new OldPassword(settings);
    const request = await building();
    const { failure } = await outcomeOf(
      builds.builder({ registry: old }).build(request, contextOf(workspace)),
    );
    await old.close();
    expect(failure!.evidence[0]).toMatchObject({
      source: 'bundle',
      text: expect.stringMatching(said.unauthorized),
    });
    expect(JSON.stringify(failure!.evidence)).not.toContain(settings.password);
  });

  it('is cancelled in the middle of a step, by any portal, and what was said is not lost', async () => {
    const request = await builds.slowRequest(20);
    const context = contextOf(workspace);
    const events = builds.builder().build(request, context);
    let cancelled: Promise<void> | undefined;
    const { failure, lines, milliseconds } = await outcomeOf(events, event => {
      if (event.type === 'log' && event.text === 'begun')
        cancelled ??= builds.builder().cancel(context.key);
    });
    await cancelled;
    expect(lines).toContain('begun');
    expect(lines).not.toContain('over');
    expect(failure!.message).toBe('The build was cancelled');
    expect(failure!.evidence[0].text).toMatch(/^TaskRunCancelled: /);
    expect(milliseconds).toBeLessThan(20_000);
    await expect(builds.builder().cancel(context.key)).resolves.toBeUndefined();
  });

  it('is not stopped by an abort, and adopted with all that it has said', async () => {
    const request = await builds.slowRequest(6);
    const abort = new AbortController();
    const context = contextOf(workspace, abort.signal);
    const aborted = outcomeOf(
      builds.builder().build(request, context),
      event => {
        if (event.type === 'log' && event.text === 'begun')
          abort.abort(new Error('the worker stops'));
      },
    );
    await expect(aborted).rejects.toThrow('the worker stops');

    const later = { ...context, signal: never };
    const adopted = await outcomeOf(builds.builder().build(request, later));
    expect(adopted.lines).toEqual(expect.arrayContaining(['begun', 'over']));
    expect(adopted.digest).toMatch(/^sha256:/);

    // A portal that comes much later finds the image alone.
    await forget(context);
    const found = await outcomeOf(builds.builder().build(request, later));
    expect(found.events).toEqual([
      { type: 'image', image: adopted.image, digest: adopted.digest },
    ]);
  });
});
