import {
  Copy,
  Dockerfile as Syntax,
  DockerfileParser,
  From,
  Instruction as SyntaxNode,
  ModifiableInstruction,
  Run,
} from 'dockerfile-ast';

/**
 * An instruction of a Dockerfile.
 *
 * @public
 */
export interface Instruction {
  keyword: string;
  /** On one line, as it stands in the file: variables are not replaced. */
  text: string;
  /** First and last line, from 1. */
  line: number;
  lastLine: number;
  heredoc: boolean;
}

interface Stage {
  name?: string;
  /** As it stands in FROM. */
  base: string;
  /** What COPY --from and RUN --mount=from name. */
  sources: string[];
  instructions: Instruction[];
}

/**
 * The images of a Dockerfile, by whether a target needs them.
 *
 * @public
 */
export interface DockerfileImages {
  needed: string[];
  unneeded: string[];
}

/** What BuildKit numbers within a stage, beside FROM. */
const NUMBERED = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);
const LONGEST_TEXT = 1000;

function instructionOf(node: SyntaxNode, escape: string): Instruction {
  const range = node.getRange();
  const source = node.getTextContent();
  // "<<" within quotes or arithmetic comes as a here-document without a name.
  const heredoc =
    (node instanceof Run || node instanceof Copy) &&
    node.getHeredocs().some(document => document.getName() !== '');
  const lines = heredoc
    ? [source.slice(0, source.indexOf('\n')), '…']
    : continuedLines(source, escape);
  return {
    keyword: node.getKeyword(),
    text: lines.join(' ').replace(/\s+/g, ' ').trim().slice(0, LONGEST_TEXT),
    line: range.start.line + 1,
    lastLine: range.end.line + 1,
    heredoc,
  };
}

function continuedLines(source: string, escape: string): string[] {
  return source
    .split(/\r?\n/)
    .filter((line, index) => index === 0 || !line.trimStart().startsWith('#'))
    .map(line =>
      line.trimEnd().endsWith(escape)
        ? line.trimEnd().slice(0, -escape.length)
        : line,
    );
}

/** The images and stages that an instruction takes files from. */
function sourcesOf(node: SyntaxNode): string[] {
  if (!(node instanceof ModifiableInstruction)) return [];
  return node.getFlags().flatMap(flag => {
    const value = flag.getValue() ?? '';
    if (flag.getName() === 'from') return [value];
    if (flag.getName() !== 'mount') return [];
    return value
      .split(',')
      .flatMap(option =>
        option.startsWith('from=') ? [option.slice('from='.length)] : [],
      );
  });
}

