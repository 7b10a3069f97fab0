import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import ChevronLeftIcon from '@material-ui/icons/ChevronLeft';
import { workspacesTranslationRef } from '../../translation';

const useStyles = makeStyles(theme => ({
  link: {
    display: 'inline-flex',
    alignItems: 'center',
    fontSize: '0.8125rem',
    marginBottom: theme.spacing(0.5),
  },
  icon: { fontSize: 18, marginLeft: -5 },
}));

/** Back to the list of runs. */
export function BackLink() {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <Link to=".." className={classes.link}>
      <ChevronLeftIcon className={classes.icon} />
      {t('runs.title')}
    </Link>
  );
}
