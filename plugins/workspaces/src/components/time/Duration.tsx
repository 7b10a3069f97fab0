import { useNow } from './useNow';
import { useTimeText } from './useTimeText';

/** How long something took, or how long it has gone on when it has no end yet. */
export function Duration(props: { from: string; to?: string }) {
  return props.to ? (
    <Span milliseconds={Date.parse(props.to) - Date.parse(props.from)} />
  ) : (
    <Elapsed from={props.from} />
  );
}

function Elapsed(props: { from: string }) {
  const now = useNow(1_000);
  return <Span milliseconds={Math.max(1_000, now - Date.parse(props.from))} />;
}

function Span(props: { milliseconds: number }) {
  const text = useTimeText();
  return (
    <span style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
      {text.duration(props.milliseconds)}
    </span>
  );
}
