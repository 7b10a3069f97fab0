// What the base images made here are. Their digest covers this file and the
// Dockerfiles in the folder images: a change makes them anew.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineBundle } from '../system/certificates.mjs';
import { nodeVersion } from '../toolchain/node.mjs';

/** Marks an image as made here; its value is the digest of the recipes. */
export const imageLabel = 'slipway.dev/base-image';

export const suite = 'bookworm';

/** The small Debian that all others stand on. */
export const foundation = `slipway-base:${suite}`;

export const recipes = fileURLToPath(new URL('images', import.meta.url));

/** What each image is called: the first name is the one that is asked for. */
export const tags = {
  busybox: ['busybox:latest', 'busybox:1.35'],
  debian: [`debian:${suite}-slim`, `debian:${suite}`],
  node: [
    'node:22-slim',
    'node:22',
    `node:22-${suite}-slim`,
    `node:22-${suite}`,
  ],
  postgres: ['postgres:15', `postgres:15-${suite}`],
  redis: ['redis:7', `redis:7-${suite}`],
};

/** Every name that an image made here has. */
export const madeTags = [foundation, ...Object.values(tags).flat()];

/** The small Debian: no manuals, no translations, as in debian:*-slim. */
export const debianArguments = [
  '--variant=minbase',
  '--include=ca-certificates',
  ...['man', 'locale', 'doc', 'info'].map(
    name => `--dpkgopt=path-exclude=/usr/share/${name}/*`,
  ),
  '--dpkgopt=path-include=/usr/share/doc/*/copyright',
  '--aptopt=APT::Install-Recommends "false"',
  '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/etc/resolv.conf "$1"/etc/hostname',
];

/** What goes into the image `node` besides Node itself. */
export const npmTools = [
  {
    name: 'npm',
    version: '10.9.9',
    sha512:
      '1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==',
  },
  {
    name: 'corepack',
    version: '0.34.7',
    sha512:
      'd5OLuTNh4zeJK8+u+G10KScqrnHKNNm6NvR4XO28FZyBFMGE60SNCrBetJLyKR9H1xGCG6U2LyswsyPNdO6kxw==',
  },
];

/** A digest over everything that decides what the images hold. */
export function recipeDigest() {
  const hash = createHash('sha256').update(`${process.arch} ${nodeVersion}`);
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(recipes).sort()) {
    for (const file of readdirSync(join(recipes, name)).sort()) {
      hash.update(`\0${name}/${file}\0`);
      hash.update(readFileSync(join(recipes, name, file)));
    }
  }
  const bundle = machineBundle();
  return hash
    .update(bundle ? readFileSync(bundle) : '')
    .digest('hex')
    .slice(0, 16);
}

/**
 * Lines for sources.list, from what apt uses on this machine, given as lines
 * `label|address|component`. None if the machine is not a Debian.
 */
export function packageSources(targets) {
  const pockets = {
    Debian: [suite, `${suite}-updates`],
    'Debian-Security': [`${suite}-security`],
  };
  const lines = targets
    .split('\n')
    .map(line => line.split('|'))
    .filter(([label, , component]) => pockets[label] && component === 'main')
    .flatMap(([label, address]) =>
      pockets[label].map(pocket => `deb ${address} ${pocket} main`),
    );
  return [...new Set(lines)];
}
