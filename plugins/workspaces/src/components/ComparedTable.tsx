import Paper from '@material-ui/core/Paper';
import Table from '@material-ui/core/Table';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import type { ReactNode } from 'react';
import { useTableStyles, useWideTableStyles } from './tableStyles';
import { VisuallyHidden } from './VisuallyHidden';

/** A column; its width is in pixels, or a share of the table. */
export interface Column {
  title: string;
  width?: number | string;
  number?: boolean;
  /** Only those who hear the page need the title. */
  untitled?: boolean;
}

/** Things under each other, to be compared. Its rows use the cells of `useTableStyles`. */
export function ComparedTable(props: {
  caption: string;
  columns: Column[];
  /** So many columns that rows are stacked on a tablet already: cells of `useWideTableStyles`. */
  wide?: boolean;
  children: ReactNode;
}) {
  const usual = useTableStyles();
  const wide = useWideTableStyles();
  const classes = props.wide ? wide : usual;
  return (
    <Paper variant="outlined" className={classes.paper}>
      {/* Roles are written out: rows that are stacked on a narrow screen would lose them. */}
      <Table size="small" className={classes.table} role="table">
        <caption className={classes.caption}>
          <VisuallyHidden>{props.caption}</VisuallyHidden>
        </caption>
        <TableHead className={classes.head} role="rowgroup">
          <TableRow role="row">
            {props.columns.map(({ title, width, number, untitled }) => (
              <TableCell
                key={title}
                role="columnheader"
                style={{ width }}
                className={number ? classes.number : undefined}
              >
                {untitled ? <VisuallyHidden>{title}</VisuallyHidden> : title}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        {props.children}
      </Table>
    </Paper>
  );
}
