import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runCommand } from './command';

const CREATE_APP = '0.9.2';
const repository = resolve(__dirname, '../..');

/** The versions that this repository holds back, because later ones are not complete in every registry. */
const pins = (
  JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
    resolutions: Record<string, string>;
  }
).resolutions;

/**
 * A new portal, as @backstage/create-app makes it, with nothing installed yet. Of the
 * repository it has the versions that are locked, so that little is to be resolved, and
 * the setting that packages run no scripts. `scope` is where packages of @slipway come from.
 */
export async function createStockPortal(
  folder: string,
  scope: string,
): Promise<string> {
  const portal = join(folder, 'portal');
  const tool = join(folder, 'create-app');
  mkdirSync(tool);
  writeJson(join(tool, 'package.json'), {
    name: 'tool',
    private: true,
    dependencies: { '@backstage/create-app': CREATE_APP },
    resolutions: pins,
  });
  writeFileSync(join(tool, 'yarn.lock'), '');
  writeFileSync(join(tool, '.yarnrc.yml'), settings(scope));
  await runCommand('yarn', ['install'], tool, {
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  });
  await runCommand(
    'yarn',
    ['backstage-create-app', '--skip-install', '--path', portal],
    tool,
    { BACKSTAGE_APP_NAME: 'stock' },
  );

  const manifest = JSON.parse(
    readFileSync(join(portal, 'package.json'), 'utf8'),
  );
  writeJson(join(portal, 'package.json'), {
    ...manifest,
    resolutions: { ...manifest.resolutions, ...pins },
  });
  cpSync(join(repository, 'yarn.lock'), join(portal, 'yarn.lock'));
  writeFileSync(join(portal, '.yarnrc.yml'), settings(scope));
  return portal;
}

function settings(scope: string): string {
  return JSON.stringify({
    nodeLinker: 'node-modules',
    nmMode: 'hardlinks-global',
    enableScripts: false,
    enableTelemetry: false,
    npmScopes: { slipway: { npmRegistryServer: scope } },
    unsafeHttpWhitelist: ['127.0.0.1'],
  });
}

function writeJson(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content, undefined, 2));
}
