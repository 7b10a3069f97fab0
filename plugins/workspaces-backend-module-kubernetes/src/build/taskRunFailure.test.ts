import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { ClusterError } from '../client';
import { BuildLog } from './BuildLog';
import { BUILDING, strategies } from './strategies';
import { hasEnded, TASK_RUN, TaskRun } from './taskRun';
import {
  refusedTaskRun,
  taskRunFailure,
  withoutDigest,
} from './taskRunFailure';

/** How TaskRuns of Tekton 1.15 have ended. */
const recorded: Record<
  string,
  { status: TaskRun['status']; conditionHistory: string[]; logs: string }
> = JSON.parse(
  readFileSync(join(__dirname, '__fixtures__', 'taskRuns.json'), 'utf8'),
);

function runOf(name: string): TaskRun {
  return { ...TASK_RUN, metadata: { name }, status: recorded[name].status };
}

function failureOf(name: string, signs: ReturnType<typeof evidenceOf>[] = []) {
  const log = new BuildLog(strategies.buildkit);
  return taskRunFailure(runOf(name), { log, signs });
}

it.each([
  [
    'oom',
    /^StepOOM: "step-main" exited with code 255: OOMKilled$/,
    { reason: 'StepOOM', exitCode: 255, outOfMemory: true },
  ],
  [
    'cancel',
    /^TaskRunCancelled: TaskRun "\S+" was cancelled/,
    { reason: 'TaskRunCancelled' },
  ],
  [
    'timeout',
    /^TaskRunTimeout: TaskRun "\S+" failed to finish within "4s"/,
    { reason: 'TaskRunTimeout' },
  ],
  [
    'serviceAccountMissing',
    /^PodCreationFailed: .*serviceaccounts "no-such-sa" not found/,
    { reason: 'PodCreationFailed' },
  ],
  [
    'psaRestricted',
    /^PodAdmissionFailed: .*violates PodSecurity "restricted:latest"/,
    { reason: 'PodAdmissionFailed' },
  ],
  [
    'fail',
    /^StepFailed: "step-main" exited with code 3/,
    { reason: 'StepFailed', exitCode: 3 },
  ],
])('says how a TaskRun ended by %s', (name, text, facts) => {
  const failure = failureOf(name);
  expect(failure.evidence[0]).toMatchObject({
    kind: 'state',
    first: true,
    text: expect.stringMatching(text),
    facts,
  });
});

it.each([
  ...['Failed', 'TaskRunImagePullFailed', 'CreateContainerConfigError'],
  ...['TaskRunResultLargerThanAllowedLimit', 'TaskRunStopSidecarFailed'],
  ...['InvalidParamValue', 'TaskRunResolutionFailed', 'PodEvicted'],
  ...['TaskRunValidationFailed', 'TaskValidationFailed', 'SidecarFailed'],
  ...['ResourceVerificationFailed', 'InitContainerFailed', 'OfAnotherVersion'],
  ...['SidecarOOM', 'InitContainerOOM'],
])('says %s in the words of Tekton, whatever it knows of it', reason => {
  const run = (status: 'Unknown' | 'False'): TaskRun => ({
    ...TASK_RUN,
    metadata: { name: 'web' },
    status: {
      conditions: [{ type: 'Succeeded', status, reason, message: 'said so' }],
    },
  });
  expect([hasEnded(run('Unknown')), hasEnded(run('False'))]).toEqual([
    false,
    true,
  ]);
  const failed = taskRunFailure(run('False'), {
    log: new BuildLog(strategies.buildkit),
    signs: [],
  });
  expect(failed.evidence[0]).toMatchObject({
    kind: 'state',
    text: `${reason}: said so`,
    facts: {
      reason,
      ...(reason.endsWith('OOM') && { outOfMemory: true }),
    },
  });
});

it('names the first sign first: what was seen while Tekton still waited', () => {
  const [, , , seen] = recorded.imageNotFound.conditionHistory;
  const sign = evidenceOf('state', 'run', seen.replace('Unknown ', ''));
  const { evidence } = failureOf('imageNotFound', [sign]);
  expect(evidence[0]).toMatchObject({
    first: true,
    text: expect.stringMatching(/^PullImageFailed: .*nope:1: not found"$/),
  });
  expect(evidence[1].text).toMatch(/^TaskRunImagePullFailed: /);
  expect(evidence[1].first).toBeUndefined();
});

it('lets the mount that failed stand before the timeout that came of it', () => {
  const sign = evidenceOf(
    'event',
    'pod',
    'FailedMount: MountVolume.SetUp failed for volume "ws-d33ce" : secret "no-such-secret" not found',
  );
  const { evidence } = failureOf('secretMissing', [sign]);
  expect(evidence.map(({ kind }) => kind)).toEqual(['event', 'state']);
  expect(evidence[1].text).toContain('TaskRunTimeout');
});

it('lets BuildKit speak first where it has said why, but not of memory', () => {
  const log = new BuildLog(strategies.buildkit);
  const lines = [
    BUILDING,
    '#1 [1/1] RUN false',
    '#1 ERROR: exit code: 1',
    'error: failed to solve: exit code: 1',
  ];
  for (const text of lines) Array.from(log.accept({ at: new Date(0), text }));
  const seen = { log, signs: [] };
  expect(taskRunFailure(runOf('fail'), seen).evidence[0].text).toBe(
    'failed to solve: exit code: 1',
  );
  expect(taskRunFailure(runOf('oom'), seen).evidence[0].text).toContain(
    'OOMKilled',
  );
});

it('does not take a TaskRun that succeeded for an image', () => {
  const failure = withoutDigest(
    runOf('resultMissing'),
    new BuildLog(strategies.buildkit),
  );
  expect(failure.evidence[0].text).toBe(
    'Succeeded: All Steps have completed executing; no result IMAGE_DIGEST',
  );
});

describe('a TaskRun that cannot be made', () => {
  it('where there is no Tekton, says so', () => {
    const text = 'the server could not find the requested resource';
    const error = refusedTaskRun(new ClusterError(text, { status: 404 }));
    expect((error as EngineError).evidence[0]).toMatchObject({
      text: `tekton.dev/v1: ${text}`,
      facts: { missing: 'tekton.dev/v1' },
    });
  });

  it('is refused in the words of the webhook', () => {
    const text =
      'admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: validation failed: invalid value: -5s should be >= 0: spec.timeout';
    const error = refusedTaskRun(new ClusterError(text, { status: 400 }));
    expect((error as EngineError).evidence[0].text).toBe(text);
  });
});