/** The names that an ARG instruction declares, with their defaults. */
function argumentsOf({ text }: Instruction): [name: string, value: string][] {
  const declared = text
    .replace(/^ARG\s+/i, '')
    .matchAll(/(\w+)(?:=(?:"([^"]*)"|'([^']*)'|(\S*)))?/g);
  return [...declared].map(([, name, ...values]) => [
    name,
    values.find(value => value !== undefined) ?? '',
  ]);
}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`. */
function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (
      _,
      plain: string | undefined,
      braced: string,
      operator: string | undefined,
      word: string,
    ) => {
      const value = values.get(plain ?? braced) ?? '';
      if (operator === '-') return value || word;
      if (operator === '+') return value && word;
      return value;
    },
  );
}

/**
 * A Dockerfile as it was read: its stages and images, and which instruction a step of the build stands for.
 *
 * @public
 */
export class Dockerfile {
  readonly text: string;
  /** The image that reads the file, where a `# syntax=` directive asks for another than the engine's own. */
  readonly syntax?: string;
  readonly instructions: Instruction[];
  readonly #stages: Stage[] = [];
  /** Defaults of the arguments before the first FROM. */
  readonly #defaults = new Map<string, string>();

  constructor(text: string) {
    this.text = text;
    const syntax = DockerfileParser.parse(text);
    this.syntax =
      syntax
        .getDirectives()
        .find(directive => directive.getName().toLowerCase() === 'syntax')
        ?.getValue() || undefined;
    this.instructions = this.#read(syntax);
  }

  /**
   * Which images the build of a target needs: of the stages that it is made of, by FROM, COPY --from and
   * RUN --mount. Where the target is unknown all images count as needed, and the engine will say what is wrong.
   */
  images(
    target: string | undefined,
    values: ReadonlyMap<string, string>,
  ): DockerfileImages {
    const known = new Map([
      ...this.#defaults,
      ...[...values].filter(([name]) => this.#defaults.has(name)),
    ]);
    const stages = this.#stages.map(stage => ({
      ...stage,
      base: substitute(stage.base, known),
    }));
    const last =
      target === undefined
        ? stages.length - 1
        : this.#indexOf(target, stages.length);
    const reached = new Set<number>();
    const reach = (index: number) => {
      if (reached.has(index)) return;
      reached.add(index);
      for (const { stage } of this.#inputs(stages[index], index))
        if (stage !== undefined) reach(stage);
    };
    if (last === undefined) stages.forEach((_, index) => reach(index));
    else if (last >= 0) reach(last);

    const imagesOf = (indexes: number[]) => [
      ...new Set(
        indexes.flatMap(index =>
          this.#inputs(stages[index], index).flatMap(
            input => input.image ?? [],
          ),
        ),
      ),
    ];
    const needed = imagesOf([...reached].sort((one, other) => one - other));
    const all = imagesOf(stages.map((_, index) => index));
    return { needed, unneeded: all.filter(image => !needed.includes(image)) };
  }

  /**
   * The instruction behind a step such as `[build 2/5] RUN npm ci`. The number is counted from the stage's end,
   * because triggers of the base image (ONBUILD) are counted as well; a step that fits no instruction gives `undefined`.
   */
  instructionOf(step: string): Instruction | undefined {
    const [, label, number, total, text] =
      /^\[(?:(?:\S+ )*?(\S+) )?(\d+)\/(\d+)\] (.*)$/s.exec(step) ?? [];
    if (text === undefined) return undefined;
    const stage = this.#stages[this.#stageIndex(label) ?? -1];
    if (!stage) return undefined;
    if (/^FROM /.test(text)) return stage.instructions[0];
    const numbered = stage.instructions.filter(({ keyword }) =>
      NUMBERED.has(keyword),
    );
    const counted =
      numbered[numbered.length - 1 - (Number(total) - Number(number))];
    if (counted && text.startsWith(`${counted.keyword} `)) return counted;
    const same = numbered.filter(
      instruction => instruction.text === text.replace(/\s+/g, ' ').trim(),
    );
    return same.length === 1 ? same[0] : undefined;
  }

  /** The instruction that a line of the file belongs to. */
  instructionAt(line: number): Instruction | undefined {
    return this.instructions.find(
      instruction => instruction.line <= line && line <= instruction.lastLine,
    );
  }

  #read(syntax: Syntax): Instruction[] {
    const escape = syntax.getEscapeCharacter();
    return syntax.getInstructions().map(node => {
      const instruction = instructionOf(node, escape);
      const stage = this.#stages.at(-1);
      if (node instanceof From) {
        const name = node.getBuildStage()?.toLowerCase();
        this.#stages.push({
          name,
          base: node.getImage() ?? '',
          sources: [],
          instructions: [instruction],
        });
      } else if (stage) {
        stage.instructions.push(instruction);
        stage.sources.push(...sourcesOf(node));
      } else if (instruction.keyword === 'ARG') {
        for (const [name, value] of argumentsOf(instruction))
          this.#defaults.set(name, substitute(value, this.#defaults));
      }
      return instruction;
    });
  }

  /** A stage by its name or number, among those before another. */
  #indexOf(reference: string, before: number): number | undefined {
    const name = reference.toLowerCase();
    const index = this.#stages
      .slice(0, before)
      .findIndex(stage => stage.name === name);
    if (index >= 0) return index;
    return /^\d+$/.test(reference) && Number(reference) < before
      ? Number(reference)
      : undefined;
  }

  #inputs(stage: Stage, index: number): { stage?: number; image?: string }[] {
    return [stage.base, ...stage.sources].flatMap(
      (reference): { stage?: number; image?: string }[] => {
        const found = this.#indexOf(reference, index);
        if (found !== undefined) return [{ stage: found }];
        const isImage =
          reference !== '' &&
          reference !== 'scratch' &&
          !reference.includes('$');
        return isImage ? [{ image: reference }] : [];
      },
    );
  }

  /** BuildKit gives a stage without a name the name `stage-<index>`, and none at all where there is only one. */
  #stageIndex(label: string | undefined): number | undefined {
    if (label === undefined) return this.#stages.length === 1 ? 0 : undefined;
    const named = this.#stages.findIndex(
      stage => stage.name === label.toLowerCase(),
    );
    if (named >= 0) return named;
    const [, index] = /^stage-(\d+)$/.exec(label) ?? [];
    return index === undefined ? undefined : Number(index);
  }
}
