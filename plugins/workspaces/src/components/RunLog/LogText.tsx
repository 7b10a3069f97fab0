import Anser from 'anser';
import type { LogStyles } from './logStyles';

/** A line of a log with the colours it was written in, and what was searched for marked. */
export function LogText(props: {
  text: string;
  search?: string;
  /** The hit that is in view. */
  current: boolean;
  classes: LogStyles;
}) {
  const { text, search, current, classes } = props;
  if (!search && !text.includes('\u001b')) return <>{text}</>;
  const chunks = Anser.ansiToJson(text, {
    use_classes: true,
    remove_empty: true,
  });
  return (
    <>
      {chunks.map((chunk, index) => (
        <span key={index} className={classesOf(chunk, classes)}>
          <Marked
            text={chunk.content}
            search={search}
            className={current ? classes.currentMark : classes.mark}
          />
        </span>
      ))}
    </>
  );
}

function classesOf(
  chunk: Anser.AnserJsonEntry,
  classes: LogStyles,
): string | undefined {
  const color = chunk.fg?.replace('ansi-', '').replace('bright-', '');
  const known: Partial<Record<string, string>> = classes;
  return (
    [color, ...chunk.decorations]
      .map(name => name && known[name])
      .filter(Boolean)
      .join(' ') || undefined
  );
}

function Marked(props: { text: string; search?: string; className: string }) {
  const { text, search } = props;
  if (!search) return <>{text}</>;
  return (
    <>
      {splitAt(text, search).map((part, index) =>
        index % 2 === 1 ? (
          <mark key={index} className={props.className}>
            {part}
          </mark>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** What is between the hits at even places, the hits at odd ones; case is ignored. */
function splitAt(text: string, search: string): string[] {
  const parts: string[] = [];
  const inLowerCase = text.toLowerCase();
  const wanted = search.toLowerCase();
  let from = 0;
  for (
    let hit = inLowerCase.indexOf(wanted);
    hit !== -1;
    hit = inLowerCase.indexOf(wanted, from)
  ) {
    parts.push(text.slice(from, hit), text.slice(hit, hit + wanted.length));
    from = hit + wanted.length;
  }
  return [...parts, text.slice(from)];
}
