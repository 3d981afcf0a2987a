/** A table of any answer: the heading stays in sight, a share that can still change is marked. */
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { CellValue, ColumnHead, Table } from '../../api/types';
import { useWords, type Words } from '../../i18n/useWords';
import classes from './Insight.module.css';

/** Columns whose texts are numbers, with as many decimals as they are known to. */
const FIGURES: ReadonlySet<ColumnHead['kind']> = new Set(['decimal', 'number']);

/** Rows drawn at first, and more at a time. */
const STEP = 200;

/** Characters of a text beyond which it is a sentence, and runs over several lines rather than out of sight. */
const LONG = 40;

export function AnyTable({ table }: { table: Table }) {
  const words = useWords();
  const { t, count } = words;
  const [shown, setShown] = useState(STEP);
  if (!table.rows.length) return <Text size="sm" c="dimmed">{t('insight.no_rows')}</Text>;
  const rows = table.rows.slice(0, shown);
  return (
    <>
      <div className={classes.scroll} role="region" tabIndex={0} aria-label={table.name}>
        <table className={classes.table} data-table={table.name}>
          <thead><tr>{table.columns.map((head, at) => <th key={at} scope="col" data-kind={head.kind}>{head.name}</th>)}</tr></thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {table.columns.map((head, place) => <Cell key={place} head={head} value={row[place] ?? null} words={words} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown < table.rows.length ? (
        <Group mt="xs" gap="sm">
          <Text size="sm" c="dimmed">{t('insight.rows_shown', { n: count(rows.length), of: count(table.rows.length) })}</Text>
          <Button size="compact-sm" variant="default" onClick={() => setShown(shown + STEP)}>{t('insight.more')}</Button>
        </Group>
      ) : null}
    </>
  );
}

function Cell({ head, value, words }: { head: ColumnHead; value: CellValue; words: Words }) {
  const isOpen = isShare(value) && !value.complete;
  const isLong = typeof value === 'string' && value.length > LONG;
  return (
    <td data-kind={head.kind} data-open={isOpen || undefined} data-long={isLong || undefined} title={isOpen ? words.t('insight.incomplete') : undefined}>
      {FIGURES.has(head.kind) && typeof value === 'string' ? words.figure(value) : cellText(value, words)}{isOpen ? '*' : ''}
    </td>
  );
}

const isShare = (value: CellValue): value is { share: number; complete: boolean } => typeof value === 'object' && value !== null;

/** What stands in a cell, as a reader of the language writes it. */
export function cellText(value: CellValue, { t, count, share }: Words): string {
  if (value === null) return '–';
  if (isShare(value)) return share(value.share);
  if (typeof value === 'boolean') return value ? t('insight.yes') : t('insight.no');
  return typeof value === 'number' ? count(value) : value;
}
