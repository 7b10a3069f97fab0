import { inspect } from 'node:util';
import { EngineConnection } from './connection';

const at = (url: string) =>
  new EngineConnection({ url, foundBy: 'DOCKER_HOST' });

describe('EngineConnection', () => {
  it.each([
    ['unix:///var/run/docker.sock', true],
    ['tcp://127.0.0.1:2375', true],
    ['tcp://localhost:2375', true],
    ['tcp://[::1]:2375', true],
    ['tcp://10.0.0.7:2375', false],
    ['tcp://127.example.com:2375', false],
    ['ssh://user@host', false],
  ])('knows whether %s is on this machine: %s', (url, isLocal) => {
    expect(at(url).isLocal).toBe(isLocal);
  });

  it('is not written down whole with each request', () => {
    const { agent } = at('unix:///run/docker.sock').docker.modem as unknown as {
      agent: unknown;
    };
    expect(inspect(agent, { showHidden: true, depth: null })).toBe('Agent');
  });

  it('refuses a remote engine before it touches it', async () => {
    await expect(at('tcp://192.0.2.1:2375').requireUsable()).rejects.toThrow(
      'tcp://192.0.2.1:2375 (DOCKER_HOST) is on another machine',
    );
  });

  it('names the setting whose value is no address', () => {
    expect(() => at('nonsense')).toThrow(
      'DOCKER_HOST names the container engine "nonsense", which is no address; accepted are unix:///',
    );
  });

  it('says that nobody answers in the words by which this is known', async () => {
    await expect(
      at('unix:///nonexistent/docker.sock').requireUsable(),
    ).rejects.toMatchObject({
      name: 'EngineError',
      evidence: [
        {
          first: true,
          text: expect.stringContaining('Cannot connect to the Docker daemon'),
        },
      ],
    });
  });
});
