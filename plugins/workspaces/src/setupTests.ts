import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// Hundreds of lines are drawn in some tests, and a shared machine is slow at times.
configure({ asyncUtilTimeout: 20_000 });
jest.setTimeout(90_000);
