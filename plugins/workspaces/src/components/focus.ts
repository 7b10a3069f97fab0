import type { Theme } from '@material-ui/core/styles';

/** Shows where the focus is to those who use the keys: a ripple alone is over before it was seen. */
export const focusOutline = (theme: Theme) => ({
  '&.Mui-focusVisible': {
    outline: `2px solid ${theme.palette.text.primary}`,
    outlineOffset: 2,
  },
});
