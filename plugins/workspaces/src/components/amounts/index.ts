export { useAmountText } from './useAmountText';
