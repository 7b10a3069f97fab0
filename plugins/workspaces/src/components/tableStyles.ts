import { makeStyles } from '@material-ui/core/styles';
import { tones } from './tones';

const tableStyles = (narrow: 'xs' | 'sm') =>
  makeStyles(theme => {
    const { line, thirdInk } = tones(theme);
    const stacked = theme.breakpoints.down(narrow);
    return {
      paper: {
        overflow: 'hidden',
        borderRadius: 6,
        marginBottom: theme.spacing(1),
      },
      table: {
        '& td, & th': { fontFamily: 'inherit' }, // that of the page around it
        tableLayout: 'fixed',
        [stacked]: { display: 'block' },
      },
      caption: { captionSide: 'top', padding: '0 !important' },
      head: {
        '& th': {
          padding: theme.spacing(1, 1.5),
          fontSize: '0.75rem',
          lineHeight: '1.125rem',
          fontWeight: 400,
          textAlign: 'left',
          color: thirdInk,
          borderBottom: `1px solid ${line}`,
        },
        '& $number': { textAlign: 'right' },
        [stacked]: { display: 'none' },
      },
      body: { [stacked]: { display: 'block' } },
      row: {
        '&:not(:last-child)': { borderBottom: `1px solid ${line}` },
        '&:hover': { backgroundColor: theme.palette.action.hover },
        '& td': {
          padding: theme.spacing(1, 1.5),
          fontSize: '0.8125rem',
          lineHeight: '1.125rem',
          verticalAlign: 'top',
          wordBreak: 'normal', // the portal's theme breaks within words
        },
        '& $number': { textAlign: 'right' },
        [stacked]: {
          display: 'grid',
          gridTemplateColumns: 'minmax(0, 1fr) auto',
          gap: theme.spacing(0.25, 1),
          padding: theme.spacing(1.25, 1.5),
          '& td': { padding: 0, minWidth: 0 },
          /** What the head of the table says, where it is not seen. */
          '& td[data-title]::before': {
            content: 'attr(data-title)',
            display: 'block',
            fontSize: '0.75rem',
            lineHeight: '1rem',
            color: thirdInk,
          },
          '& $number': { textAlign: 'left' },
        },
      },
      number: { fontVariantNumeric: 'tabular-nums' },
      /** Takes both columns of a stacked item. */
      whole: { [stacked]: { gridColumn: '1 / 3' } },
      /** What the head of the table says, where it is not seen. */
      stackedOnly: {
        [theme.breakpoints.up(narrow === 'xs' ? 'sm' : 'md')]: {
          display: 'none',
        },
      },
    };
  });

/**
 * A table in which things are compared. On a narrow screen a row becomes a stacked item, whose
 * cells say their own order.
 */
export const useTableStyles = tableStyles('xs');

/** The same for a table of many columns, whose rows are stacked on a tablet already. */
export const useWideTableStyles = tableStyles('sm');
