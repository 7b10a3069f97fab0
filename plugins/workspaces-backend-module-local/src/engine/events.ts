import type Docker from 'dockerode';

/** Something that happened to an object of the engine. */
export interface EngineEvent {
  /** `container`, `network`, `volume`. */
  type: string;
  /** For example `die`. */
  action: string;
  /** Id of a container or network, name of a volume. */
  id: string;
  /** Labels, `name`, `exitCode` and the like. */
  attributes: Record<string, string>;
  at: Date;
}

interface EventMessage {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes?: Record<string, string> };
  time: number;
  timeNano?: number;
}

/** Which events. */
export interface EventSelection {
  filters: Exclude<Docker.GetEventsOptions['filters'], string | undefined>;
  /** Those that the engine remembers from then on come first. */
  since?: Date;
}

/**
 * What happens on the engine, from the moment on in which this resolves. The stream ends with the
 * engine's connection; who needs more opens another.
 */
export async function openEvents(
  docker: Docker,
  selection: EventSelection,
  signal: AbortSignal,
): Promise<AsyncIterable<EngineEvent>> {
  const { filters, since } = selection;
  const stream = await docker.getEvents({
    filters,
    ...(since ? { since: since.getTime() / 1000 } : {}),
    abortSignal: signal,
  });
  return readEvents(stream);
}

async function* readEvents(
  stream: NodeJS.ReadableStream,
): AsyncGenerator<EngineEvent> {
  let unfinished = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (unfinished + chunk).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield eventOf(JSON.parse(line));
    }
  }
}

function eventOf({
  Type: type,
  Action: action,
  Actor: actor,
  time,
  timeNano,
}: EventMessage): EngineEvent {
  return {
    type,
    action,
    id: actor.ID,
    attributes: actor.Attributes ?? {},
    at: new Date(timeNano === undefined ? time * 1000 : timeNano / 1e6),
  };
}
