import type { LogLine } from '@slipway/backstage-plugin-workspaces-common';
import { memo } from 'react';
import { Link } from 'react-router-dom';
import type { LogStyles } from './logStyles';
import { LogText } from './LogText';

/** One line: its number, which is its address, its time (UTC), its words. */
export const LogRow = memo(
  (props: {
    line: LogLine;
    href: string;
    /** What was searched for, where this line holds it. */
    search?: string;
    /** The hit that is in view. */
    current: boolean;
    error: boolean;
    marked: boolean;
    classes: LogStyles;
  }) => {
    const { line, search, classes } = props;
    const names = [
      classes.row,
      search && classes.hit,
      props.error && classes.error,
      props.marked && classes.marked,
    ];
    return (
      <div className={names.filter(Boolean).join(' ')} data-line={line.line}>
        {/* The log is one tab stop; its lines are reached by click, or by the keys of the log. */}
        <Link className={classes.number} to={props.href} replace tabIndex={-1}>
          {line.line}
        </Link>
        <time className={classes.time} dateTime={line.at}>
          {line.at.slice(11, 19)}
        </time>
        <span className={classes.text}>
          <LogText
            text={line.text}
            search={search}
            current={props.current}
            classes={classes}
          />
        </span>
      </div>
    );
  },
);
