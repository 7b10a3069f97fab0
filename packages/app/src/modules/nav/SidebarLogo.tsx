import {
  Link,
  sidebarConfig,
  useSidebarOpenState,
} from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  root: {
    width: sidebarConfig.drawerWidthClosed,
    height: 3 * sidebarConfig.logoHeight,
    display: 'flex',
    alignItems: 'center',
    marginBottom: -14,
  },
  link: { display: 'flex', alignItems: 'center', marginLeft: 22, gap: 12 },
  mark: { width: 28, height: 28, flex: 'none' },
  name: { color: '#fff', fontSize: 20, fontWeight: 700 },
});

/** The product's mark: a hull on its slipway. */
export function SidebarLogo() {
  const classes = useStyles();
  const { isOpen } = useSidebarOpenState();
  return (
    <div className={classes.root}>
      <Link
        to="/"
        underline="none"
        className={classes.link}
        aria-label="Slipway, home"
      >
        <svg className={classes.mark} viewBox="0 0 28 28" aria-hidden="true">
          <path d="M3 12h22l-4 8H8z" fill="#7df3e1" />
          <path d="M1 25 27 20" stroke="#7df3e1" strokeWidth="2" />
          <path d="M13 3v7M13 4l7 5" stroke="#fff" strokeWidth="2" />
        </svg>
        {isOpen && <span className={classes.name}>Slipway</span>}
      </Link>
    </div>
  );
}
