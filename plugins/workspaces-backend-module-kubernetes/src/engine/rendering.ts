import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredApp,
  EngineContext,
  EngineJob,
} from '@slipway/backstage-plugin-workspaces-node';
import type { V1PodSpec } from '@kubernetes/client-node';
import { ClusterObject, kinds } from '../client';
import { noted } from '../drift/applied';
import {
  CONTAINER,
  Names,
  PLACE,
  SERVES,
  environmentName,
  hashOf,
  jobName,
  releaseName,
  runLabel,
  selectors,
} from './names';
import {
  SecretText,
  encoded,
  environmentSource,
  fileMounts,
  fileVolumes,
  nextTo,
  resourcesOf,
  runnableOn,
  secretData,
  volumeSources,
} from './podParts';
import { SUPERUSER, containerSecurity, podSecurity } from './security';
import type { Users } from './users';

/** In seconds: how long a process has to end before it is killed. */
export const GRACE_SECONDS = 30;
/** In seconds: how long an app still answers when it is to go. */
const LEAVING_SECONDS = 2;
/** In seconds: who cancels a job does not wait for it. The shortest with which the kubelet still confirms the end. */
const JOB_GRACE_SECONDS = 1;
/** In seconds: how long an ended job can be asked for again. */
const JOB_KEPT = 24 * 60 * 60;

/** A release of an app as it is to be. */
export interface RenderedApp {
  /** Changes whenever its pods have to be replaced. */
  hash: string;
  environment: ClusterObject;
  deployment: ClusterObject;
}

/** Stands for a secret where its value is not needed: another text for each other value. */
export function versionText({ secrets }: EngineContext): SecretText {
  return async reference =>
    JSON.stringify([
      reference.id,
      reference.template ?? '',
      await secrets.version(reference),
    ]);
}

/** Turns the desired state into objects. */
export class Renderer {
  readonly #names: Names;
  readonly #users: Users;
  readonly #progressDeadline: number;

  /** @param options.progressDeadline - In seconds: after as long without one more replica the cluster gives up an app. */
  constructor(options: {
    names: Names;
    users: Users;
    progressDeadline: number;
  }) {
    this.#names = options.names;
    this.#users = options.users;
    this.#progressDeadline = options.progressDeadline;
  }

  /**
   * A release of an app.
   *
   * @param options.text - What stands for a secret: its value, or its version where nothing is to be made.
   * @param options.root - Apps that run as the superuser.
   */
  async app(
    workspace: string,
    app: DesiredApp,
    replicas: number,
    context: EngineContext,
    { text, root }: { text: SecretText; root: string[] },
  ): Promise<RenderedApp> {
    const name = releaseName(app.name, app.release);
    const user = root.includes(app.name)
      ? SUPERUSER
      : await this.#users.of(app.image, context.signal);
    const spec = this.#appPod(app, name, user);
    const versions = await secretData(app, versionText(context));
    const hash = hashOf([spec, versions]);
    const own = this.#names.app(workspace, app.name, app.release);
    const metadata = {
      namespace: workspace,
      labels: {
        ...own,
        [labels.run]: runLabel(context.key.run),
        [labels.specification]: hash,
      },
    };
    return {
      hash,
      environment: {
        ...kinds.Secret,
        metadata: { ...metadata, name: environmentName(name) },
        data: encoded(await secretData(app, text)),
      },
      deployment: noted({
        ...kinds.Deployment,
        metadata: { ...metadata, name },
        spec: {
          replicas,
          revisionHistoryLimit: 0, // a rollback is another release
          progressDeadlineSeconds: this.#progressDeadline,
          strategy: {
            type: 'RollingUpdate',
            rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
          },
          selector: { matchLabels: selectors.release(app.name, app.release) },
          template: {
            metadata: {
              labels: {
                ...own,
                [labels.specification]: hash,
                [SERVES]: 'yes',
              },
            },
            spec,
          },
        },
      }),
    };
  }

