import { NotFoundError } from '@backstage/errors';
import PromiseRouter from 'express-promise-router';
import type { Router } from 'express';
import { createOpenApiRouter } from '../schema/openapi';
import { addAppRoutes } from './apps';
import { addCheckRoutes } from './checks';
import { addEndpointRoutes } from './endpoints';
import { addOperateRoutes } from './operate';
import { addPlanRoutes } from './plan';
import { addReleaseRoutes } from './releases';
import { addRunLogRoutes } from './runLogs';
import { addRunRoutes } from './runs';
import { addSecretRoutes } from './secrets';
import type { ApiServices } from './services';
import { addSourceRoutes, addUploadRoute } from './sources';
import { addStreamRoute } from './stream';
import { requestValidation } from './validation';
import { addWorkspaceRoutes } from './workspaces';

/** All routes: those of the API document, and beside them the stream and the upload. */
export async function createRouter(services: ApiServices): Promise<Router> {
  const router = PromiseRouter();
  addStreamRoute(router, services);
  addUploadRoute(router, services);

  const documented = await createOpenApiRouter({
    middleware: requestValidation(),
    // What the validation of ours lets through needs no second look.
    validatorOptions: { validateRequests: false, validateSecurity: false },
  });
  addWorkspaceRoutes(documented, services);
  addAppRoutes(documented, services);
  addRunRoutes(documented, services);
  addRunLogRoutes(documented, services);
  addReleaseRoutes(documented, services);
  addOperateRoutes(documented, services);
  addEndpointRoutes(documented, services);
  addSourceRoutes(documented, services);
  addSecretRoutes(documented, services);
  addCheckRoutes(documented, services);
  addPlanRoutes(documented, services);
  router.use(documented);

  router.use(request => {
    throw new NotFoundError(
      `There is no ${request.method} ${request.path}; GET /openapi.json has all routes`,
    );
  });
  return router;
}
