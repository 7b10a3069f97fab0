import { encodeForUri } from '../secrets/templates';

/** Shorter values would blacken half of every log and protect nothing. */
const SHORTEST_VALUE = 4;

const MASK = '***';

/**
 * In characters: how long a pattern may be. V8 refuses one of some hundred thousand, with an error that quotes it, and so
 * the values.
 */
const LONGEST_PATTERN = 50_000;

/**
 * Takes secret values out of text: as they are, and in the forms in which programs
 * print them: percent-encoded, in JSON, quoted for ADO.NET, and as base64 at any
 * offset, as in the header of basic authentication.
 *
 * Text is redacted line by line, so a value of several lines is taken out by its lines.
 */
export class Redactor {
  readonly #forms = new Set<string>();
  #patterns: RegExp[] | undefined;
  /** Those that are too long for a pattern, the longest first. */
  #long: string[] = [];

  /** Values under 4 characters are left in the text. */
  add(value: string): void {
    const before = this.#forms.size;
    for (const part of new Set([value, ...value.split(/\r?\n/)])) {
      const trimmed = part.trim();
      if (trimmed.length < SHORTEST_VALUE) continue;
      for (const form of formsOf(trimmed)) this.#forms.add(form);
    }
    if (this.#forms.size !== before) this.#patterns = undefined;
  }

  redact(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#patterns ??= this.#arrange();
    const withoutLong = this.#long.reduce(
      (left, form) => left.replaceAll(form, MASK),
      text,
    );
    return this.#patterns.reduce(
      (left, pattern) => left.replace(pattern, MASK),
      withoutLong,
    );
  }

  /** The longest come first, so that of values that hold each other nothing is left. */
  #arrange(): RegExp[] {
    const longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    this.#long = [];
    const patterns: string[][] = [];
    let room = 0;
    for (const form of longestFirst) {
      const escaped = escapeForPattern(form);
      if (escaped.length > LONGEST_PATTERN) {
        this.#long.push(form);
        continue;
      }
      room -= escaped.length + 1;
      if (room < 0) {
        patterns.push([]);
        room = LONGEST_PATTERN - escaped.length;
      }
      patterns.at(-1)!.push(escaped);
    }
    return patterns.map(forms => new RegExp(forms.join('|'), 'g'));
  }
}

function formsOf(value: string): string[] {
  const wellFormed = Buffer.from(value).toString(); // half a surrogate pair cannot be encoded
  const percentEncoded = [
    encodeURIComponent(wellFormed),
    encodeForUri(wellFormed),
  ];
  return [
    value,
    ...percentEncoded,
    ...percentEncoded.map(form =>
      form.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    ),
    ...percentEncoded.map(form => form.replaceAll('%20', '+')),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll('"', '""'),
    value.replaceAll("'", "''"),
    ...base64Forms(value),
  ].filter(form => form.length >= SHORTEST_VALUE);
}

/**
 * Base64 of the value as it stands at each of the three offsets within a longer text,
 * without the characters at its edges that depend on what stands beside it.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap(offset => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const wholeCharacters = Math.floor(((offset + bytes.length) * 8) / 6);
    const form = encoded.slice(Math.ceil((offset * 8) / 6), wholeCharacters);
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
