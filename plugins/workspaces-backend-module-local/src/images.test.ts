import { randomBytes } from 'node:crypto';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { LocalHarness } from './__testUtils__/LocalHarness';
import { familiarImageName, Images } from './images';

describe('familiarImageName', () => {
  it.each([
    ['busybox', 'busybox:latest'],
    ['docker.io/library/node:22-slim', 'node:22-slim'],
    ['docker.io/some/app', 'some/app:latest'],
    ['host:5000/library/app', 'host:5000/library/app:latest'],
    [`node@sha256:${'a'.repeat(64)}`, `node@sha256:${'a'.repeat(64)}`],
    [`sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`],
  ])('%s is %s', (name, familiar) => {
    expect(familiarImageName(name)).toBe(familiar);
  });
});

describe('Images', () => {
  const harness = new LocalHarness();
  const name = `slipway-test/${randomBytes(4).toString('hex')}`;
  const { signal } = new AbortController();

  beforeAll(() => harness.start());
  afterAll(async () => {
    await harness.docker.getImage(name).remove();
    await harness.stop();
  });

  it('brings the mapped image under the usual name, once', async () => {
    const images = new Images(harness.docker, {
      [`docker.io/${name}`]: 'busybox:1.35',
    });
    await images.ensure(name, signal);
    const { Id: id } = await harness.docker.getImage(name).inspect();
    const source = await harness.docker.getImage('busybox:1.35').inspect();
    expect(id).toBe(source.Id);

    const elsewhere = new Images(harness.docker, {
      [name]: 'localhost:1/never/asked:1',
    });
    await elsewhere.ensure(name, signal); // the one that is there wins
  });

  it('says what the engine said of an image that cannot be pulled', async () => {
    const image = 'localhost:1/nobody/home:1';
    const lines: string[] = [];
    const error: EngineError = await new Images(harness.docker, {})
      .ensure(image, signal, line => lines.push(line))
      .catch(caught => caught);
    expect(error.evidence).toEqual([
      expect.objectContaining({
        kind: 'error',
        first: true,
        text: expect.stringContaining('connection refused'),
        facts: { image, registry: 'localhost:1' },
      }),
    ]);
    expect(lines).toEqual([`Pulling ${image}`]);
  });

  it('pulls nothing by an image id', async () => {
    const image = `sha256:${'0'.repeat(64)}`;
    await expect(
      new Images(harness.docker, {}).ensure(image, signal),
    ).rejects.toMatchObject({ evidence: [{ facts: { image } }] });
  });
});
