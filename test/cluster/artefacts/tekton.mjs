// Tekton's manifests, from the folder `config` of its module: with our images,
// and tuned for tests. What is tuned is rendered in: once the webhook is
// configured, a change of a ConfigMap fails until the webhook's pod answers.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, folderDigest } from './cache.mjs';
import { imageName } from './images.mjs';
import { moduleFolder, sourceFolder, versionIn } from './programs.mjs';

const module = 'github.com/tektoncd/pipeline';
const recipe = readFileSync(new URL('tekton.mjs', import.meta.url));

/** Namespaces and types come before what is made in them or of them. */
const folders = ['100-namespace', '300-crds', '.'];
/**
 * Left out: CloudEvents, and the scaling of the webhook. So are the remote
 * resolvers, in a folder of their own.
 */
const leftOut = ['events.yaml', 'webhook-hpa.yaml'];

/** Adds lines to the data of a ConfigMap. */
function addData(text, values) {
  const lines = Object.entries(values).map(
    ([name, value]) => `  ${name}: "${value}"\n`,
  );
  return text.replace(/\ndata:\n/, `\ndata:\n${lines.join('')}`);
}

/** Replaces what must be there: a newer Tekton must not be tuned by half. */
function replace(text, pattern, replacement) {
  const changed = text.replace(pattern, replacement);
  if (changed === text) {
    throw new Error(`Tekton's manifests do not hold ${pattern}.`);
  }
  return changed;
}

/** A controller that was killed is replaced after 15 s, not 60. */
const shortLease = text =>
  addData(text, {
    'lease-duration': '15s',
    'renew-deadline': '10s',
    'retry-period': '2s',
  });

const tuning = {
  'config-defaults.yaml': text =>
    addData(text, { 'default-imagepullbackoff-timeout': '0s' }),
  'config-feature-flags.yaml': text =>
    [
      ['set-security-context: "false"', 'set-security-context: "true"'],
      ['with-injected-sidecars: "true"', 'with-injected-sidecars: "false"'],
      ['coschedule: "workspaces"', 'coschedule: "disabled"'],
    ].reduce((result, [from, to]) => replace(result, from, to), text),
  'config-leader-election-controller.yaml': shortLease,
  'config-leader-election-webhook.yaml': shortLease,
  'controller.yaml': text =>
    [
      [
        /("-shell-image-win",.*\n)/,
        '$1          "-kube-api-qps=50", "-kube-api-burst=50", "-threads-per-controller=32",\n',
      ],
      [
        /(readinessProbe:[\s\S]*?)initialDelaySeconds: 5\n(\s+)periodSeconds: 10/,
        '$1initialDelaySeconds: 1\n$2periodSeconds: 2',
      ],
    ].reduce((result, [from, to]) => replace(result, from, to), text),
};

/** One file of the folder, as it is applied. */
export function renderFile(name, text, version) {
  return (tuning[name]?.(text) ?? text)
    .replaceAll(
      /ko:\/\/github\.com\/tektoncd\/pipeline\/cmd\/([a-z]+)/g,
      (_, command) => imageName(`tekton-${command}`),
    )
    .replaceAll(/[\w./-]+\/busybox@sha256:[0-9a-f]+/g, imageName('shell'))
    .replaceAll(/(release|version): "devel"/g, `$1: "${version}"`);
}

/** Tekton's manifests as an artefact: one file that is applied as it is. */
export function tektonManifest() {
  return {
    name: 'tekton',
    extension: 'yaml',
    key: digestOf(recipe, folderDigest(moduleFolder('tekton'))),
    async make(file) {
      const configuration = join(
        await sourceFolder('tekton', module),
        'config',
      );
      const version = versionIn('tekton', module);
      const documents = folders.flatMap(folder =>
        readdirSync(join(configuration, folder))
          .filter(name => name.endsWith('.yaml') && !leftOut.includes(name))
          .sort()
          .map(name =>
            renderFile(
              name,
              readFileSync(join(configuration, folder, name), 'utf8'),
              version,
            ),
          ),
      );
      writeFileSync(file, documents.join('\n---\n'));
    },
  };
}
