/** Data that ended long ago, asked as of today: says so, and asks as of their end instead. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import type { Catalog } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import type { Question } from './text';

/** Days of silence after which the present is not what the data are about. */
const SILENT_DAYS = 60;
const DAY = 86_400_000;

/** The instant that ends the date of the last event, where that is long ago and the question names no time of its own. */
export function endOfData({ last }: Pick<Catalog, 'last'>, question: Question, now: number): string | null {
  const isDated = ['as_of', 'to'].some((name) => question[name] !== undefined && question[name] !== null);
  const at = last ? Date.parse(last) : Number.NaN;
  if (isDated || Number.isNaN(at) || now - at < SILENT_DAYS * DAY) return null;
  return new Date(Math.floor(at / DAY) * DAY + DAY).toISOString().replace('.000Z', 'Z');
}

export function PastData({ catalog, question, onQuestion }: { catalog: Catalog; question: Question; onQuestion: (question: Question) => void }) {
  const { t, instant } = useWords();
  const end = endOfData(catalog, question, Date.now());
  if (!end || !catalog.last) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconHistory />} data-state="past-data" title={t('insight.past', { when: instant(catalog.last, catalog.zone) })}>
      <Group gap="sm" justify="space-between">
        <Text size="sm">{t('insight.past_hint')}</Text>
        <Button size="xs" variant="default" onClick={() => onQuestion({ ...question, as_of: end })} data-ask-past>{t('insight.past_ask')}</Button>
      </Group>
    </Alert>
  );
}
