/** A civil unit, the customer's own purchase cycle, or a list of brackets of one's own. */
import { Group, Stack, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Brackets, RetentionQuestion } from '../../../api/types';
import { Choice } from '../../../components/controls/Fields';
import { useWords } from '../../../i18n/useWords';
import { MAX_PERIODS, UNITS, type RetentionSearch } from '../question';

const PERIODS = [...UNITS, 'purchase_cycle', 'brackets'] as const;
const FIRST_BRACKETS: Brackets = { brackets: [1, 3, 7, 14], unit: 'day' };

export function PeriodPicker({ question, onChange }: { question: RetentionQuestion; onChange: (patch: RetentionSearch) => void }) {
  const { t } = useWords();
  const { period } = question;
  const isBracketed = typeof period !== 'string';
  return (
    <Stack gap={6}>
      <Choice label={t('controls.period')} value={isBracketed ? 'brackets' : period}
        options={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))} maxDropdownHeight={320}
        onChange={(chosen) => onChange({ period: chosen === 'brackets' ? FIRST_BRACKETS : chosen })} />
      {isBracketed ? <BracketList period={period} onChange={(next) => onChange({ period: next })} /> : null}
    </Stack>
  );
}

function BracketList({ period, onChange }: { period: Brackets; onChange: (period: Brackets) => void }) {
  const { t } = useWords();
  const [text, setText] = useState(period.brackets.join(', '));
  useEffect(() => setText(period.brackets.join(', ')), [period]);
  const sizes = readSizes(text);
  const commit = () => {
    if (sizes && sizes.join() !== period.brackets.join()) onChange({ ...period, brackets: sizes });
  };
  return (
    <Group gap={6} wrap="nowrap" align="start">
      <TextInput size="xs" flex={1} miw={0} value={text} error={sizes ? undefined : t('controls.brackets_error')} aria-label={t('controls.brackets')}
        onChange={(event) => setText(event.currentTarget.value)} onBlur={commit} onKeyDown={(event) => { if (event.key === 'Enter') commit(); }} />
      <Choice size="xs" w={86} value={period.unit} options={UNITS.map((value) => ({ value, label: t(`unit.${value}`) }))} aria-label={t('controls.bracket_unit')}
        onChange={(unit) => onChange({ ...period, unit })} />
    </Group>
  );
}

export function readSizes(text: string): number[] | null {
  const sizes = text.split(/[,，\s]+/).filter(Boolean).map(Number);
  return sizes.length > 0 && sizes.length <= MAX_PERIODS && sizes.every((size) => Number.isInteger(size) && size > 0) ? sizes : null;
}
