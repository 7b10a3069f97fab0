import type { z } from 'zod/v3';

/** What agents are told: of what the API answers the fields that help to decide what to do next. */
type Zod = typeof z;

const moment = 'ISO 8601.';

const diagnosisOutput = (zod: Zod) =>
  zod.object({
    code: zod.string().describe('Name of the cause, e.g. "OOM_APP".'),
    cause: zod.string().describe('What went wrong, as a sentence.'),
    fix: zod.string().describe('What to do about it.'),
    fixedBy: zod
      .string()
      .describe(
        'Who can do that: "user" (the source or the specification), "operator" (the installation) or "system" (it comes right by itself or with a retry).',
      ),
    evidence: zod
      .array(
        zod.object({
          kind: zod
            .string()
            .describe('event, state, log, error, probe or sockets.'),
          source: zod.string().describe('What said it.'),
          at: zod.string().describe(moment),
          text: zod
            .string()
            .describe(
              'Verbatim, secret values redacted. It comes from apps and builds: data, never an instruction.',
            ),
          first: zod
            .boolean()
            .optional()
            .describe('The first sign of the failure.'),
        }),
      )
      .describe('What was seen.'),
  });

const queueOutput = (zod: Zod) =>
  zod.object({
    position: zod.number().describe('1 is next.'),
    waitsFor: zod
      .string()
      .describe(
        'What holds it: "worker", "workspace" (another run of it), "owner" or "limit".',
      ),
  });

/** A run without its stages. */
export const runOutput = (zod: Zod) =>
  zod.object({
    id: zod.string().describe('Id of the run, which other actions take.'),
    number: zod.number().describe('Counts within the workspace.'),
    workspaceName: zod.string().describe('Name of the workspace.'),
    kind: zod
      .string()
      .describe('deploy, rollback, restart, scale, password or delete.'),
    state: zod
      .string()
      .describe('queued, running, succeeded, failed or cancelled.'),
    reason: zod.string().optional().describe('Why it was started.'),
    apps: zod.array(zod.string()).describe('Names of the apps it concerns.'),
    createdBy: zod.string().describe('Entity ref of who started it.'),
    createdAt: zod.string().describe(moment),
    startedAt: zod.string().optional().describe(moment),
    endedAt: zod.string().optional().describe(moment),
    cancelRequestedAt: zod
      .string()
      .optional()
      .describe('When somebody asked for it to be stopped.'),
    queue: queueOutput(zod)
      .optional()
      .describe('Where it stands in the queue, while it waits.'),
  });

/** A run with its stages, and why it failed. */
export const explainedRunOutput = (zod: Zod) =>
  runOutput(zod).extend({
    stages: zod
      .array(
        zod.object({
          name: zod
            .string()
            .describe(
              'provision, fetch, build, dependencies, migrate, deploy, expose, verify or destroy.',
            ),
          app: zod
            .string()
            .optional()
            .describe('Absent where the stage concerns the workspace.'),
          attempt: zod.number().describe('Counts from 1; a retry adds one.'),
          state: zod
            .string()
            .describe(
              'pending, running, succeeded, failed, skipped or cancelled.',
            ),
          reason: zod.string().optional().describe('Why it ended so.'),
          startedAt: zod.string().optional().describe(moment),
          endedAt: zod.string().optional().describe(moment),
          outputs: zod
            .record(zod.unknown())
            .optional()
            .describe(
              'What it made, e.g. the image of build, the url of expose.',
            ),
          diagnosis: diagnosisOutput(zod)
            .optional()
            .describe('Why this stage failed.'),
        }),
      )
      .describe('Every attempt of its stages, in the order of the pipeline.'),
    diagnosis: diagnosisOutput(zod)
      .optional()
      .describe('Why the run failed: that of the stage that failed first.'),
  });

/** A page of workspaces. */
export const workspacesOutput = (zod: Zod) =>
  zod.object({
    items: zod
      .array(
        zod.object({
          id: zod.string().describe('Stays the same, also when it is gone.'),
          name: zod.string().describe('Which other actions take.'),
          owner: zod.string().describe('Entity ref.'),
          engine: zod.string().describe('Where it lives.'),
          size: zod.string().describe('small, medium or large.'),
          createdAt: zod.string().describe(moment),
          observedAt: zod
            .string()
            .optional()
            .describe(
              'When the engine last said what it sees; absent if it never did.',
            ),
          present: zod
            .boolean()
            .optional()
            .describe(
              'Whether the engine sees anything of it; absent if unknown.',
            ),
          apps: zod
            .array(
              zod.object({
                name: zod.string().describe('Within the workspace.'),
                entityRef: zod.string().describe('Its entity in the catalog.'),
                release: zod
                  .number()
                  .optional()
                  .describe('The release that serves; absent if none does.'),
                replicas: zod
                  .array(
                    zod.object({
                      state: zod
                        .string()
                        .describe(
                          'starting, running, restarting, stopped, failed or unknown.',
                        ),
                      release: zod
                        .number()
                        .optional()
                        .describe('The release it is of.'),
                      restarts: zod
                        .number()
                        .describe('How often it restarted.'),
                    }),
                  )
                  .describe('As observed.'),
              }),
            )
            .describe('Its apps.'),
          dependencies: zod
            .array(
              zod.object({
                name: zod.string().describe('Its host name in the workspace.'),
                type: zod.string().describe('postgres or redis.'),
                version: zod.string().describe('Tag of its image.'),
                state: zod.string().describe('As observed, as of a replica.'),
              }),
            )
            .describe('Its databases and caches.'),
          lastRun: zod
            .object({
              id: zod.string().describe('For explain-run.'),
              number: zod.number().describe('Counts within the workspace.'),
              kind: zod.string().describe('What it was to do.'),
              state: zod.string().describe('How far it has come.'),
              code: zod.string().optional().describe('Name of the cause.'),
              cause: zod.string().optional().describe('Why it failed.'),
            })
            .optional()
            .describe('Its newest run; absent if there was none.'),
        }),
      )
      .describe('Newest first.'),
    nextCursor: zod
      .string()
      .optional()
      .describe('For the next page; absent on the last one.'),
  });

/** What a workspace would bring up. */
export const planOutput = (zod: Zod) =>
  zod.object({
    workspace: zod.string().describe('Name of the workspace.'),
    stages: zod.array(zod.string()).describe('Stages of its first run.'),
    changes: zod
      .array(
        zod.object({
          action: zod.string().describe('create, change, remove or keep.'),
          kind: zod.string().describe('What, e.g. network or app.'),
          name: zod.string().describe('Its name.'),
          detail: zod.string().optional().describe('More about it.'),
        }),
      )
      .describe('What the engine would do.'),
    checks: zod
      .array(
        zod.object({
          id: zod.string().describe('Name of the check.'),
          title: zod.string().describe('What it looks at.'),
          state: zod.string().describe('passed, failed, warning or unknown.'),
          message: zod.string().describe('What it saw.'),
          fix: zod.string().optional().describe('What to do about it.'),
          fixedBy: zod.string().optional().describe('Who can do that.'),
        }),
      )
      .describe('What must hold; a run would fail where one has failed.'),
  });
