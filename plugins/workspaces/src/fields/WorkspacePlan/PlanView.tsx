import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type {
  Plan,
  PlanChange,
} from '@slipway/backstage-plugin-workspaces-common';
import { ComparedTable } from '../../components/ComparedTable';
import { useTableStyles } from '../../components/tableStyles';
import { monospace, tones } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';
import { PlanChecks } from './PlanChecks';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, stages } = tones(theme);
  return {
    part: {
      margin: theme.spacing(2, 0, 1),
      fontSize: '0.875rem',
      lineHeight: '1.25rem',
      fontWeight: 700,
    },
    stages: {
      display: 'flex',
      flexWrap: 'wrap',
      gap: theme.spacing(0.5, 2),
      listStyle: 'none',
      margin: 0,
      padding: 0,
      fontSize: '0.8125rem',
      lineHeight: '1.25rem',
    },
    stage: {
      display: 'inline-flex',
      alignItems: 'center',
      gap: 6,
      '&::before': {
        content: '""',
        width: 10,
        height: 10,
        borderRadius: 2,
        backgroundColor: ({ stage }: { stage?: keyof typeof stages }) =>
          stage && stages[stage],
      },
    },
    none: { margin: 0, color: secondInk },
    kind: { color: thirdInk },
    name: { fontFamily: monospace, overflowWrap: 'anywhere' },
    detail: { color: secondInk, overflowWrap: 'anywhere' },
  };
});

/** What a run would do, what it would make, and what must hold for that. */
export function PlanView(props: { plan: Plan }) {
  const classes = useStyles({});
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { stages, changes, checks } = props.plan;
  return (
    <>
      <h4 className={classes.part}>{t('fields.plan.stages')}</h4>
      <ol className={classes.stages}>
        {stages.map(stage => (
          <PlannedStage key={stage} stage={stage} />
        ))}
      </ol>
      <h4 className={classes.part}>{t('fields.plan.changes')}</h4>
      {changes.length === 0 ? (
        <p className={classes.none}>{t('fields.plan.noChanges')}</p>
      ) : (
        <Changes changes={changes} />
      )}
      <h4 className={classes.part}>{t('fields.plan.checks')}</h4>
      <PlanChecks checks={checks} />
    </>
  );
}

function PlannedStage(props: { stage: Plan['stages'][number] }) {
  const classes = useStyles(props);
  const { t } = useTranslationRef(workspacesTranslationRef);
  return <li className={classes.stage}>{t(`stage.${props.stage}`)}</li>;
}

function Changes(props: { changes: PlanChange[] }) {
  const classes = useStyles({});
  const cells = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <ComparedTable
      caption={t('fields.plan.changes')}
      columns={[
        { title: t('fields.plan.name') },
        { title: t('fields.plan.kind'), width: 130 },
        { title: t('fields.plan.action'), width: 90 },
        { title: t('fields.plan.detail') },
      ]}
    >
      <TableBody className={cells.body} role="rowgroup">
        {props.changes.map(({ action, kind, name, detail }) => (
          <TableRow key={`${kind} ${name}`} role="row" className={cells.row}>
            <TableCell role="cell">
              <span className={classes.name}>{name}</span>
            </TableCell>
            <TableCell role="cell">
              <span className={classes.kind}>{kind}</span>
            </TableCell>
            <TableCell role="cell">
              {t(`fields.plan.actions.${action}`)}
            </TableCell>
            <TableCell role="cell" className={cells.whole}>
              <span className={classes.detail}>{detail}</span>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </ComparedTable>
  );
}
