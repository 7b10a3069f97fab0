import { LineReader } from './logStream';

const AT = '2026-11-21T02:45:16.123456789Z';

function frame(text: string | Buffer, stream = 1, at = AT): Buffer {
  const message = Buffer.concat([Buffer.from(`${at} `), Buffer.from(text)]);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(message.length, 4);
  return Buffer.concat([header, message]);
}

function read(chunks: Buffer[]) {
  const reader = new LineReader();
  return [
    ...chunks.flatMap(chunk => [...reader.take(chunk)]),
    ...reader.rest(),
  ];
}

describe('LineReader', () => {
  it('reads lines wherever the chunks are cut', () => {
    const bytes = Buffer.concat([
      frame('one\n'),
      frame('größer\r\n', 2),
      frame('\n'),
    ]);
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = [];
      for (let from = 0; from < bytes.length; from += size) {
        chunks.push(bytes.subarray(from, from + size));
      }
      expect(read(chunks).map(({ text }) => text)).toEqual([
        'one',
        'größer',
        '',
      ]);
    }
  });

  it('keeps the nanoseconds beside the date', () => {
    expect(read([frame('one\n')])).toEqual([
      { timestamp: AT, at: new Date('2026-11-21T02:45:16.123Z'), text: 'one' },
    ]);
  });

  it('joins what the engine has cut, each output for itself, with the time of its beginning', () => {
    const later = '2026-11-21T02:45:17Z';
    const lines = read([
      frame('a'.repeat(16_384)),
      frame('error\n', 2),
      frame('ü'.slice(0, 1), 1, later),
      frame('b\n', 1, later),
    ]);
    expect(lines).toEqual([
      expect.objectContaining({ text: 'error' }),
      expect.objectContaining({
        timestamp: AT,
        text: `${'a'.repeat(16_384)}üb`,
      }),
    ]);
  });

  it('cuts a line without end, and gives the rest of one that was not ended', () => {
    const lines = read(
      Array.from({ length: 5 }, () => frame('x'.repeat(16 * 1024))),
    );
    expect(lines.map(({ text }) => text.length)).toEqual([
      64 * 1024,
      16 * 1024,
    ]);
  });
});
