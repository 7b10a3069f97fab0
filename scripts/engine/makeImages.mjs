// Makes the base images where no registry can be reached: a small Debian from
// the system's package mirror, and on it, by the engine's own build, what the
// Dockerfiles beside this file say. The machine's CA bundle is put in, so that
// builds behind a proxy that re-signs TLS work.
import { spawn } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { capture, logFile, run } from '../command.mjs';
import { cacheFolder } from '../paths.mjs';
import { machineBundle } from '../system/certificates.mjs';
import { requirePackages } from '../system/packages.mjs';
import { asRoot, rootPrefix } from '../system/privileges.mjs';
import { Problem } from '../terminal.mjs';
import { EngineAnswer } from './docker.mjs';
import { nodePackage } from '../toolchain/node.mjs';
import { npmPackage } from '../toolchain/npmPackage.mjs';
import {
  debianArguments,
  foundation,
  imageLabel,
  madeTags,
  npmTools,
  packageSources,
  recipeDigest,
  recipes,
  suite,
  tags,
} from './imageRecipes.mjs';

const stageLabel = 'slipway.dev/base-image-stage';

/** Where this machine takes packages from, as mmdebstrap reads it. */
export async function machineSources() {
  const { stdout } = await capture('apt-get', [
    ...['indextargets', '--format', '$(LABEL)|$(REPO_URI)|$(COMPONENT)'],
    'Created-By: Packages',
  ]);
  return packageSources(stdout);
}

/** Makes the small Debian that all the others stand on. */
async function makeFoundation(docker, { digest, log, signal, update }) {
  await requirePackages(['mmdebstrap'], 'make the base images', update);
  update('Base images: making a small Debian');
  mkdirSync(cacheFolder, { recursive: true });
  const archive = join(cacheFolder, `debian-${process.pid}.tar`);
  const bundle = machineBundle();
  const args = [
    ...debianArguments,
    ...(bundle
      ? [`--customize-hook=upload ${bundle} /etc/ssl/certs/ca-certificates.crt`]
      : []),
    ...[suite, archive, ...(await machineSources())],
  ];
  const [command, ...rest] =
    (await rootPrefix()) === undefined
      ? ['mmdebstrap', ...args]
      : await asRoot('mmdebstrap', args);
  try {
    await run(command, rest, {
      name: `mmdebstrap ${suite}`,
      log,
      signal,
      append: true,
    });
    await docker.follow('POST', '/images/create', {
      query: {
        fromSrc: '-',
        repo: foundation.split(':')[0],
        tag: suite,
        changes: [`LABEL ${imageLabel}=${digest}`, 'CMD ["bash"]'],
      },
      headers: { 'content-type': 'application/x-tar' },
      body: createReadStream(archive),
      signal,
    });
  } finally {
    rmSync(archive, { force: true });
  }
}

/** The folders that the build of `node` copies from, and their arguments. */
async function nodeContext(update) {
  const runtime = nodePackage('linux', process.arch);
  const [node, ...tools] = await Promise.all(
    [runtime, ...npmTools].map(one => npmPackage(one, update)),
  );
  const names = [node, ...tools].map(folder => folder.split('/').pop());
  return {
    parts: ['-C', cacheFolder, ...names],
    buildargs: {
      NODE: names[0],
      NODE_VERSION: runtime.version,
      NPM: names[1],
      COREPACK: names[2],
    },
  };
}

function proxySettings() {
  return Object.fromEntries(
    ['http_proxy', 'https_proxy', 'no_proxy']
      .map(name => [name, process.env[name] ?? process.env[name.toUpperCase()]])
      .filter(([, value]) => value),
  );
}

