import Tooltip from '@material-ui/core/Tooltip';
import { DateTime } from 'luxon';
import { useNow } from './useNow';
import { useTimeText } from './useTimeText';

const FRESH_MILLISECONDS = 60_000;

/** How long ago, with the exact time (UTC, ISO) on hover and on focus. */
export function RelativeTime(props: { at: string }) {
  const text = useTimeText();
  const at = DateTime.fromISO(props.at).toUTC();
  const fresh = Date.now() - at.toMillis() < FRESH_MILLISECONDS;
  const now = useNow(fresh ? 1_000 : 30_000);
  return (
    <Tooltip title={at.toISO({ suppressMilliseconds: true }) ?? props.at}>
      {/* The exact time must be reachable without a mouse. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <time dateTime={props.at} tabIndex={0}>
        {text.ago(at.toMillis(), now)}
      </time>
    </Tooltip>
  );
}
