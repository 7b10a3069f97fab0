import {
  SearchFilterResultTypeBlueprint,
  SearchResultListItemBlueprint,
} from '@backstage/plugin-search-react/alpha';
import DirectionsBoatIcon from '@material-ui/icons/DirectionsBoat';
import { WORKSPACES_SEARCH_TYPE } from '@slipway/backstage-plugin-workspaces-common';

const resultItem = SearchResultListItemBlueprint.make({
  params: {
    icon: <DirectionsBoatIcon />,
    predicate: result => result.type === WORKSPACES_SEARCH_TYPE,
    component: () =>
      import('./components/SearchResultItem').then(m => m.SearchResultItem),
  },
});

const resultType = SearchFilterResultTypeBlueprint.make({
  params: {
    value: WORKSPACES_SEARCH_TYPE,
    name: 'Workspaces and endpoints',
    icon: <DirectionsBoatIcon />,
  },
});

/** What the page of the search has for workspaces and endpoints. */
export const searchExtensions = [resultItem, resultType];
