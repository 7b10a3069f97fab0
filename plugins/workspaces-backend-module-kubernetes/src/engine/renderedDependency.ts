import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredDependency,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, kinds } from '../client';
import { noted } from '../drift/applied';
import { dependencyKinds, SECRET_DIRECTORY } from './dependencyKinds';
import { CONTAINER, credentialsName, hashOf, selectors } from './names';
import { SecretText, encoded, resourcesOf, volumeSources } from './podParts';
import { Renderer, versionText } from './rendering';
import { containerSecurity } from './security';

/** In seconds. Longer than a database needs to write down what it holds in memory. */
const GRACE_SECONDS = 60;
/** Logins are tried each second at the start, then each ten. */
const FIRST_LOGINS = { periodSeconds: 1, failureThreshold: 600 };
const LATER_LOGINS = { periodSeconds: 10, failureThreshold: 3 };
const LOGIN_TIMEOUT_SECONDS = 5;

/** A dependency as it is to be. */
export interface RenderedDependency {
  hash: string;
  credentials: ClusterObject;
  service: ClusterObject;
  statefulSet: ClusterObject;
}

/**
 * All of a dependency.
 *
 * @param text - What stands for a secret: its value, or its version where nothing is to be made.
 */
export async function renderDependency(
  renderer: Renderer,
  workspace: string,
  dependency: DesiredDependency,
  context: EngineContext,
  text: SecretText,
): Promise<RenderedDependency> {
  const { name, port } = dependency;
  const own = renderer.names.dependency(workspace, name);
  const spec = podOf(renderer, dependency);
  const version = await versionText(context)(dependency.password);
  const hash = hashOf([spec, version]);
  const metadata = {
    namespace: workspace,
    labels: { ...own, [labels.specification]: hash },
  };
  const kind = dependencyKinds[dependency.type];
  return {
    hash,
    credentials: {
      ...kinds.Secret,
      metadata: { ...metadata, name: credentialsName(name) },
      data: encoded(kind.secret(dependency, await text(dependency.password))),
    },
    service: noted({
      ...kinds.Service,
      metadata: { ...metadata, name },
      spec: {
        type: 'ClusterIP',
        selector: selectors.dependency(name),
        ports: [{ name: CONTAINER, port, targetPort: CONTAINER }],
      },
    }),
    statefulSet: noted({
      ...kinds.StatefulSet,
      metadata: { ...metadata, name },
      spec: {
        replicas: 1,
        serviceName: name,
        revisionHistoryLimit: 0,
        // Otherwise a pod that never became ready is not replaced by a better one.
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: selectors.dependency(name) },
        template: {
          metadata: { labels: { ...own, [labels.specification]: hash } },
          spec,
        },
      },
    }),
  };
}

function podOf(renderer: Renderer, dependency: DesiredDependency) {
  const { name, type, image, port, volume, resources } = dependency;
  const kind = dependencyKinds[type];
  const login = (command: string[]) => ({
    exec: { command },
    timeoutSeconds: LOGIN_TIMEOUT_SECONDS,
  });
  return {
    ...renderer.pod(kind.user),
    terminationGracePeriodSeconds: GRACE_SECONDS,
    containers: [
      {
        name: CONTAINER,
        image,
        args: kind.command(dependency),
        env: kind.environment(dependency),
        ports: [{ name: CONTAINER, containerPort: port, protocol: 'TCP' }],
        startupProbe: { ...login(kind.firstLogin), ...FIRST_LOGINS },
        readinessProbe: { ...login(kind.login), ...LATER_LOGINS },
        resources: resourcesOf(resources),
        securityContext: containerSecurity(),
        volumeMounts: [
          { name: `volume-${volume.name}`, mountPath: volume.mountPath },
          { name: 'secret', mountPath: SECRET_DIRECTORY, readOnly: true },
        ],
      },
    ],
    volumes: [
      ...volumeSources(name, [volume]),
      { name: 'secret', secret: { secretName: credentialsName(name) } },
    ],
  };
}
