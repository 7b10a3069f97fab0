/** What the scripts on a node have printed; `node-trust/node.sh` says what. */
export class NodeReport {
  readonly #facts: ReadonlyMap<string, readonly string[]>;
  readonly #blocks: readonly { name: string; text: string }[];

  constructor(lines: readonly string[]) {
    const facts = new Map<string, string[]>();
    const blocks: { name: string; text: string }[] = [];
    let open: { name: string; base64: string } | undefined;
    for (const line of lines) {
      const [, word, rest] = /^(fact|begin|end)\b ?(.*)$/.exec(line) ?? [];
      if (word === 'begin') open = { name: rest, base64: '' };
      else if (word === 'end' && open) {
        const text = Buffer.from(open.base64, 'base64').toString();
        blocks.push({ name: open.name, text });
        open = undefined;
      } else if (open) open.base64 += line;
      else if (word === 'fact') {
        const [name, ...words] = rest.split(' ');
        facts.set(name, [...(facts.get(name) ?? []), words.join(' ')]);
      }
    }
    this.#facts = facts;
    this.#blocks = blocks;
  }

  /** The first fact of that name. */
  fact(name: string): string | undefined {
    return this.facts(name)[0];
  }

  facts(name: string): readonly string[] {
    return this.#facts.get(name) ?? [];
  }

  /** The text of a block of that kind without a path. */
  text(kind: string): string | undefined {
    return this.#blocks.find(({ name }) => name.split(' ')[0] === kind)?.text;
  }

  /** The texts of all blocks of that kind, by their paths; the last one of a path counts. */
  files(kind: string): Map<string, string> {
    const prefix = `${kind} `;
    return new Map(
      this.#blocks
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, text }) => [name.slice(prefix.length), text]),
    );
  }
}
