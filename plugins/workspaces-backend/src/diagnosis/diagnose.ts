import type {
  AutomaticFix,
  Diagnosis,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineFixes,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import { catalogue } from './catalogue';
import {
  factValues,
  render,
  valuesOf,
  type Asker,
  type Rule,
  type Values,
} from './rule';

/** A stage that failed, and all that was seen. */
export interface StageFailure {
  stage: StageName;
  app?: string;
  message: string;
  evidence: RawEvidence[];
  /** The fixes that the engine applies itself, by their ids; none if absent. */
  fixes?: EngineFixes['offered'];
}

const LONGEST_QUOTE = 600;
const askers: Record<Asker, string> = {
  portal: 'the portal',
  node: 'the node',
  builder: 'the builder',
};
const USUAL_ASKER = 'the container engine';

interface Holding {
  rule: Rule;
  values: Values;
}

/** Names the cause of a failure. Where no rule holds the code is `UNKNOWN`: a wrong name is worse than none. */
export function diagnose(failure: StageFailure): Diagnosis {
  const evidence = firstSignFirst(failure.evidence).map(
    ({ facts, ...piece }) => piece,
  );
  const seen = everythingSaid(failure);
  for (const rank of catalogue) {
    const holding = firstHolding(rank, failure, seen);
    if (holding) return { ...explain(holding, failure, seen), evidence };
  }
  return {
    code: 'UNKNOWN',
    cause: failure.message,
    fix: `No rule knows this failure. The evidence is what was said, word for word; the log of the stage ${failure.stage} has the rest.`,
    fixedBy: 'operator',
    evidence,
  };
}

function explain(
  { rule, values }: Holding,
  failure: StageFailure,
  seen: RawEvidence[],
): Omit<Diagnosis, 'evidence'> {
  const reason = rule.because && firstHolding(rule.because, failure, seen);
  const cause = reason && render(reason.rule.cause, reason.values);
  const because = cause
    ? ` because (${reason.rule.code}) ${clause(cause)}`
    : '';
  const decisive = reason ?? { rule, values };
  const shown = {
    code: rule.code,
    cause: render(rule.cause, { ...values, because }),
    autoFix: autoFixOf(decisive, failure.fixes),
  };
  if (reason && rule.fix.includes('{remedy}')) {
    const remedy = fixOf(reason);
    const fix = render(rule.fix, { ...values, remedy });
    return { ...shown, fix, fixedBy: rule.fixedBy };
  }
  return { ...shown, fix: fixOf(decisive), fixedBy: decisive.rule.fixedBy };
}

/** What the engine offers to put right itself, where that helps against this failure. */
function autoFixOf(
  { rule: { autoFix }, values }: Holding,
  fixes: EngineFixes['offered'] = {},
): AutomaticFix | undefined {
  const offered = autoFix && fixes[autoFix.id];
  if (!offered) return undefined;
  if (autoFix.askedBy && autoFix.askedBy !== values.askedBy) return undefined;
  const { title, scope, facts = {} } = offered;
  const helps = Object.entries(facts).every(
    ([name, value]) => values[name] === value,
  );
  return helps ? { id: autoFix.id, title, scope } : undefined;
}

function fixOf({ rule, values }: Holding): string {
  const special = rule.fixAskedBy?.[values.askedBy as Asker];
  return render(special ?? rule.fix, values);
}

/** The rule that holds by the earliest evidence; of several the one that stands first. */
function firstHolding(
  rules: readonly Rule[],
  failure: StageFailure,
  seen: RawEvidence[],
): Holding | undefined {
  for (const piece of seen) {
    for (const rule of rules) {
      if (rule.stages && !rule.stages.includes(failure.stage)) continue;
      for (const sign of rule.signs) {
        const found = valuesOf(sign, piece);
        if (found)
          return { rule, values: { ...known(failure, piece, seen), ...found } };
      }
    }
  }
  return undefined;
}

/** What templates may name: of the piece itself, and what else the evidence says. */
function known(
  failure: StageFailure,
  piece: RawEvidence,
  seen: RawEvidence[],
): Values {
  const others = seen.map(each => factValues(each.facts ?? {})).reverse();
  return {
    ...Object.assign({}, ...others),
    ...factValues(piece.facts ?? {}),
    stage: failure.stage,
    ...(failure.app !== undefined && { app: failure.app }),
    source: piece.source,
    subject: subjectOf(piece, failure),
    asker: askers[piece.facts?.askedBy as Asker] ?? USUAL_ASKER,
    ...(seen.some(isOutput) && {
      output: 'its last lines are in the evidence, all of them in the log',
    }),
    text: firstLine(piece.text),
  };
}

function isOutput({ kind, text }: RawEvidence): boolean {
  return kind === 'log' && text.trim() !== '';
}

/** What failed, as its user knows it: the names that an engine gives belong to the evidence. */
function subjectOf(piece: RawEvidence, { app }: StageFailure): string {
  const { dependency, app: named = app, replica } = piece.facts ?? {};
  if (dependency !== undefined) return `The dependency "${dependency}"`;
  if (named === undefined) return `"${piece.source}"`;
  return replica === undefined
    ? `The app "${named}"`
    : `Replica ${replica} of the app "${named}"`;
}

/**
 * The message comes last: it repeats what evidence says better. A list of all that happened, the fact `history`,
 * is for readers: what has passed stands in it too.
 */
function everythingSaid(failure: StageFailure): RawEvidence[] {
  return [
    ...firstSignFirst(failure.evidence).filter(({ facts }) => !facts?.history),
    {
      kind: 'error',
      source: `stage ${failure.stage}`,
      at: '',
      text: failure.message,
    },
  ];
}

function firstSignFirst(evidence: RawEvidence[]): RawEvidence[] {
  return [
    ...evidence.filter(piece => piece.first),
    ...evidence.filter(piece => !piece.first),
  ];
}

function firstLine(text: string): string {
  const [line] = text.trim().split('\n');
  return line.slice(0, LONGEST_QUOTE).replace(/\.$/, '');
}

function clause(text: string): string {
  const bare = text.replace(/\.$/, '');
  return /^[A-Z][a-z]/.test(bare)
    ? bare[0].toLowerCase() + bare.slice(1)
    : bare;
}
