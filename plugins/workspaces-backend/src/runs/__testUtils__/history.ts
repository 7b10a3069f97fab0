import type { World } from './createWorld';

/** No end of a stage was written twice, and no event is missing in the sequence. */
export async function expectWholeHistory(world: World, runId: string) {
  const events = await world.runs.events(runId, 0, 1000);
  expect(events.map(event => event.sequence)).toEqual(
    events.map((_, index) => index + 1),
  );
  const ends = events
    .filter(event => event.type === 'stage' && event.state !== 'running')
    .map(event => `${event.stage}/${event.app}/${event.attempt}`);
  expect(ends).toEqual([...new Set(ends)]);
}
