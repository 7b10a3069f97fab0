import { PageBlueprint } from '@backstage/frontend-plugin-api';
import DirectionsBoatIcon from '@material-ui/icons/DirectionsBoat';
import LocalHospitalIcon from '@material-ui/icons/LocalHospital';
import { doctorRouteRef, workspacesRouteRef } from './routes';

export const workspacesPage = PageBlueprint.make({
  params: {
    path: '/workspaces',
    title: 'Workspaces',
    icon: <DirectionsBoatIcon fontSize="inherit" />,
    routeRef: workspacesRouteRef,
    loader: () =>
      import('./components/WorkspacesPage').then(m => <m.WorkspacesPage />),
  },
});

export const doctorPage = PageBlueprint.make({
  name: 'doctor',
  params: {
    path: '/doctor',
    title: 'Doctor',
    icon: <LocalHospitalIcon fontSize="inherit" />,
    routeRef: doctorRouteRef,
    loader: () => import('./components/DoctorPage').then(m => <m.DoctorPage />),
  },
});
