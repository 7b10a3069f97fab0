import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { useEffect, useRef } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { lineOfInterest, type StageLine, type StageRow } from '../stages';
import { tones } from '../tones';
import { StageItem } from './StageItem';

const useStyles = makeStyles(theme => {
  const { thirdInk, line } = tones(theme);
  /** Below this the rail lies on its side above the rest. */
  const flat = theme.breakpoints.down('md');
  return {
    rail: {
      alignSelf: 'start',
      marginLeft: theme.spacing(-1.5),
      position: 'sticky',
      top: theme.spacing(2),
      [flat]: { position: 'static', marginLeft: 0, minWidth: 0 },
    },
    heading: {
      margin: theme.spacing(0, 1.5, 0.5),
      fontSize: '0.75rem',
      lineHeight: '1rem',
      fontWeight: 400,
      color: thirdInk,
      [flat]: { marginLeft: 0 },
    },
    list: {
      listStyle: 'none',
      margin: 0,
      padding: 0,
      [flat]: {
        position: 'relative',
        display: 'flex',
        overflowX: 'auto',
        borderBottom: `1px solid ${line}`,
      },
    },
    stage: { [flat]: { display: 'flex' } },
    apps: {
      listStyle: 'none',
      margin: 0,
      padding: 0,
      [flat]: { display: 'flex' },
    },
  };
});

/** The stages of the run, each with its apps where there are several. Choosing one shows its log. */
export function StagesRail(props: { rows: StageRow[]; selected?: StageLine }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { rows, selected } = props;
  const list = useRef<HTMLOListElement>(null);
  const isSelected = (line: StageLine) =>
    line.name === selected?.name && line.app === selected?.app;

  useEffect(() => {
    const item = list.current?.querySelector<HTMLElement>('[aria-current]');
    if (list.current && item)
      list.current.scrollLeft = item.offsetLeft - list.current.clientWidth / 4;
  }, [selected?.name, selected?.app]);

  return (
    <nav className={classes.rail} aria-label={t('stages.title')}>
      <h3 className={classes.heading}>{t('stages.title')}</h3>
      <ol className={classes.list} ref={list}>
        {rows.map(row => {
          const several = row.lines.length > 1;
          const shown = lineOfInterest([row])!;
          return (
            <li key={row.name} className={classes.stage}>
              <StageItem
                row={row}
                line={shown}
                selected={!several && isSelected(shown)}
                summary={several}
              />
              {several && (
                <ul className={classes.apps}>
                  {row.lines.map(line => (
                    <li key={line.app ?? ''}>
                      <StageItem line={line} selected={isSelected(line)} />
                    </li>
                  ))}
                </ul>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
