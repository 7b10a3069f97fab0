import type {
  AuditorService,
  AuditorServiceEventSeverityLevel,
} from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';

/**
 * Carries out a change and leaves in the audit log that it was asked for, and that it
 * succeeded or why it failed. Refusals are failures too.
 */
export async function audited<T>(
  auditor: AuditorService,
  event: {
    id: string;
    /** Absent where no request of the API asks. */
    request?: unknown;
    severity?: AuditorServiceEventSeverityLevel;
    meta?: JsonObject;
  },
  work: (done: JsonObject) => Promise<T>,
): Promise<T> {
  const audit = await auditor.createEvent({
    eventId: event.id,
    request: event.request as Request | undefined,
    severityLevel: event.severity ?? 'medium',
    meta: event.meta,
  });
  const done: JsonObject = {};
  try {
    const result = await work(done);
    await audit.success({ meta: done });
    return result;
  } catch (error) {
    await audit.fail({ error: error as Error });
    throw error;
  }
}