/** Builds one image by its Dockerfile, with the network of this machine. */
async function build(docker, name, { digest, log, signal, update }) {
  update(`Base images: making ${name}`);
  const { parts, buildargs } =
    name === 'node' ? await nodeContext(update) : { parts: [], buildargs: {} };
  const output = createWriteStream(log, { flags: 'a' });
  const tar = spawn(
    'tar',
    ['-c', '--owner=0', '--group=0', '-C', join(recipes, name), '.', ...parts],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await docker.follow('POST', '/build', {
      query: {
        t: tags[name],
        networkmode: 'host',
        labels: JSON.stringify({ [imageLabel]: digest }),
        buildargs: JSON.stringify({
          FOUNDATION: foundation,
          ...proxySettings(),
          ...buildargs,
        }),
        forcerm: 1,
      },
      headers: { 'content-type': 'application/x-tar' },
      body: tar.stdout,
      signal,
      onLine: line => output.write(line.stream ?? ''),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new Problem(`The image ${name} cannot be made: ${error.message}`, {
      log,
      fix: `Pull or load ${tags[name][0]} into the engine yourself, or mend what the log shows.`,
      cause: error,
    });
  } finally {
    output.end();
  }
}

async function tagFoundation(docker) {
  for (const tag of tags.debian) {
    const [repo, version] = tag.split(':');
    await docker.call('POST', `/images/${foundation}/tag`, {
      query: { repo, tag: version },
    });
  }
}

async function save(docker, archive, signal) {
  const response = await docker.open('GET', '/images/get', {
    query: { names: madeTags },
    signal,
  });
  const temporary = `${archive}.${process.pid}`;
  try {
    await pipeline(response, createWriteStream(temporary));
    renameSync(temporary, archive);
    readdirSync(cacheFolder)
      .filter(name => name.startsWith('base-images-'))
      .map(name => join(cacheFolder, name))
      .filter(path => path !== archive)
      .forEach(path => rmSync(path, { force: true }));
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Where the images are kept that were made here by the present recipes. */
export function keptArchive() {
  return join(cacheFolder, `base-images-${recipeDigest()}.tar`);
}

/** The images that have the names of ours and were made here. */
async function listMade(docker) {
  const images = await docker.call('GET', '/images/json');
  return images.filter(
    ({ Labels, RepoTags }) =>
      Labels?.[imageLabel] && RepoTags?.some(tag => madeTags.includes(tag)),
  );
}

/** Removes what lost its name to a newer image, unless something uses it. */
async function removeReplaced(docker, earlier) {
  const kept = (await listMade(docker)).map(({ Id }) => Id);
  for (const { Id } of earlier.filter(image => !kept.includes(image.Id))) {
    await docker.call('DELETE', `/images/${Id}`).catch(error => {
      if (!(error instanceof EngineAnswer)) {
        throw error;
      }
    });
  }
}

/**
 * Brings the images of `references` into the engine: from the cache where all
 * of them lie ("loaded"), or anew ("made").
 */
export async function makeImages(docker, references, { signal, update }) {
  const digest = recipeDigest();
  const names = Object.keys(tags).filter(name =>
    references.includes(tags[name][0]),
  );
  const all = names.length === Object.keys(tags).length;
  const archive = keptArchive();
  if (all && existsSync(archive)) {
    update('Base images: loading');
    await docker.follow('POST', '/images/load', {
      headers: { 'content-type': 'application/x-tar' },
      body: createReadStream(archive),
      signal,
    });
    return 'loaded';
  }

  const earlier = await listMade(docker);
  const log = logFile('images');
  rmSync(log, { force: true });
  const options = { digest, log, signal, update };
  await makeFoundation(docker, options);
  for (const name of names) {
    await (name === 'debian'
      ? tagFoundation(docker)
      : build(docker, name, options));
  }
  await removeReplaced(docker, earlier);
  await docker.call('POST', '/images/prune', {
    query: {
      filters: JSON.stringify({ dangling: ['true'], label: [stageLabel] }),
    },
  });
  if (all) {
    update('Base images: keeping them for the next time');
    await save(docker, archive, signal);
  }
  return 'made';
}
