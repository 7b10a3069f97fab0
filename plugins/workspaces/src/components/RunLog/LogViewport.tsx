import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useRef, type KeyboardEvent } from 'react';
import { useNavigate } from 'react-router-dom';
import { holds } from '../../hooks/logWindow';
import type { RunLogState } from '../../hooks/useRunLog';
import { workspacesTranslationRef } from '../../translation';
import { stageAddress } from '../RunPage/useSelectedStage';
import type { StageLine } from '../stages';
import { VisuallyHidden } from '../VisuallyHidden';
import { LogRow } from './LogRow';
import { useLogStyles } from './logStyles';
import { useLogScroll } from './useLogScroll';
import type { LogSearch } from './useLogSearch';

/** A page shows one log at a time. */
const HELP_ID = 'slipway-log-keys';

/**
 * Lines of a log. One tab stop: the arrow keys scroll it, Enter marks the line at the top (its
 * address can be sent to others), the arrow keys then move the mark, Escape lets it go.
 */
export function LogViewport(props: {
  name: string;
  line: Pick<StageLine, 'name' | 'app'>;
  log: RunLogState;
  search: LogSearch;
  errorLine?: number;
  wrap: boolean;
}) {
  const classes = useLogStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { log, search } = props;
  const { window, linked } = log;
  const viewport = useRef<HTMLDivElement>(null);
  const { onScroll, lineAtTop } = useLogScroll(viewport, log);
  const navigate = useNavigate();

  const mark = (line: number | undefined) =>
    navigate(stageAddress(props.line, line), {
      replace: true,
      preventScrollReset: true,
    });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.target === event.currentTarget)
      mark(lineAtTop());
    else if (event.key === 'Escape' && linked) mark(undefined);
    else if (event.key === 'Home') log.showStart();
    else if (event.key === 'End') log.showEnd();
    else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && linked) {
      const next = linked + (event.key === 'ArrowDown' ? 1 : -1);
      if (!holds(window, next)) return;
      mark(next);
      log.showLine(next);
    } else return;
    event.preventDefault();
  };

  const hits = new Set(search.lines);
  const current = search.lines[search.index];
  return (
    <>
      <VisuallyHidden id={HELP_ID}>{t('log.keys')}</VisuallyHidden>
      {/* A log is not a control, but it scrolls and marks lines by key. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={viewport}
        className={
          props.wrap
            ? classes.viewport
            : `${classes.viewport} ${classes.unwrapped}`
        }
        role="log"
        aria-live="off"
        aria-label={t('log.title', { name: props.name })}
        aria-describedby={HELP_ID}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        {window.lines.map(line => (
          <LogRow
            key={line.line}
            line={line}
            href={stageAddress(props.line, line.line)}
            search={hits.has(line.line) ? search.text : undefined}
            current={line.line === current}
            error={line.line === props.errorLine}
            marked={line.line === linked}
            classes={classes}
          />
        ))}
      </div>
    </>
  );
}
