import { parseEntityRef } from '@backstage/catalog-model';
import type {
  Endpoint,
  Workspace,
  WorkspaceSearchDocument,
} from '@slipway/backstage-plugin-workspaces-common';

/** What is found of a workspace: its names and its owner. */
export function workspaceDocument(
  workspace: Workspace,
): WorkspaceSearchDocument {
  const { id, name, owner, apps } = workspace;
  const names = apps.map(app => app.name).join(', ');
  return {
    kind: 'workspace',
    id,
    title: name,
    text: `Workspace ${name} of ${owner}${names && ` with ${names}`}`,
    location:
      apps.length > 0
        ? tab(apps[0].entityRef, 'workspace')
        : `/workspaces?text=${encodeURIComponent(name)}`,
    workspace: name,
    owner,
    authorization: { resourceRef: id },
  };
}

/** What is found of an endpoint: its names, its owner and its address. */
export function endpointDocument(endpoint: Endpoint): WorkspaceSearchDocument {
  const { id, app, workspaceName, owner, url } = endpoint;
  return {
    kind: 'endpoint',
    id,
    title: `${app} (${workspaceName})`,
    text: `Endpoint of ${app} in ${workspaceName} of ${owner}${
      url ? ` at ${url}` : ''
    }`,
    location: tab(endpoint.entityRef, 'endpoints'),
    workspace: workspaceName,
    owner,
    address: url,
    authorization: { resourceRef: endpoint.workspace },
  };
}

function tab(entityRef: string, path: 'workspace' | 'endpoints'): string {
  const { kind, namespace, name } = parseEntityRef(entityRef);
  const entity = [namespace, kind, name].map(encodeURIComponent).join('/');
  return `/catalog/${entity}/${path}`;
}
