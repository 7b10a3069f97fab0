import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type Docker from 'dockerode';
import { stateEvidence } from './evidence';

function evidenceWith(name: string, found: Record<string, string>) {
  return stateEvidence(name, {
    State: {
      Status: 'exited',
      Running: false,
      ExitCode: 1,
      FinishedAt: '2026-11-27T10:00:00Z',
    },
    Config: { Labels: found },
    RestartCount: 0,
  } as unknown as Docker.ContainerInspectInfo);
}

describe('the state of a container as evidence', () => {
  it('says which replica of which app it is, beside the name of the container', () => {
    const { source, facts } = evidenceWith('slipway.ws-a.web.r3.1', {
      [labels.app]: 'web',
      [labels.release]: '3',
      [labels.dependency]: '',
    });
    expect(source).toBe('slipway.ws-a.web.r3.1');
    expect(facts).toMatchObject({ app: 'web', replica: 2, exitCode: 1 });
  });

  it('names a dependency, and neither for a job', () => {
    expect(
      evidenceWith('slipway.ws-a.cache', { [labels.dependency]: 'cache' }),
    ).toHaveProperty('facts.dependency', 'cache');
    const job = evidenceWith('slipway.ws-a.job.x', { [labels.app]: 'web' });
    expect(job.facts).not.toHaveProperty('app');
  });
});
