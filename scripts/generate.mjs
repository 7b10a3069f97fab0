// npm run generate [-- --reports]
// Makes the API router and client from the OpenAPI document. With --reports it
// then writes the API reports of all packages.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, logFile, run } from './command.mjs';
import { generatedFolders, writeRecords } from './generated.mjs';
import { main, readOptions } from './lifecycle.mjs';
import { repository } from './paths.mjs';
import { requirePackages } from './system/packages.mjs';
import { Problem, step } from './terminal.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

const corePackage = '@slipway/backstage-plugin-workspaces-backend';

async function requireJava() {
  await step('Java', async update => {
    if ((await capture('java', ['-version'])).code !== 0) {
      await requirePackages(
        ['default-jre-headless'],
        'generate code from the API document',
        update,
      );
    }
    update('Java');
  });
}

/** Copies the generated folders away; returns a function that brings them back. */
function keepGenerated() {
  const copy = mkdtempSync(join(tmpdir(), 'slipway-generated-'));
  generatedFolders.forEach(({ path }, index) => {
    if (existsSync(join(repository, path))) {
      cpSync(join(repository, path), join(copy, `${index}`), {
        recursive: true,
      });
    }
  });
  return {
    bringBack: () =>
      generatedFolders.forEach(({ path }, index) => {
        rmSync(join(repository, path), { recursive: true, force: true });
        if (existsSync(join(copy, `${index}`))) {
          cpSync(join(copy, `${index}`), join(repository, path), {
            recursive: true,
          });
        }
      }),
    forget: () => rmSync(copy, { recursive: true, force: true }),
  };
}

/**
 * Runs the generator. It deletes the old code first and ends with exit code 0
 * when it then fails, so its success is judged by what it has written.
 */
async function generate({ env, signal, onExit }) {
  const kept = keepGenerated();
  let complete = false;
  onExit(() => {
    if (!complete) {
      kept.bringBack();
    }
    kept.forget();
  });
  const log = logFile('generate');
  await step('API router and client', async () => {
    await run('yarn', ['workspace', corePackage, 'generate'], {
      cwd: repository,
      env,
      log,
      signal,
    });
    const lacks = generatedFolders.filter(
      ({ path, essential }) => !existsSync(join(repository, path, essential)),
    );
    if (
      lacks.length > 0 ||
      !readFileSync(log, 'utf8').includes('Generated server files')
    ) {
      throw new Problem('The generator wrote no complete code.', {
        log,
        fix: 'Mend what the log shows; the code of before is put back.',
      });
    }
    writeRecords();
    complete = true;
  });
}

async function writeReports({ env, signal }) {
  await step('API reports', async () => {
    const options = { cwd: repository, env, log: logFile('reports'), signal };
    await run('yarn', ['tsc'], options);
    await run('yarn', ['build:api-reports:only', 'plugins/*'], {
      ...options,
      append: true,
    });
  });
}

main(async ({ signal, onExit }) => {
  const options = readOptions(['--reports']);
  const env = await prepareToolchain({ signal });
  await requireJava();
  await generate({ env, signal, onExit });
  if (options.has('--reports')) {
    await writeReports({ env, signal });
  }
});
