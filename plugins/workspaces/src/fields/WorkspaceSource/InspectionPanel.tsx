import { useTranslationRef } from '@backstage/frontend-plugin-api';
import LinearProgress from '@material-ui/core/LinearProgress';
import MenuItem from '@material-ui/core/MenuItem';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import type { SourceInspection } from '@slipway/backstage-plugin-workspaces-common';
import { isNotAllowed } from '../../api/errors';
import { ActionButton } from '../../components/ActionButton';
import { DiagnosisPanel } from '../../components/DiagnosisPanel';
import { ActionError, Notice } from '../../components/feedback';
import { tones } from '../../components/tones';
import { VisuallyHidden } from '../../components/VisuallyHidden';
import { workspacesTranslationRef } from '../../translation';
import type { Texts } from '../form';
import { SeenFacts } from './SeenFacts';
import { needsDockerfile } from './sources';
import type { Look } from './useInspection';

const useStyles = makeStyles(theme => {
  const { line, secondInk } = tones(theme);
  return {
    root: {
      marginTop: theme.spacing(2),
      paddingTop: theme.spacing(1.5),
      borderTop: `1px solid ${line}`,
    },
    head: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      justifyContent: 'space-between',
      gap: theme.spacing(0.5, 2),
      minHeight: 32,
      marginBottom: theme.spacing(1),
    },
    title: {
      margin: 0,
      fontSize: '0.875rem',
      lineHeight: '1.25rem',
      fontWeight: 700,
    },
    quiet: { margin: 0, fontSize: '0.8125rem', color: secondInk },
    choice: { marginBottom: theme.spacing(1.5), maxWidth: 480 },
  };
});

/** What a look at the source saw: what will be built, or why it cannot be. */
export function InspectionPanel(props: {
  id: string;
  look: Look;
  /** The Dockerfile that was chosen. */
  dockerfile?: string;
  disabled?: boolean;
  onDockerfile: (dockerfile: string) => void;
  onAgain: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { look } = props;
  const ended = look.state === 'seen' || look.state === 'failed';
  return (
    <div className={classes.root}>
      <div className={classes.head}>
        <h4 className={classes.title}>{t('fields.inspection.title')}</h4>
        {ended && (
          <ActionButton disabled={props.disabled} onClick={props.onAgain}>
            {t('fields.inspection.again')}
          </ActionButton>
        )}
      </div>
      <LookStatus look={look} />
      {look.state === 'looking' && (
        <LinearProgress aria-label={t('fields.inspection.looking')} />
      )}
      {look.state === 'failed' && <LookFailure error={look.error} />}
      {look.state === 'seen' && (
        <Seen {...props} inspection={look.inspection} />
      )}
    </div>
  );
}

/** Says politely what changed; those who see the page see more than that. */
function LookStatus(props: { look: Look }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { look } = props;
  switch (look.state) {
    case 'incomplete':
      return (
        <p role="status" className={classes.quiet}>
          {t('fields.inspection.notYet')}
        </p>
      );
    case 'seen':
      return (
        <VisuallyHidden role="status">
          {wordsOf(look.inspection, t)}
        </VisuallyHidden>
      );
    default:
      return (
        <VisuallyHidden role="status">
          {look.state === 'looking'
            ? t('fields.inspection.looking')
            : t('fields.inspection.failed')}
        </VisuallyHidden>
      );
  }
}

function wordsOf(inspection: SourceInspection, t: Texts): string {
  const { problem, runtime, dockerfile } = inspection;
  if (needsDockerfile(inspection)) return t('fields.inspection.choose');
  if (problem) return t('fields.inspection.problem', { cause: problem.cause });
  const facts = [runtime, dockerfile].filter(Boolean).join(', ');
  return t('fields.inspection.seen', { facts });
}

function LookFailure(props: { error: Error }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return isNotAllowed(props.error) ? (
    <Notice title={t('fields.inspection.notAllowed')}>
      <p>{t('fields.inspection.notAllowedFix')}</p>
    </Notice>
  ) : (
    <ActionError title={t('fields.inspection.failed')} error={props.error} />
  );
}

function Seen(props: {
  id: string;
  inspection: SourceInspection;
  dockerfile?: string;
  disabled?: boolean;
  onDockerfile: (dockerfile: string) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { inspection, dockerfile = '' } = props;
  const { dockerfiles, problem } = inspection;
  const choose = needsDockerfile(inspection);
  return (
    <>
      {(choose || dockerfiles.length > 1) && (
        <TextField
          id={`${props.id}_dockerfile`}
          className={classes.choice}
          select
          fullWidth
          error={choose}
          label={t('fields.source.dockerfile')}
          helperText={choose && t('fields.source.dockerfileHelp')}
          value={
            dockerfiles.includes(dockerfile)
              ? dockerfile
              : inspection.dockerfile ?? ''
          }
          disabled={props.disabled}
          onChange={event => props.onDockerfile(event.target.value)}
        >
          {dockerfiles.map(each => (
            <MenuItem key={each} value={each}>
              {each}
            </MenuItem>
          ))}
        </TextField>
      )}
      {problem && !choose && <DiagnosisPanel diagnosis={problem} />}
      {!problem && <SeenFacts inspection={inspection} />}
    </>
  );
}
