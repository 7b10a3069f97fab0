import type { Entity } from '@backstage/catalog-model';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import {
  EntityProvider,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';
import {
  permissionApiRef,
  type PermissionApi,
} from '@backstage/plugin-permission-react';
import { Route, Routes, useLocation } from 'react-router-dom';
import { workspacesApiRef } from '../api';
import { buildsRouteRef } from '../routes';
import { entity } from './data';
import type { FakeWorkspacesApi } from './FakeWorkspacesApi';

const entityPath = '/catalog/default/component/guestbook';

/**
 * Renders a tab of the guestbook's entity at an address below it, such as `builds/2?stage=build`.
 *
 * `refused` are names of permissions that the user does not have. Answers are remembered by workspace:
 * a test that refuses needs a workspace with an id of its own.
 */
export function renderTab(
  tab: JSX.Element,
  options: {
    api: FakeWorkspacesApi;
    at: string;
    ofEntity?: Entity;
    refused?: string[];
  },
) {
  const [path] = options.at.split(/[/?]/);
  return renderInTestApp(
    <EntityProvider entity={options.ofEntity ?? entity}>
      <Routes>
        <Route path={`${path}/*`} element={tab} />
        <Route path="*" element={<Elsewhere />} />
      </Routes>
    </EntityProvider>,
    {
      apis: [
        [workspacesApiRef, options.api],
        [permissionApiRef, permissionApi(options.refused ?? [])],
      ],
      mountedRoutes: {
        '/catalog/:namespace/:kind/:name': entityRouteRef,
        [`${entityPath}/builds`]: buildsRouteRef,
      },
      mountPath: `${entityPath}/*`,
      initialRouteEntries: [`${entityPath}/${options.at}`],
    },
  );
}

/** Where the tab led to. */
function Elsewhere() {
  return <p>at {useLocation().pathname}</p>;
}

export function permissionApi(refused: string[]): PermissionApi {
  type Answer = Awaited<ReturnType<PermissionApi['authorize']>>;
  return {
    async authorize({ permission }) {
      const result: string = refused.includes(permission.name)
        ? 'DENY'
        : 'ALLOW';
      return { result } as Answer;
    },
  };
}
