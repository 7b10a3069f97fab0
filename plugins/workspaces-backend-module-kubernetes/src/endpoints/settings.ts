import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { ResourceKind, kinds } from '../client';

/** How apps get addresses that people reach, from the configuration. */
export type EndpointSettings = NodePortEndpoints | NamedEndpoints;

interface NodePortEndpoints {
  type: 'nodePort';
  /** Host in the addresses; without it a node's own address. */
  nodeAddress?: string;
}

/** Each app has a host name, which a controller of the cluster leads to it. */
export type NamedEndpoints = HostNames &
  (
    | {
        type: 'ingress';
        /** Default: the cluster's default class */
        ingressClassName?: string;
        /** Name of the Secret with the certificate in the workspace's namespace; without it the controller's own. */
        tlsSecret?: string;
      }
    | {
        type: 'httpRoute';
        /** The Gateway that is to take the routes. */
        gateway: { namespace: string; name: string; sectionName?: string };
      }
  );

interface HostNames {
  /** Host name of an app, with `{app}` and `{workspace}` in it. */
  host: string;
  /** Whether the addresses begin with https. */
  tls: boolean;
}

/** Kind of the objects that lead host names to apps, where there are such. */
export function routeKind({
  type,
}: EndpointSettings): ResourceKind | undefined {
  if (type === 'nodePort') return undefined;
  return type === 'ingress' ? kinds.Ingress : kinds.HTTPRoute;
}

const TYPES = ['nodePort', 'ingress', 'httpRoute'] as const;
const KEY = 'workspaces.kubernetes.endpoints';
const LONGEST_LABEL = 63;
const HOST_NAME =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Reads `workspaces.kubernetes.endpoints`. */
export function readEndpointSettings(
  config: Config | undefined,
): EndpointSettings {
  if (!config) return { type: 'nodePort' };
  const type = config.getOptionalString('type') ?? 'nodePort';
  switch (type) {
    case 'nodePort':
      return { type, nodeAddress: config.getOptionalString('nodeAddress') };
    case 'ingress': {
      const tlsSecret = config.getOptionalString('tlsSecret');
      return {
        type,
        ...readNames(config, tlsSecret !== undefined),
        ingressClassName: config.getOptionalString('ingressClassName'),
        tlsSecret,
      };
    }
    case 'httpRoute':
      return {
        type,
        ...readNames(config, false),
        gateway: {
          namespace: config.getString('gateway.namespace'),
          name: config.getString('gateway.name'),
          sectionName: config.getOptionalString('gateway.sectionName'),
        },
      };
    default:
      throw new InputError(
        `${KEY}.type: "${type}" is none of ${TYPES.join(', ')}`,
      );
  }
}

function readNames(config: Config, tls: boolean): HostNames {
  const host = config.getString('host');
  const example = host
    .replaceAll('{app}', 'a')
    .replaceAll('{workspace}', 'ws-a');
  if (
    !host.includes('{app}') ||
    !host.includes('{workspace}') ||
    !HOST_NAME.test(example)
  ) {
    throw new InputError(
      `${KEY}.host: "${host}" must be a host name with {app} and {workspace} in it, for example "{app}.{workspace}.apps.example.com"`,
    );
  }
  return { host, tls: config.getOptionalBoolean('tls') ?? tls };
}

/** The host name of an app. */
export function hostOf(
  { host }: HostNames,
  workspace: string,
  app: string,
): string {
  const name = host
    .replaceAll('{app}', app)
    .replaceAll('{workspace}', workspace);
  const long = name.split('.').find(label => label.length > LONGEST_LABEL);
  if (long === undefined) return name;
  throw new InputError(
    `${KEY}.host: the host name ${name} has the part "${long}" of ${long.length} characters, and ${LONGEST_LABEL} are allowed; choose shorter names, or put {app} and {workspace} into different parts`,
  );
}
