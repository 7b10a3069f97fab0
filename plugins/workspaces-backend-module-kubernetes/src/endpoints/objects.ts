import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { ClusterObject, kinds } from '../client';
import { noted } from '../drift/applied';
import {
  CONTAINER,
  Names,
  SERVES,
  publicName,
  selectors,
} from '../engine/names';
import { NamedEndpoints, hostOf } from './settings';

/** Of the Service, not of the app: it stays the same, and with it the port of the nodes. */
const SERVICE_PORT = 80;

/** An app that is reached from outside. */
export interface PublicApp {
  workspace: string;
  app: string;
}

function metadataOf(names: Names, { workspace, app }: PublicApp) {
  return {
    name: publicName(app),
    namespace: workspace,
    labels: { ...names.workspace(workspace), [labels.app]: app },
  };
}

/**
 * Opens the port of an app to people, be they behind an ingress controller. Pods of other workspaces
 * may count as addresses here: it is their own egress that keeps them away.
 */
export function renderAdmission(names: Names, target: PublicApp) {
  return noted({
    ...kinds.NetworkPolicy,
    metadata: metadataOf(names, target),
    spec: {
      podSelector: {
        matchLabels: { [labels.app]: target.app },
        matchExpressions: [{ key: labels.release, operator: 'Exists' }], // not its jobs
      },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            { ipBlock: { cidr: '0.0.0.0/0' } },
            {
              namespaceSelector: {
                matchExpressions: [
                  { key: labels.workspace, operator: 'DoesNotExist' },
                ],
              },
            },
          ],
          ports: [{ protocol: 'TCP', port: CONTAINER }],
        },
      ],
    },
  } satisfies ClusterObject);
}

/** Leads requests from outside to a release: apart from the Service of the app's name, as both switch at other moments. */
export function renderPublicService(
  names: Names,
  target: PublicApp,
  release: number,
  port: { onNodes: boolean; nodePort?: number },
) {
  const { onNodes, nodePort } = port;
  return noted({
    ...kinds.Service,
    metadata: metadataOf(names, target),
    spec: {
      type: onNodes ? 'NodePort' : 'ClusterIP',
      selector: { ...selectors.release(target.app, release), [SERVES]: 'yes' },
      ports: [
        {
          name: CONTAINER,
          port: SERVICE_PORT,
          targetPort: CONTAINER,
          protocol: 'TCP',
          ...(onNodes && nodePort ? { nodePort } : {}),
        },
      ],
    },
  } satisfies ClusterObject);
}

/** What leads a host name to the app. */
export function renderRoute(
  names: Names,
  target: PublicApp,
  settings: NamedEndpoints,
): ClusterObject {
  const metadata = metadataOf(names, target);
  const host = hostOf(settings, target.workspace, target.app);
  if (settings.type === 'httpRoute') {
    return noted({
      ...kinds.HTTPRoute,
      metadata,
      spec: {
        parentRefs: [settings.gateway],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: metadata.name, port: SERVICE_PORT }] }],
      },
    });
  }
  const { ingressClassName, tls, tlsSecret: secretName } = settings;
  return noted({
    ...kinds.Ingress,
    metadata,
    spec: {
      ...(ingressClassName ? { ingressClassName } : {}),
      ...(tls
        ? { tls: [{ hosts: [host], ...(secretName ? { secretName } : {}) }] }
        : {}),
      rules: [
        {
          host,
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: {
                  service: {
                    name: metadata.name,
                    port: { number: SERVICE_PORT },
                  },
                },
              },
            ],
          },
        },
      ],
    },
  });
}
