import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import type { ReactNode } from 'react';
import useAsync from 'react-use/esm/useAsync';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { Address } from '../Address';
import { ComparedTable } from '../ComparedTable';
import { CopyButton } from '../feedback';
import {
  outputsOf,
  Revision,
  sourceChanges,
  SourceChangeText,
  type AppOutputs,
  type SourceChange,
} from '../runs';
import { useTableStyles } from '../tableStyles';
import { tones } from '../tones';

/** So many of the newest runs are looked at for what was there before. */
const RUNS = 50;

const useStyles = makeStyles(theme => ({
  title: {
    margin: theme.spacing(0, 0, 1),
    fontSize: '0.875rem',
    lineHeight: '1.25rem',
    fontWeight: 700,
  },
  name: { fontWeight: 700, overflowWrap: 'anywhere' },
  value: { overflowWrap: 'anywhere' },
  second: {
    color: tones(theme).secondInk,
    fontSize: '0.75rem',
    lineHeight: '1rem',
  },
  warning: {
    color: tones(theme).text.warning,
    fontSize: '0.75rem',
    lineHeight: '1rem',
  },
  quiet: { color: tones(theme).thirdInk },
}));

/** What a run made of its apps, as far as it got: source, image, release, address. */
export function RunOutputs(props: { run: Run }) {
  const classes = useStyles();
  const table = useTableStyles();
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run } = props;
  const made = outputsOf(run).filter(
    ({ revision, image, release, url }) => revision ?? image ?? release ?? url,
  );
  // Without the runs before it, only what this one fetched is said.
  const { value: runs } = useAsync(
    () => api.listRuns({ workspace: run.workspace, limit: RUNS }),
    [api, run.workspace],
  );
  if (made.length === 0) return null;
  const changes = sourceChanges(run, runs?.items ?? []);
  const builds = run.kind === 'deploy';
  const columns = [
    { title: t('outputs.app'), width: builds ? '18%' : '40%' },
    ...(builds
      ? [
          { title: t('outputs.source'), width: '24%' },
          { title: t('outputs.image'), width: '22%' },
        ]
      : []),
    { title: t('outputs.release'), width: 110 },
    { title: t('outputs.address') },
  ];
  return (
    <section aria-labelledby="slipway-outputs">
      <h3 id="slipway-outputs" className={classes.title}>
        {t('outputs.title')}
      </h3>
      <ComparedTable caption={t('outputs.title')} columns={columns}>
        <TableBody className={table.body} role="rowgroup">
          {made.map(outputs => (
            <OutputsRow
              key={outputs.app}
              outputs={outputs}
              builds={builds}
              change={changes.find(({ app }) => app === outputs.app)}
            />
          ))}
        </TableBody>
      </ComparedTable>
    </section>
  );
}

function OutputsRow(props: {
  outputs: AppOutputs;
  /** Else it has neither source nor image of its own. */
  builds: boolean;
  change?: SourceChange;
}) {
  const classes = useStyles();
  const table = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { outputs, builds, change } = props;
  const { app, image, digest, builder, release, url, verified } = outputs;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell" className={`${table.whole} ${classes.name}`}>
        {app}
      </TableCell>
      {builds && (
        <>
          <Output title={t('outputs.source')}>
            {change && (
              <>
                <SourceChangeText change={change} />
                <CopyButton
                  text={change.after}
                  label={t('outputs.copySource', { app })}
                />
              </>
            )}
          </Output>
          <Output title={t('outputs.image')}>
            {(digest ?? image) && (
              <>
                <Revision revision={digest ?? image ?? ''} />
                <CopyButton
                  text={image ?? digest ?? ''}
                  label={t('outputs.copyImage', { app })}
                />
                {builder && <BuiltBy builder={builder} />}
              </>
            )}
          </Output>
        </>
      )}
      <Output title={t('outputs.release')}>
        {release !== undefined && (
          <>
            {release}
            <div className={classes.second}>
              {verified ? t('outputs.verified') : t('outputs.notVerified')}
            </div>
          </>
        )}
      </Output>
      <Output title={t('outputs.address')}>
        {url !== undefined && <Address url={url} />}
      </Output>
    </TableRow>
  );
}

/** What built an image and why that, with what people must know of it. */
function BuiltBy(props: { builder: NonNullable<AppOutputs['builder']> }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, why, warning } = props.builder;
  return (
    <>
      <div className={classes.second}>
        {why
          ? t('outputs.builtByBecause', { name, why })
          : t('outputs.builtBy', { name })}
      </div>
      {warning && <div className={classes.warning}>{warning}</div>}
    </>
  );
}

function Output(props: { title: string; children: ReactNode }) {
  const classes = useStyles();
  const table = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { title, children } = props;
  return (
    <TableCell role="cell" className={`${table.whole} ${classes.value}`}>
      <span className={`${table.stackedOnly} ${classes.quiet}`}>{title} </span>
      {children || <span className={classes.quiet}>{t('outputs.none')}</span>}
    </TableCell>
  );
}
