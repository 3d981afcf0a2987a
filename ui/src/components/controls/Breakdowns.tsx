/** Several breakdowns at once, each with the instant at which its value is read. */
import { Group, MultiSelect, Text } from '@mantine/core';
import type { Breakdown, Catalog } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { Choice, useFieldNames } from './Fields';

const INSTANTS = ['start', 'return', 'current'] as const;

export function BreakdownPicker({ value, catalog, onChange }: { value: Breakdown[]; catalog: Catalog; onChange: (value: Breakdown[]) => void }) {
  const { t } = useWords();
  const fields = [...new Set([...useFieldNames(catalog), ...value.map((one) => one.field)])];
  return (
    <MultiSelect styles={{ inputField: { minWidth: 16 } }} label={t('controls.breakdown')} searchable value={value.map((one) => one.field)}
      data={fields.map((field) => ({ value: field, label: field.replace(/^properties\./, '') }))}
      placeholder={value.length ? undefined : t('controls.no_breakdown')} nothingFoundMessage={t('controls.nothing')}
      onChange={(names) => onChange(names.map((field) => value.find((one) => one.field === field) ?? { field, at: 'start' }))} />
  );
}

export function BreakdownInstants({ value, onChange }: { value: Breakdown[]; onChange: (value: Breakdown[]) => void }) {
  const { t } = useWords();
  if (!value.length) return null;
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>{t('controls.attribution')}</Text>
      {value.map((one) => (
        <Group key={one.field} gap="xs" wrap="nowrap" mb={4}>
          <Text size="sm" flex={1} miw={0} truncate>{one.field.replace(/^properties\./, '')}</Text>
          <Choice size="xs" w={150} value={one.at} options={INSTANTS.map((at) => ({ value: at, label: t(`attribution.${at}`) }))} aria-label={one.field}
            onChange={(at) => onChange(value.map((other) => (other.field === one.field ? { ...other, at } : other)))} />
        </Group>
      ))}
    </div>
  );
}
