import { mockServices } from '@backstage/backend-test-utils';
import type { OciRegistry } from '../registry';
import { requestOf } from './__testUtils__/requests';
import { MadeImages } from './MadeImages';
import { INPUTS, TASK_RUN, TaskRun } from './taskRun';

const { signal } = new AbortController();
const THERE = `sha256:${'1'.repeat(64)}`;
const SAME = { inputs: 'same' };
const GONE = `sha256:${'2'.repeat(64)}`;

/** The portal's registry, as far as it is asked here: what it answers to HEAD of a digest. */
const registry = {
  address: 'registry.example',
  digest: async ({ digest }) => (digest === THERE ? digest : undefined),
} as Partial<OciRegistry> as OciRegistry;

function ended(
  name: string,
  { inputs = 'same', status = 'True', digest = THERE } = {},
): TaskRun {
  return {
    ...TASK_RUN,
    metadata: { name, annotations: { [INPUTS]: inputs } },
    status: {
      conditions: [{ type: 'Succeeded', status: status as 'True' | 'False' }],
      results: [{ name: 'IMAGE_DIGEST', value: digest }],
    },
  };
}

describe('an image of the same inputs', () => {
  const logger = mockServices.logger.mock();
  const images = new MadeImages({ registry, logger });
  const found = async (
    runs: TaskRun[],
    { noCache, ...known }: { inputs?: string; noCache?: boolean } = SAME,
  ) => {
    const request = await requestOf('ws-a', {}, { noCache: noCache ?? false });
    return images.ofInputs(request, known.inputs, runs, signal);
  };

  it('is used again, and it is said whose it is', async () => {
    await expect(found([ended('web-2'), ended('web-1')])).resolves.toEqual({
      text: expect.stringContaining(
        'Nothing has changed since web-2 was built',
      ),
      image: {
        type: 'image',
        image: `registry.example/slipway/ws-a/web@${THERE}`,
        digest: THERE,
        builder: {
          name: 'BuildKit, rootless',
          why: 'web-2 was built by it, and nothing has changed since',
        },
      },
    });
  });

  it('is that of the newest build that succeeded, and whose image is there', async () => {
    const runs = [
      ended('web-4', { status: 'False' }),
      ended('web-3', { inputs: 'other' }),
      ended('web-2', { digest: GONE }),
      ended('web-1'),
    ];
    const { text } = (await found(runs)) ?? {};
    expect(text).toContain('since web-1 was built');
  });

  it.each([
    ['nothing was built', [], SAME],
    ['the image is gone', [ended('web-1', { digest: GONE })], SAME],
    ['a build named none', [ended('web-1', { digest: '' })], SAME],
    ['all is to be built', [ended('web-1')], { ...SAME, noCache: true }],
    ['nobody knows what it is made from', [ended('web-1')], {}],
  ])('is not there where %s', async (_, runs, asked) => {
    await expect(found(runs, asked)).resolves.toBeUndefined();
  });
});
