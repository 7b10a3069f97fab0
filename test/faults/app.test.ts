import { all, test } from '../support/faults';

test('an app that does not stay up', all, async ({ workspace }) => {
  await workspace.fails(await workspace.deployFault('crash'), {
    code: 'CRASH_LOOP',
    stage: 'deploy',
    first: /exit code 3/,
    fix: /^Read the last lines of its log/,
    fixedBy: 'user',
  });
});

test(
  'an app that takes more memory than it may',
  all,
  async ({ workspace }) => {
    await workspace.fails(await workspace.deployFault('memory'), {
      code: 'OOM_APP',
      stage: 'deploy',
      first: /OOMKilled/,
      fix: /larger "size"/,
      fixedBy: 'user',
    });
  },
);

test('a command that is not in the image', async ({ workspace }) => {
  const run = await workspace.deploy({ command: ['no-such-command'] });
  await workspace.fails(run, {
    code: 'COMMAND_NOT_FOUND',
    stage: 'deploy',
    first: /exec: "no-such-command": executable file not found in \$PATH/,
    fix: /^Correct the "command"/,
    fixedBy: 'user',
  });
});

test('an app that listens on another port', all, async ({ workspace }) => {
  await workspace.fails(await workspace.deployFault('port'), {
    code: 'PROBE_WRONG_PORT',
    stage: 'deploy',
    first: /^running/,
    fix: /^Set "port" of the app to 3000/,
    fixedBy: 'user',
  });
});

test('an app that listens for itself only', all, async ({ workspace }) => {
  await workspace.fails(await workspace.deployFault('loopback'), {
    code: 'APP_BINDS_LOOPBACK',
    stage: 'deploy',
    first: /^running/,
    fix: /0\.0\.0\.0/,
    fixedBy: 'user',
  });
});

test('a migration that fails', all, async ({ workspace }) => {
  const command = ['node', '-e', 'console.error("no table"); process.exit(3)'];
  await workspace.fails(await workspace.deploy({ migration: { command } }), {
    code: 'MIGRATION_FAILED',
    stage: 'migrate',
    first: /3/,
    fix: /retry from the stage migrate/,
    fixedBy: 'user',
  });
});
