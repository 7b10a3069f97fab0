// The Node that builds and runs the portal.
import { dirname, join } from 'node:path';
import { npmPackage } from './npmPackage.mjs';
import { Problem } from '../terminal.mjs';

export const nodeVersion = '22.23.3';

const builds = {
  'linux-x64':
    'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  'linux-arm64':
    'l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
};

/** Backstage runs on Node 22 and 24; our libraries need 22.19 or newer. */
export function isSuitable(version) {
  const [major, minor] = version.split('.').map(Number);
  return (major === 22 && minor >= 19) || major === 24;
}

/** The package of the npm registry that holds the pinned Node for a machine. */
export function nodePackage(platform, architecture) {
  const target = `${platform}-${architecture}`;
  return builds[target] === undefined
    ? undefined
    : {
        name: `node-${target}`,
        version: nodeVersion,
        sha512: builds[target],
      };
}

/** Returns the folder of a suitable `node` program. */
export async function findNode(update) {
  if (isSuitable(process.versions.node)) {
    update(`Node ${process.versions.node}`);
    return dirname(process.execPath);
  }
  const wanted = nodePackage(process.platform, process.arch);
  if (!wanted) {
    throw new Problem(
      `Slipway needs Node 22 (22.19 or newer) or 24; this is Node ${process.versions.node}.`,
      {
        fix: `Install Node 22: for ${process.platform} on ${process.arch} no build is pinned here.`,
      },
    );
  }
  const folder = await npmPackage(wanted, update);
  update(`Node ${nodeVersion}`);
  return join(folder, 'bin');
}
