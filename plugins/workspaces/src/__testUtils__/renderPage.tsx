import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import { useLocation } from 'react-router-dom';
import { workspacesApiRef } from '../api';
import { newWorkspaceRouteRef } from '../routes';
import type { FakeWorkspacesApi } from './FakeWorkspacesApi';
import { permissionApi } from './renderTab';

/** Renders a page of its own at an address, which is said below it. The user is in group:default/team-aurora. */
export function renderPage(
  page: JSX.Element,
  options: { api: FakeWorkspacesApi; at?: string; refused?: string[] },
) {
  return renderInTestApp(
    <>
      {page}
      <Here />
    </>,
    {
      apis: [
        [workspacesApiRef, options.api],
        [permissionApiRef, permissionApi(options.refused ?? [])],
        mockApis.identity({
          userEntityRef: 'user:default/guest',
          ownershipEntityRefs: [
            'user:default/guest',
            'group:default/team-aurora',
          ],
        }),
      ],
      mountedRoutes: {
        '/catalog/:namespace/:kind/:name': entityRouteRef,
        '/create': newWorkspaceRouteRef,
      },
      mountPath: '/*',
      initialRouteEntries: [`/${options.at ?? ''}`],
    },
  );
}

function Here() {
  const { pathname, search } = useLocation();
  return <p>{`at ${pathname}${decodeURIComponent(search)}`}</p>;
}
