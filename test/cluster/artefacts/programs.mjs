// The programs that no package holds, built from Go modules. The module's own
// go.mod and go.sum say the versions; each folder of `programs` is a module.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, run } from '../../../scripts/command.mjs';
import { Problem } from '../../../scripts/terminal.mjs';
import { sources } from '../settings.mjs';
import { folderDigest, digestOf } from './cache.mjs';

const tekton = 'github.com/tektoncd/pipeline';
const buildkit = 'github.com/moby/buildkit';
const kaniko = 'github.com/GoogleContainerTools/kaniko';
const containerd = 'github.com/containerd/containerd/v2';

/** What takes the place of the machine's containerd. */
export const containerdPrograms = [
  ...['containerd', 'containerd-shim-runc-v2', 'ctr'],
];

/** What Kubernetes' components say of themselves; clients compare versions. */
function kubernetesVersion(version) {
  const [major, minor] = version.slice(1).split('.');
  return {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'unknown',
  };
}

/**
 * `versionOf` is the dependency whose version is written into the program, by
 * `variables`: from a version to values by their full names.
 */
const programs = {
  kube: {
    module: 'kube',
    versionOf: 'k8s.io/kubernetes',
    variables: version =>
      Object.fromEntries(
        Object.entries(kubernetesVersion(version)).map(([name, value]) => [
          `k8s.io/component-base/version.${name}`,
          value,
        ]),
      ),
  },
  addons: { module: 'addons' },
  'local-path-provisioner': {
    module: 'addons',
    source: 'github.com/rancher/local-path-provisioner',
  },
  pause: { module: 'pause' },
  ...Object.fromEntries(
    ['controller', 'webhook', 'entrypoint', 'nop', 'workingdirinit'].map(
      name => [
        `tekton-${name}`,
        {
          module: 'tekton',
          source: `${tekton}/cmd/${name}`,
          versionOf: tekton,
          variables: version => ({ 'knative.dev/pkg/changeset.rev': version }),
        },
      ],
    ),
  ),
  ...Object.fromEntries(
    ['buildkitd', 'buildctl'].map(name => [
      name,
      {
        module: 'buildkit',
        source: `${buildkit}/cmd/${name}`,
        versionOf: buildkit,
        variables: version => ({ [`${buildkit}/version.Version`]: version }),
      },
    ]),
  ),
  rootlesskit: {
    module: 'buildkit',
    source: 'github.com/rootless-containers/rootlesskit/v3/cmd/rootlesskit',
  },
  kaniko: {
    module: 'kaniko',
    source: `${kaniko}/cmd/executor`,
    versionOf: kaniko,
    variables: version => ({ [`${kaniko}/pkg/version.version`]: version }),
  },
  ...Object.fromEntries(
    containerdPrograms.map(name => [
      name,
      {
        module: 'containerd',
        source: `${containerd}/cmd/${name}`,
        versionOf: containerd,
        variables: version => ({ [`${containerd}/version.Version`]: version }),
      },
    ]),
  ),
};

export function moduleFolder(name) {
  return join(sources, 'programs', name);
}

/** The version that the text of a go.mod requires of a module. */
export function requiredVersion(goMod, path) {
  const line = goMod
    .split('\n')
    .map(text =>
      text
        .replace(/^require\s+/, '')
        .trim()
        .split(/\s+/),
    )
    .find(words => words[0] === path && /^v\d/.test(words[1] ?? ''));
  if (!line) {
    throw new Error(`go.mod does not require ${path}.`);
  }
  return line[1];
}

/** The version of a dependency of one of our modules. */
export function versionIn(module, path) {
  const goMod = readFileSync(join(moduleFolder(module), 'go.mod'), 'utf8');
  return requiredVersion(goMod, path);
}

/** The arguments of `go build` for a program, without where it goes. */
export function buildArguments(name) {
  const { module, source = '.', versionOf, variables } = programs[name];
  const values = variables?.(versionIn(module, versionOf)) ?? {};
  const settings = Object.entries(values).map(
    ([variable, value]) => `-X ${variable}=${value}`,
  );
  return [
    ...['build', '-trimpath', '-buildvcs=false'],
    `-ldflags=${['-s -w', ...settings].join(' ')}`,
    source,
  ];
}

/** Changes with everything of ours that decides what a program is. */
export function programKey(name) {
  return digestOf(
    folderDigest(moduleFolder(programs[name].module)),
    ...buildArguments(name),
  );
}

/** Makes sure that there is a Go; it fetches a newer one where it needs to. */
export async function requireGo() {
  const { code } = await capture('go', ['version']);
  if (code !== 0) {
    throw new Problem('Go is needed to build the test cluster.', {
      fix: 'Install any Go from 1.21 on and put it on the PATH; it fetches the version that the modules ask for by itself.',
    });
  }
}

/** Builds a program without libraries, as a file. */
export async function buildProgram(name, file, { log, signal }) {
  const [build, ...rest] = buildArguments(name);
  await run('go', [build, '-o', file, ...rest], {
    name: `go build ${name}`,
    cwd: moduleFolder(programs[name].module),
    env: { ...process.env, CGO_ENABLED: '0' },
    log,
    signal,
    append: true,
    fix: 'The Go modules come from the module proxy that "go env GOPROXY" names.',
  });
}

/** The folder with the sources of a module that one of ours requires. */
export async function sourceFolder(module, path) {
  const cwd = moduleFolder(module);
  const download = await capture('go', ['mod', 'download', path], { cwd });
  const list = await capture('go', ['list', '-m', '-f', '{{.Dir}}', path], {
    cwd,
  });
  const folder = list.stdout.trim();
  if (download.code !== 0 || !folder) {
    throw new Problem(
      `The sources of ${path} cannot be fetched: ${download.stderr.trim()}`,
    );
  }
  return folder;
}
