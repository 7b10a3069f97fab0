import type {
  AppSpec,
  RunKind,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type { StageWork } from './stage';
import { build } from './stages/build';
import { dependencies } from './stages/dependencies';
import { deploy } from './stages/deploy';
import { destroy } from './stages/destroy';
import { expose } from './stages/expose';
import { fetch } from './stages/fetch';
import { migrate } from './stages/migrate';
import { provision } from './stages/provision';
import { verify } from './stages/verify';

/** One stage, as data, with the work that it does. */
export interface PipelineStage {
  name: StageName;
  /** Once for the workspace, or once for each app of the run. */
  scope: 'workspace' | 'app';
  /** What must have been got through before: of the same app, or of the workspace. */
  needs: StageName[];
  /** How long it may take, where the configuration says nothing else. */
  deadlineSeconds: (spec: AppSpec | undefined) => number;
  /**
   * Whether what it made outlives a failure of the run. A retry from a later stage builds
   * upon it if so, and does it again if not: what a failed run deployed is removed at its end.
   */
  lasting: boolean;
  work: StageWork;
}

const minutes = (count: number) => () => count * 60;

/** All stages, in the order in which pages show them. */
export const pipeline: readonly PipelineStage[] = [
  {
    name: 'provision',
    scope: 'workspace',
    needs: [],
    deadlineSeconds: minutes(5),
    lasting: true,
    work: provision,
  },
  {
    name: 'fetch',
    scope: 'app',
    needs: ['provision'],
    deadlineSeconds: minutes(10),
    lasting: true,
    work: fetch,
  },
  {
    name: 'build',
    scope: 'app',
    needs: ['fetch'],
    deadlineSeconds: minutes(30),
    lasting: true,
    work: build,
  },
  {
    name: 'dependencies',
    scope: 'workspace',
    needs: ['provision'],
    deadlineSeconds: minutes(10),
    lasting: true,
    work: dependencies,
  },
  {
    name: 'migrate',
    scope: 'app',
    needs: ['build', 'dependencies'],
    deadlineSeconds: spec => spec?.migration?.timeoutSeconds ?? 600,
    lasting: true,
    work: migrate,
  },
  {
    name: 'deploy',
    scope: 'app',
    needs: ['migrate'],
    deadlineSeconds: minutes(10),
    lasting: false,
    work: deploy,
  },
  {
    name: 'expose',
    scope: 'app',
    needs: ['deploy'],
    deadlineSeconds: minutes(1),
    lasting: false,
    work: expose,
  },
  {
    name: 'verify',
    scope: 'app',
    needs: ['expose'],
    deadlineSeconds: minutes(2),
    lasting: true,
    work: verify,
  },
  {
    name: 'destroy',
    scope: 'workspace',
    needs: [],
    deadlineSeconds: minutes(10),
    lasting: true,
    work: destroy,
  },
];

const stagesOfKind: Record<RunKind, readonly StageName[]> = {
  deploy: pipeline.map(stage => stage.name).filter(name => name !== 'destroy'),
  rollback: ['deploy', 'expose', 'verify'],
  restart: ['deploy', 'expose', 'verify'],
  scale: ['deploy', 'expose', 'verify'],
  password: ['dependencies', 'deploy', 'expose', 'verify'],
  delete: ['destroy'],
};

/** The stages of a run of that kind. One that waits for a stage which is left out waits for what that would wait for. */
export function pipelineOf(kind: RunKind): PipelineStage[] {
  const names = stagesOfKind[kind];
  const needsAmong = (needs: readonly StageName[]): StageName[] => [
    ...new Set(
      needs.flatMap(need =>
        names.includes(need)
          ? [need]
          : needsAmong(pipeline.find(({ name }) => name === need)?.needs ?? []),
      ),
    ),
  ];
  return pipeline
    .filter(stage => names.includes(stage.name))
    .map(stage => ({ ...stage, needs: needsAmong(stage.needs) }));
}
