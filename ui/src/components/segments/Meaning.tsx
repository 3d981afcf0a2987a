/** What a condition means, as a sentence, and how many customers satisfy it now. */
import { Loader, Stack, Text } from '@mantine/core';
import type { Preview } from '../../api/segments';
import { useWords } from '../../i18n/useWords';
import { Warnings } from '../AnswerFrame';

export function Meaning({ preview, isOld = false, listed }: {
  preview: Preview | undefined;
  /** Whether a newer one is being computed. */
  isOld?: boolean;
  /** How many customers stand in the list it is made from. */
  listed?: number | undefined;
}) {
  const words = useWords();
  const { t, language, count, instant } = words;
  if (!preview) return <Text size="sm" c="dimmed" role="status"><Loader size={14} mr={6} aria-hidden />{t('segment.counting')}</Text>;
  return (
    <Stack gap={4} style={{ opacity: isOld ? 0.55 : 1 }} aria-busy={isOld} data-meaning>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }} data-sentence>{preview[language]}</Text>
      <Text size="sm" fw={600} data-n-customers={preview.n_customers}>
        {t('segment.size', { n: count(preview.n_customers), of: count(preview.of) })}
      </Text>
      <Text size="xs" c="dimmed">{t('segment.judged', { when: instant(preview.as_of, preview.zone), zone: preview.zone })}</Text>
      {listed !== undefined && listed !== preview.n_customers ? <Text size="xs" c="dimmed" data-differs>{t('segment.differs', { n: count(listed) })}</Text> : null}
      <Warnings warnings={preview.warnings} />
    </Stack>
  );
}
