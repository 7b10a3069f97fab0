import { LineSplitter, LONGEST_LINE } from './LineSplitter';

function linesOf(...pieces: (string | Uint8Array)[]): string[] {
  const splitter = new LineSplitter();
  return [
    ...pieces.flatMap(piece => splitter.push(Buffer.from(piece))),
    ...splitter.end(),
  ];
}

describe('LineSplitter', () => {
  it('joins the pieces of a line', () => {
    expect(linesOf('one\ntw', 'o', '\n', '\nthree')).toEqual([
      'one',
      'two',
      '',
      'three',
    ]);
  });

  it('joins the bytes of a character', () => {
    const bytes = Buffer.from('ü✓🚀\n');
    expect(linesOf(...[...bytes].map(byte => Uint8Array.of(byte)))).toEqual([
      'ü✓🚀',
    ]);
  });

  it('replaces bytes that are no text', () => {
    expect(linesOf(Uint8Array.of(0x61, 0xff, 0x62, 0x0a))).toEqual([
      'a\ufffdb',
    ]);
  });

  it('gives of a progress bar what stands in the end', () => {
    expect(
      linesOf(
        '10%\r',
        '20%\r30%',
        '\rdone\n',
        'next\r\n',
        'split\r',
        '\nlast\r',
      ),
    ).toEqual(['done', 'next', 'split', 'last']);
  });

  it('keeps nothing of an endless progress bar but its last state', () => {
    const splitter = new LineSplitter();
    for (let round = 0; round < 1000; round += 1)
      expect(splitter.push(Buffer.from(`${'#'.repeat(1000)}\r`))).toEqual([]);
    expect(splitter.end()).toEqual(['#'.repeat(1000)]);
  });

  it('cuts an endless line in pieces and loses nothing', () => {
    const text = 'x'.repeat(LONGEST_LINE * 3 + 5);
    const splitter = new LineSplitter();
    const atOnce = splitter.push(Buffer.from(text));
    expect(atOnce.map(({ length }) => length)).toEqual([
      LONGEST_LINE,
      LONGEST_LINE,
      LONGEST_LINE,
    ]);
    expect(
      [
        ...atOnce,
        ...splitter.push(Buffer.from('y\nz')),
        ...splitter.end(),
      ].slice(3),
    ).toEqual(['xxxxxy', 'z']);
  });

  it('does not cut a character in two', () => {
    const [first, second] = linesOf(`${'x'.repeat(LONGEST_LINE - 1)}🚀\n`);
    expect(first).toHaveLength(LONGEST_LINE - 1);
    expect(second).toBe('🚀');
  });
});
