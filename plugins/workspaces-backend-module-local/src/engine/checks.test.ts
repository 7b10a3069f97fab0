import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { LocalHarness } from '../__testUtils__/LocalHarness';
import { EngineConnection } from '../connection';
import { Images } from '../images';
import { checkEngine } from './checks';

async function checksOf(connection: EngineConnection): Promise<Check[]> {
  const images = new Images(connection.docker, {});
  const { signal } = new AbortController();
  const checks: Check[] = [];
  for await (const check of checkEngine(connection, images, signal)) {
    checks.push(check);
  }
  return checks;
}

describe('checkEngine', () => {
  const harness = new LocalHarness();
  beforeAll(() => harness.start());
  afterAll(() => harness.stop());

  it('passes on an engine that is as it should be', async () => {
    const checks = await checksOf(harness.connection);
    expect(checks.map(({ id }) => id)).toEqual([
      'local-engine-reachable',
      'local-engine-local',
      'local-engine-version',
      'local-engine-space',
      'local-engine-helper-image',
    ]);
    const states = checks
      .filter(({ id }) => id !== 'local-engine-space') // the machine's own affair
      .map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['passed']));
  });

  it('says that no engine answers, where it was looked for and what to do', async () => {
    const checks = await checksOf(
      new EngineConnection({
        url: 'unix:///nonexistent/docker.sock',
        foundBy: 'DOCKER_HOST',
      }),
    );
    expect(checks).toEqual([
      expect.objectContaining({
        id: 'local-engine-reachable',
        state: 'failed',
        message: expect.stringMatching(
          /Cannot connect to the Docker daemon.*\(unix:\/\/\/nonexistent\/docker\.sock, by DOCKER_HOST\)$/,
        ),
        fix: expect.stringContaining('workspaces.local.dockerHost'),
        fixedBy: 'operator',
      }),
      expect.objectContaining({ id: 'local-engine-local', state: 'passed' }),
    ]);
  });

  it('refuses an engine on another machine', async () => {
    const checks = await checksOf(
      new EngineConnection({ url: 'ssh://user@host', foundBy: 'DOCKER_HOST' }),
    );
    expect(checks).toContainEqual(
      expect.objectContaining({
        id: 'local-engine-local',
        state: 'failed',
        message: expect.stringContaining('another machine'),
      }),
    );
  });
});
