// The images of the test cluster: programs of ours and of Debian's packages.
import { readFileSync } from 'node:fs';
import { capture } from '../../../scripts/command.mjs';
import { debianArguments } from '../../../scripts/engine/imageRecipes.mjs';
import { machineBundle } from '../../../scripts/system/certificates.mjs';
import { Problem } from '../../../scripts/terminal.mjs';
import { digestOf } from './cache.mjs';
import { contentDigests, writeImage } from './ociImage.mjs';
import { buildProgram, programKey } from './programs.mjs';

/**
 * The name of an image. The dot keeps it from being taken for one of Docker's
 * hub; the tag, which is not "latest", from being pulled.
 */
export const imageName = name => `slipway.test/${name}:1`;

const nobody = 65532;
const certificates = '/etc/ssl/certs/ca-certificates.crt';

const accounts = users =>
  Object.fromEntries([
    [
      '/etc/passwd',
      ['root:x:0:0:root:/root:/bin/sh', ...users.map(user => user.account)]
        .map(line => `${line}\n`)
        .join(''),
    ],
    [
      '/etc/group',
      ['root:x:0:', ...users.map(user => user.group)]
        .map(line => `${line}\n`)
        .join(''),
    ],
  ]);

const nonroot = {
  account: `nonroot:x:${nobody}:${nobody}::/home/nonroot:/bin/sh`,
  group: `nonroot:x:${nobody}:`,
};
const builder = {
  account: 'user:x:1000:1000::/home/user:/bin/sh',
  group: 'user:x:1000:',
};

function certificateFiles() {
  const bundle = machineBundle();
  return bundle ? { [certificates]: bundle } : {};
}

/** An image of one program that stands alone. */
function single(program, path = `/${program}`) {
  return {
    programs: { [path]: program },
    folders: { '/tmp': 0o1777 },
    config: { Entrypoint: [path] },
  };
}

/** As Tekton's own: a user without rights, the program below /ko-app. */
function tekton(name) {
  const image = single(`tekton-${name}`, `/ko-app/${name}`);
  return {
    ...image,
    files: certificateFiles(),
    folders: { ...image.folders, '/home/nonroot': 0o777 },
    config: { ...image.config, Env: ['PATH=/ko-app'], User: `${nobody}` },
  };
}

async function output(command, args) {
  const { code, stdout, stderr } = await capture(command, args);
  if (code !== 0) {
    throw new Problem(`${command} failed: ${stderr.trim()}`);
  }
  return stdout;
}

async function busybox() {
  const applets = (await output('busybox', ['--list'])).trim().split('\n');
  const [program] = (await output('which', ['busybox'])).trim().split('\n');
  return {
    files: { '/bin/busybox': program, ...certificateFiles() },
    links: {
      ...Object.fromEntries(
        applets
          .filter(name => name !== 'busybox')
          .map(name => [`/bin/${name}`, 'busybox']),
      ),
      '/usr/bin': '../bin',
    },
    folders: { '/tmp': 0o1777, '/root': 0o700, '/home/nonroot': 0o777 },
    texts: accounts([nonroot]),
    config: { Env: ['PATH=/bin:/usr/bin'], Cmd: ['/bin/sh'] },
  };
}

/** What places the scripts of Tekton's steps, without rights of its own. */
async function shell() {
  const image = await busybox();
  return { ...image, config: { ...image.config, User: `${nobody}` } };
}

