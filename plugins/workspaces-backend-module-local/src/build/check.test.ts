import Docker from 'dockerode';
import { builderCheck } from './check';

/** An engine that says this of itself. */
function engineOf(version: object): Docker {
  return { version: async () => version } as unknown as Docker;
}

describe('builderCheck', () => {
  it.each(['1.39', '1.41', '1.56', '2.0'])('passes for API %s', async api => {
    const docker = engineOf({ Version: '20.10.24', ApiVersion: api });
    expect(await builderCheck(docker)).toMatchObject({
      state: 'passed',
      message: `BuildKit of Docker 20.10.24 (API ${api})`,
    });
  });

  it.each([
    ['an older Docker', { Version: '18.06', ApiVersion: '1.38' }],
    [
      'Podman',
      {
        Version: '5.4.2',
        ApiVersion: '1.41',
        Components: [{ Name: 'Podman Engine', Version: '5.4.2' }],
      },
    ],
  ])('fails for %s and says what to install', async (_, version) => {
    expect(await builderCheck(engineOf(version))).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('does not build with BuildKit'),
      fix: expect.stringContaining('Docker 20.10'),
      fixedBy: 'operator',
    });
  });

  it('does not know where no engine answers', async () => {
    const docker = new Docker({ socketPath: '/nonexistent/engine.sock' });
    expect(await builderCheck(docker)).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('Cannot connect to the Docker daemon'),
    });
  });
});
