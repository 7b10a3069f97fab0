export { StageLegend } from './StageLegend';
export { StageStrip } from './StageStrip';
export {
  firstUnfinished,
  lineOfInterest,
  stageRows,
  type StageLine,
  type StageRow,
} from './stageRows';
export { stripLength, stripSegments, type StripSegment } from './stripSegments';
