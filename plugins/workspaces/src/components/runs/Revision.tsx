import { makeStyles } from '@material-ui/core/styles';
import { monospace } from '../tones';

const useStyles = makeStyles({
  root: { fontFamily: monospace, whiteSpace: 'nowrap' },
});

const SHOWN_OF_COMMIT = 7;
const SHOWN_OF_DIGEST = 'sha256:'.length + 7;

/** The commit of a source, or the digest of what was fetched, as short as people write it. */
export function Revision(props: { revision: string }) {
  const classes = useStyles();
  return (
    <span className={classes.root} title={props.revision}>
      {shortRevision(props.revision)}
    </span>
  );
}

function shortRevision(revision: string): string {
  if (revision.startsWith('sha256:')) return revision.slice(0, SHOWN_OF_DIGEST);
  return /^[0-9a-f]{40,64}$/.test(revision)
    ? revision.slice(0, SHOWN_OF_COMMIT)
    : revision;
}
