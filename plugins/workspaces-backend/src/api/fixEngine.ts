import { ConflictError } from '@backstage/errors';
import {
  engineFixPermission,
  type EngineFix,
  type FixResult,
} from '@slipway/backstage-plugin-workspaces-common';
import { applyFix } from './applyFix';
import type { Asking } from './Asking';
import { audited } from './audit';
import type { ApiServices } from './services';

/** Lets an engine change what all its workspaces share, without a run that has failed of it. */
export async function fixEngine(
  services: ApiServices,
  asking: Asking,
  { engine: id, fix }: EngineFix,
): Promise<FixResult> {
  const event = {
    id: 'engine-fix',
    request: asking.request,
    severity: 'high' as const,
    meta: { engine: id, fix, ...asking.meta },
  };
  return audited(services.auditor, event, async done => {
    const caller = await asking.user();
    await services.authorizer.require(caller, engineFixPermission);
    const installed = services.engines
      .all()
      .find(({ engine }) => engine.id === id);
    const fixes = installed?.engine.fixes;
    if (!fixes || fixes.offered[fix]?.scope !== 'engine')
      throw new ConflictError(`fix: no engine "${id}" offers "${fix}"`);
    return applyFix(services, { fixes, fix, stage: 'deploy' }, done);
  });
}
