import { InputError } from '@backstage/errors';
import { createHash } from 'node:crypto';

const LONGEST_ID = 8192;

/** Something that is said to everyone who listens to a topic. */
export interface Frame {
  type: string;
  /** JSON, written once for all listeners. */
  data: string;
  /**
   * How far the topic has come with this frame. Where it is absent the frame is a state,
   * which replaces the one before.
   */
  position?: number;
}

/** Where a listener stands in each of its topics that count. */
export type Positions = Map<string, number>;

export function frame(type: string, data: unknown, position?: number): Frame {
  return { type, data: JSON.stringify(data), position };
}

/** A frame on the wire, with the id by which its listener can come back. */
export function writeFrame({ type, data }: Frame, id: string): string {
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}

/** Opaque text for positions. Topics stand in it as hashes, so that it stays short. */
export function encodePositions(positions: Positions): string {
  const entries = [...positions].map(([topic, position]) => [
    keyOf(topic),
    position,
  ]);
  return Buffer.from(JSON.stringify(Object.fromEntries(entries))).toString(
    'base64url',
  );
}

/** The positions of these topics in a `Last-Event-ID`; what is not of our making is an InputError. */
export function decodePositions(
  id: string | undefined,
  topics: string[],
): Positions {
  const positions: Positions = new Map();
  if (id === undefined) return positions;
  const known = parse(id);
  for (const topic of topics) {
    const position = known[keyOf(topic)];
    if (position !== undefined) positions.set(topic, position);
  }
  return positions;
}

function parse(id: string): Record<string, number> {
  const refusal = new InputError(
    'Last-Event-ID: must be the id of an earlier event of this stream, unchanged',
  );
  if (id.length > LONGEST_ID) throw refusal;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
  } catch {
    throw refusal;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refusal;
  const valid = Object.values(value).every(
    position => Number.isSafeInteger(position) && position >= 0,
  );
  if (!valid) throw refusal;
  return value as Record<string, number>;
}

function keyOf(topic: string): string {
  return createHash('sha256').update(topic).digest('base64url').slice(0, 12);
}
