/** Every period in figures, sortable. */
import {
  createColumnHelper, createSortedRowModel, rowSortingFeature, sortFn_alphanumeric, sortFn_basic, tableFeatures, useTable,
} from '@tanstack/react-table';
import { useMemo } from 'react';
import type { CrrAnswer, CrrPeriod } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { isGrouped, isShort, reasonText, seriesOf, type OnSet } from './figures';
import classes from './PeriodTable.module.css';

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic, alphanumeric: sortFn_alphanumeric },
});
interface Row { period: CrrPeriod; group: string }
const helper = createColumnHelper<typeof features, Row>();

const COUNTS = ['s', 'kept', 'lost', 'n', 'won_back', 'e', 'acquired'] as const;
const RATES = ['set', 'classic', 'churn'] as const;

export function PeriodTable({ answer, onSet }: { answer: CrrAnswer; onSet: OnSet }) {
  const words = useWords();
  const data = useMemo<Row[]>(
    () => seriesOf(answer, words).flatMap((series) => series.periods.map((period) => ({ period, group: series.name }))),
    [answer, words],
  );
  const columns = useMemo(() => {
    const { t, count, share } = words;
    return helper.columns([
      helper.accessor((row) => row.period.start, { id: 'period', header: t('crr.period'), sortFn: 'alphanumeric', cell: ({ row: { original: { period } } }) => <>{period.label}{isShort(period) ? <abbr title={t('crr.history_too_short')}> †</abbr> : null}</> }),
      ...(isGrouped(answer) ? [helper.accessor('group', { header: t('retention.group'), sortFn: 'alphanumeric' })] : []),
      ...RATES.map((key) => helper.accessor((row) => row.period[key] ?? -1, {
        id: key, header: t(`crr.${key}`), sortFn: 'basic',
        cell: ({ row: { original: { period } } }) => (
          <span title={reasonText(period.reason, words) || undefined} className={key === 'set' ? classes.strong : undefined}>{share(period[key])}</span>
        ),
      })),
      ...COUNTS.map((key) => helper.accessor((row) => row.period[key], { id: key, header: t(`crr.${key}`), sortFn: 'basic', cell: ({ row: { original: { period } } }) => <button type="button" className={classes.set} onClick={() => onSet(period, key)}>{count(period[key])}</button> })),
    ]);
  }, [answer, words, onSet]);
  const table = useTable({ features, columns, data, initialState: { sorting: [{ id: 'period', desc: true }] } });
  return (
    <div className={classes.scroll} role="region" tabIndex={0} aria-label={words.t('crr.table')}>
      <table className={classes.table} data-crr-table>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                return (
                  <th key={header.id} scope="col" aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}>
                    <button type="button" onClick={header.column.getToggleSortingHandler()}>
                      <table.FlexRender header={header} /><span aria-hidden>{sorted === 'asc' ? ' ↑' : sorted === 'desc' ? ' ↓' : ''}</span>
                    </button>
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} className={row.original.period.complete ? undefined : classes.open} title={row.original.period.complete ? undefined : words.t('crr.not_over')}>
              {row.getAllCells().map((cell) => <td key={cell.id}><table.FlexRender cell={cell} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
      {answer.periods.some(isShort) ? <p className={classes.note}>† {words.t('crr.history_too_short')}</p> : null}
    </div>
  );
}
