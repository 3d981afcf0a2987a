/** The imports page: bring a file, watch it, see what was left out and why, take it back. */
import { Stack, Title } from '@mantine/core';
import { useImports } from '../../api/hooks';
import { AnswerFrame, Nothing } from '../../components/AnswerFrame';
import { Importer } from '../../components/importer/Importer';
import { useWords } from '../../i18n/useWords';
import { DeadLetters } from './DeadLetters';
import { ImportList } from './view';

export function ImportsPage({ letters, onLetters }: { letters: string | null; onLetters: (id: string | null) => void }) {
  const { t } = useWords();
  const query = useImports();
  return (
    <Stack gap="md">
      <Title order={1} fz={24}>{t('nav.imports')}</Title>
      <Importer />
      <AnswerFrame query={query} isEmpty={(imports) => imports.length === 0} empty={<Nothing title={t('import.none')} hint={t('import.none_hint')} />}>
        {(imports) => (
          <>
            <ImportList imports={imports} onLetters={onLetters} />
            <DeadLetters record={imports.find((one) => one.id === letters) ?? null} onClose={() => onLetters(null)} />
          </>
        )}
      </AnswerFrame>
    </Stack>
  );
}