/** The libraries in the output of `ldd`. */
export function librariesOf(text) {
  const paths = text
    .split('\n')
    .map(line => line.match(/(?:=> )?(\/\S+) \(0x/)?.[1])
    .filter(Boolean);
  return [...new Set(paths)].sort();
}

/** BuildKit that needs no rights of the node: as the user 1000. */
async function buildkit() {
  const image = await busybox();
  const tools = {
    '/bin/buildkit-runc': '/usr/sbin/runc',
    '/bin/newuidmap': '/usr/bin/newuidmap',
    '/bin/newgidmap': '/usr/bin/newgidmap',
  };
  const libraries = librariesOf(await output('ldd', Object.values(tools)));
  return {
    ...image,
    programs: Object.fromEntries(
      ['buildkitd', 'buildctl', 'rootlesskit'].map(name => [
        `/bin/${name}`,
        name,
      ]),
    ),
    files: {
      ...image.files,
      ...tools,
      ...Object.fromEntries(libraries.map(path => [path, path])),
    },
    // Debian's are setuid, which fails in a pod without CAP_SYS_ADMIN.
    capabilities: {
      '/bin/newuidmap': 'cap_setuid=ep',
      '/bin/newgidmap': 'cap_setgid=ep',
    },
    folders: { ...image.folders, '/home/user': 0o777 },
    texts: {
      ...accounts([builder]),
      '/etc/subuid': 'user:100000:65536\n',
      '/etc/subgid': 'user:100000:65536\n',
    },
  };
}

/** Debian's own, as the user 0 without rights over the node. */
function buildah() {
  return {
    debian: [...debianArguments, '--include=buildah,uidmap'],
    files: certificateFiles(),
    // The root of a build is mapped to that of the pod, all others to these.
    texts: {
      '/etc/subuid': 'root:100000:65536\n',
      '/etc/subgid': 'root:100000:65536\n',
    },
    config: {
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HOME=/root',
      ],
    },
  };
}

/** As upstream's flavour for debugging: a shell in a volume, which no build removes. */
async function kaniko() {
  const { files, links } = await busybox();
  return {
    programs: { '/kaniko/executor': 'kaniko' },
    files: {
      '/busybox/busybox': files['/bin/busybox'],
      ...(files[certificates] && {
        '/kaniko/ssl/certs/ca-certificates.crt': files[certificates],
      }),
    },
    links: Object.fromEntries(
      Object.entries(links)
        .filter(([path]) => path.startsWith('/bin/'))
        .map(([path, target]) => [path.replace('/bin/', '/busybox/'), target]),
    ),
    folders: { '/tmp': 0o1777, '/workspace': 0o777 },
    texts: { '/etc/nsswitch.conf': 'hosts: files dns\n' },
    config: {
      Env: [
        'HOME=/root',
        'USER=root',
        'PATH=/usr/local/bin:/kaniko:/busybox',
        'SSL_CERT_DIR=/kaniko/ssl/certs',
      ],
      Entrypoint: ['/kaniko/executor'],
      Volumes: { '/busybox': {} },
    },
  };
}

/** All images by their names: what makes the description of each. */
export const images = {
  pause: () => ({ ...single('pause'), folders: {} }),
  busybox,
  shell,
  addons: () => single('addons'),
  'local-path-provisioner': () => single('local-path-provisioner'),
  ...Object.fromEntries(
    ['controller', 'webhook', 'entrypoint', 'nop', 'workingdirinit'].map(
      name => [`tekton-${name}`, () => tekton(name)],
    ),
  ),
  buildkit,
};

/** The builders that are brought only where they are asked for. */
export const builderImages = { buildah, kaniko };

const recipe = readFileSync(new URL('ociImage.mjs', import.meta.url));

/** Changes with all that goes into an image. */
export function imageKey(image) {
  const programs = Object.values(image.programs ?? {}).map(programKey);
  return digestOf(
    recipe,
    JSON.stringify([image, programs, contentDigests(image)]),
  );
}

/** Builds the programs of an image in a folder, and writes its archive. */
export async function makeImage(image, archive, { folder, ...options }) {
  const built = {};
  for (const [path, program] of Object.entries(image.programs ?? {})) {
    const file = `${folder}/${program}`;
    await buildProgram(program, file, options);
    built[path] = file;
  }
  await writeImage(
    { ...image, files: { ...image.files, ...built } },
    archive,
    options,
  );
}
