/** The chart library arrives after the page: figures and the triangle do not wait for it. */
import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { ChartOption } from './Chart';

const Chart = lazy(() => import('./Chart'));

export type { ChartOption };
export function LazyChart(props: { option: ChartOption; height: number; label: string }) {
  return (
    <Suspense fallback={<Skeleton height={props.height} />}>
      <Chart {...props} />
    </Suspense>
  );
}
