import type { JsonObject } from '@backstage/types';
import type {
  Evidence,
  FixedBy,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';

/** What templates may name. */
export type Values = Record<string, string>;

/** How a rule knows a failure by one piece of its evidence. What is given must all hold. */
export interface Sign {
  /** All if absent. A failure's message counts as an `error`. */
  kinds?: readonly Evidence['kind'][];
  /** Verbatim wording; its named groups are values for the templates. */
  wording?: RegExp;
  /** Answers values for the templates, or `undefined` where the facts do not hold. */
  facts?: (facts: JsonObject) => Values | undefined;
}

/** Who asked a registry: each has a trust, a name service and a login of its own. The fact `askedBy` says which. */
export type Asker = 'portal' | 'node' | 'builder';

/**
 * One named cause.
 *
 * `cause` and `fix` are templates: `{name}` stands for a value, and what stands in
 * square brackets is left out where a value in it is missing. Values are the named groups of the wording,
 * the facts of the evidence, `stage`, `app`, `source`, `subject` (what failed, in the words of its user),
 * `asker` (who asked a registry), `output` (where to read what it printed, if it printed anything), and
 * `text` (the first line of the evidence).
 */
export interface Rule {
  code: string;
  /** All if absent. */
  stages?: readonly StageName[];
  /** One of them is enough. A bare wording may stand in any kind of evidence. */
  signs: readonly (Sign | RegExp)[];
  cause: string;
  fix: string;
  /** In place of `fix`, where it depends on who asked. */
  fixAskedBy?: Partial<Record<Asker, string>>;
  fixedBy: FixedBy;
  /** Id of the fix that an engine may offer to apply itself. */
  autoFix?: string;
  /**
   * Rules that say why: the first that holds puts its code and cause where `{because}`
   * stands, and its fix in place of this one, or in it where `{remedy}` stands. The code stays.
   */
  because?: readonly Rule[];
}

const LONGEST_VALUE = 300;

/** The values that a sign finds in a piece of evidence, or `undefined` where it does not hold. */
export function valuesOf(
  sign: Sign | RegExp,
  piece: Pick<Evidence, 'kind' | 'text'> & { facts?: JsonObject },
): Values | undefined {
  const { kinds, wording, facts }: Sign =
    sign instanceof RegExp ? { wording: sign } : sign;
  if (kinds && !kinds.includes(piece.kind)) return undefined;
  const said = wording ? wording.exec(piece.text) : undefined;
  if (said === null) return undefined;
  const known = facts ? facts(piece.facts ?? {}) : {};
  if (known === undefined) return undefined;
  return { ...known, ...present(said?.groups ?? {}) };
}

/** Signs for wordings that count only in these kinds of evidence. */
export function toldBy(
  ...kinds: Evidence['kind'][]
): (...wordings: RegExp[]) => Sign[] {
  return (...wordings) => wordings.map(wording => ({ kinds, wording }));
}

/** Holds where the fact is one of the values. */
export function fact(
  name: string,
  ...values: (string | number | boolean)[]
): (facts: JsonObject) => Values | undefined {
  return facts =>
    values.some(value => value === facts[name]) ? {} : undefined;
}

/** Holds where the fact is there, whatever it says. */
export function hasFact(
  name: string,
): (facts: JsonObject) => Values | undefined {
  return facts => (facts[name] === undefined ? undefined : {});
}

/** Facts as values: texts and numbers; truth values and lists are for rules alone. */
export function factValues(facts: JsonObject): Values {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number'
        ? [[name, shortened(String(value))]]
        : [],
    ),
  );
}

/** Puts values into a template. */
export function render(template: string, values: Values): string {
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  return fill(
    template.replace(/\[([^[\]]*)\]/g, (_, optional: string) =>
      namesIn(optional).every(name => values[name]) ? optional : '',
    ),
  );
}

/** The values that a template cannot do without. */
export function namesNeeded(template: string): string[] {
  return namesIn(template.replace(/\[[^[\]]*\]/g, ''));
}

function namesIn(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
}

function present(groups: Record<string, string | undefined>): Values {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, shortened(value.trim())]],
    ),
  );
}

function shortened(value: string): string {
  return value.length > LONGEST_VALUE
    ? `${value.slice(0, LONGEST_VALUE)}…`
    : value;
}
