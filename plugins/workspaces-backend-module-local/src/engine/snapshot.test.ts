import { lastExitOf, replicaState } from './snapshot';

describe('replicaState', () => {
  const state = { ExitCode: 0, OOMKilled: false, Error: '' };
  it.each([
    ['starting', { Status: 'created' }],
    ['failed', { Status: 'created', Error: 'no such file or directory' }],
    ['running', { Status: 'running' }],
    ['restarting', { Status: 'restarting', ExitCode: 1 }],
    ['stopped', { Status: 'paused' }],
    ['stopped', { Status: 'exited' }],
    ['stopped', { Status: 'exited', ExitCode: 143 }],
    ['failed', { Status: 'exited', ExitCode: 1 }],
    ['failed', { Status: 'exited', ExitCode: 0, OOMKilled: true }],
    ['failed', { Status: 'dead' }],
    ['unknown', { Status: 'something new' }],
  ])('says %s of %j', (expected, given) => {
    expect(replicaState({ ...state, ...given })).toBe(expected);
  });
});

describe('lastExitOf', () => {
  const at = '2026-11-21T02:45:16Z';
  it.each([
    ['completed', { exitCode: 0, outOfMemory: false }],
    ['error', { exitCode: 2, outOfMemory: false }],
    ['killed', { exitCode: 137, outOfMemory: false }],
    ['killed', { exitCode: 143, outOfMemory: false }],
    ['out of memory', { exitCode: 137, outOfMemory: true }],
    ['unknown', { outOfMemory: false }],
  ])('says %s of %j', (reason, exit) => {
    expect(lastExitOf({ ...exit, at })).toMatchObject({ reason, at });
  });

  it('says nothing of what has never ended', () => {
    expect(lastExitOf(undefined)).toBeUndefined();
  });
});
