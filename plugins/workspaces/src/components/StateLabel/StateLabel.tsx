import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import { workspacesTranslationRef } from '../../translation';
import { tones, type Tone } from '../tones';
import { VisuallyHidden } from '../VisuallyHidden';
import { StateIcon } from './StateIcon';
import { states, type State } from './states';

const useStyles = makeStyles(theme => ({
  label: {
    '--slipway-cut': theme.palette.background.paper,
    position: 'relative', // what is only heard stays inside
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    fontSize: '0.8125rem',
    lineHeight: '1.125rem',
    fontWeight: 700,
    whiteSpace: 'nowrap',
    color: ({ tone }: { tone: Tone }) => tones(theme).text[tone],
  },
}));

/**
 * A state as colour, shape and word; the only component that draws one.
 */
export function StateLabel(props: {
  state: State;
  /** Follows the word: "Failed in deploy". */
  detail?: string;
  /** Only the shape is seen, where the row says the rest; the word stays for those who hear the page. */
  iconOnly?: boolean;
  className?: string;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { tone, shape } = states[props.state];
  const classes = useStyles({ tone });
  const word = t(`state.${props.state}`);
  const text = props.detail ? `${word} ${props.detail}` : word;
  return (
    <span
      className={
        props.className ? `${classes.label} ${props.className}` : classes.label
      }
    >
      <StateIcon shape={shape} />
      {props.iconOnly ? <VisuallyHidden>{text}</VisuallyHidden> : text}
    </span>
  );
}
