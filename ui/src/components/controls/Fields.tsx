/** Small inputs that every question shares. Typed numbers are asked once the hand has paused. */
import { NumberInput, Select, type NumberInputProps, type SelectProps } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconCalendar } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import type { Catalog } from '../../api/types';
import { useWords } from '../../i18n/useWords';

/** A choice among names; the type of the names survives. */
export function Choice<T extends string>({ value, options, onChange, ...rest }: {
  value: T; options: readonly { value: T; label: string }[]; onChange: (value: T) => void;
} & Omit<SelectProps, 'value' | 'data' | 'onChange'>) {
  return (
    <Select {...rest} value={value} data={options.map((one) => ({ ...one }))}
      onChange={(chosen) => {
        const option = options.find((one) => one.value === chosen);
        if (option) onChange(option.value);
      }} />
  );
}

export function NumberField({ value, onChange, isOptional, ...rest }: {
  value: number | null; onChange: (value: number | null) => void; isOptional?: boolean;
} & Omit<NumberInputProps, 'value' | 'onChange'>) {
  const [typed, setTyped] = useState<number | string>(value ?? '');
  useEffect(() => setTyped(value ?? ''), [value]);
  const commit = useDebouncedCallback((next: number | string) => {
    if (next === '') {
      if (isOptional) onChange(null);
      else setTyped(value ?? '');
    } else if (Number.isFinite(Number(next)) && Number(next) !== value) onChange(Number(next));
  }, 450);
  return (
    <NumberInput {...rest} clampBehavior="strict" value={typed}
      onChange={(next) => {
        setTyped(next);
        commit(next);
      }} />
  );
}

export const MONTH_LABEL = { en: 'MMMM YYYY', zh: 'YYYY 年 M 月' } as const;

/** Both ends or none: a half-picked range is not yet a question. */
export function DateRange({ label, from, to, catalog, onChange }: {
  label: string; from: string | null; to: string | null; catalog: Catalog;
  onChange: (from: string | null, to: string | null) => void;
}) {
  const { t, language } = useWords();
  const [picked, setPicked] = useState<[string | null, string | null]>([from, to]);
  useEffect(() => setPicked([from, to]), [from, to]);
  const presets = useMemo(() => rangesUpTo(catalog).map(({ key, range }) => ({ label: t(`range.${key}`), value: range })), [catalog, t]);
  return (
    <DatePickerInput type="range" label={label} value={picked} presets={presets} clearable placeholder={t('range.all')}
      leftSection={<IconCalendar size={16} />} valueFormat="YYYY-MM-DD" monthLabelFormat={MONTH_LABEL[language]} allowSingleDateInRange
      defaultDate={catalog.last?.slice(0, 10)} clearButtonProps={{ 'aria-label': t('range.clear') }}
      onChange={(next) => {
        const [start, end] = next;
        setPicked([start, end]);
        if ((start === null) === (end === null)) onChange(start, end);
      }} />
  );
}

/** Usual ranges, counted back from the last event there is and not from today. */
function rangesUpTo(catalog: Catalog) {
  if (!catalog.last || !catalog.first) return [];
  const last = catalog.last.slice(0, 10);
  const first = catalog.first.slice(0, 10);
  const back = (months: number): string => {
    const date = new Date(`${last.slice(0, 7)}-01T00:00:00Z`);
    date.setUTCMonth(date.getUTCMonth() - months + 1);
    const start = date.toISOString().slice(0, 10);
    return start < first ? first : start;
  };
  const year = `${last.slice(0, 4)}-01-01`;
  return ([
    ['months_3', [back(3), last]], ['months_6', [back(6), last]], ['months_12', [back(12), last]],
    ['months_24', [back(24), last]], ['this_year', [year < first ? first : year, last]],
  ] as const).map(([key, range]) => ({ key, range: [...range] as [string, string] }));
}

export function ZoneSelect({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const { t } = useWords();
  const zones = useMemo(() => [...new Set(['UTC', value, ...Intl.supportedValuesOf('timeZone')])], [value]);
  return <Select label={t('controls.zone')} searchable limit={60} value={value} data={zones} onChange={(zone) => zone && onChange(zone)} nothingFoundMessage={t('controls.nothing')} />;
}

/** Civil fields of a row, and the properties this company has. */
export function useFieldNames(catalog: Catalog): string[] {
  return useMemo(
    () => ['event', 'amount', 'currency', 'order_id', 'item', 'quantity', 'session', 'source', ...catalog.properties.map((name) => `properties.${name}`)],
    [catalog],
  );
}