  /** The name by which others find an app: it leads to one of its releases. */
  service(workspace: string, app: string, port: number, release: number) {
    return noted({
      ...kinds.Service,
      metadata: {
        name: app,
        namespace: workspace,
        labels: { ...this.#names.workspace(workspace), [labels.app]: app },
      },
      spec: {
        type: 'ClusterIP',
        selector: selectors.release(app, release),
        ports: [{ name: CONTAINER, port, targetPort: CONTAINER }],
      },
    } satisfies ClusterObject);
  }

  /** A job with its environment; the job's pod is not started a second time. */
  async job(job: EngineJob, context: EngineContext) {
    const { workspace, app } = job;
    const name = jobName(context.key);
    const user = await this.#users.of(job.image, context.signal);
    const own = this.#names.job(workspace, app, context.key);
    const metadata = { namespace: workspace, labels: own };
    const values = await secretData(job, reference =>
      context.secrets.resolve(reference),
    );
    return {
      environment: {
        ...kinds.Secret,
        metadata: { ...metadata, name: environmentName(name) },
        data: encoded(values),
      } as ClusterObject,
      job: {
        ...kinds.Job,
        metadata: { ...metadata, name },
        spec: {
          backoffLimit: 0,
          ttlSecondsAfterFinished: JOB_KEPT,
          template: {
            metadata: { labels: own },
            spec: {
              ...this.pod(user),
              ...(job.platform ? { affinity: runnableOn(job.platform) } : {}),
              terminationGracePeriodSeconds: JOB_GRACE_SECONDS,
              restartPolicy: 'Never',
              containers: [
                {
                  name: CONTAINER,
                  image: job.image,
                  args: job.command,
                  ...environmentSource(job, environmentName(name)),
                  resources: resourcesOf(job.resources),
                  securityContext: containerSecurity(),
                  volumeMounts: fileMounts(job.files),
                },
              ],
              volumes: fileVolumes(job.files, environmentName(name)),
            },
          },
        },
      } as ClusterObject,
    };
  }

  /** What all pods have in common. */
  pod(user: number | undefined): Omit<V1PodSpec, 'containers'> {
    return {
      serviceAccountName: PLACE,
      automountServiceAccountToken: false,
      enableServiceLinks: false, // or other apps' addresses stand in the environment, under names like PORT
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: podSecurity(user),
    };
  }

  get names(): Names {
    return this.#names;
  }

  #appPod(app: DesiredApp, name: string, user: number | undefined): V1PodSpec {
    return {
      ...this.pod(user),
      containers: [
        {
          name: CONTAINER,
          image: app.image,
          ...(app.command ? { args: app.command } : {}),
          ...environmentSource(app, environmentName(name)),
          ports: [
            { name: CONTAINER, containerPort: app.port, protocol: 'TCP' },
          ],
          // Whether it answers below 500 the kubelet cannot ask: that is done from outside.
          readinessProbe: {
            tcpSocket: { port: CONTAINER },
            periodSeconds: 1,
            failureThreshold: 3,
          },
          // Whoever still has its address meanwhile learns that it goes.
          lifecycle: { preStop: { sleep: { seconds: LEAVING_SECONDS } } },
          resources: resourcesOf(app.resources),
          securityContext: containerSecurity(app),
          volumeMounts: [
            ...(app.readOnlyRoot ? [{ name: 'tmp', mountPath: '/tmp' }] : []),
            ...app.volumes.map(volume => ({
              name: `volume-${volume.name}`,
              mountPath: volume.mountPath,
            })),
            ...fileMounts(app.files),
          ],
        },
      ],
      volumes: [
        ...(app.readOnlyRoot ? [{ name: 'tmp', emptyDir: {} }] : []),
        ...volumeSources(app.name, app.volumes),
        ...fileVolumes(app.files, environmentName(name)),
      ],
      ...(app.volumes.length > 0 || app.platform
        ? {
            affinity: {
              ...(app.volumes.length > 0 ? nextTo(app.name) : {}),
              ...runnableOn(app.platform),
            },
          }
        : {}),
    };
  }
}
