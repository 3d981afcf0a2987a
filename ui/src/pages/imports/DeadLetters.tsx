/** Rows that could not be taken, each with its place, its value and the reason. */
import { Button, Drawer, Group, Text } from '@mantine/core';
import { useDeadLetters } from '../../api/hooks';
import type { DeadLetter, ImportRecord } from '../../api/types';
import { AnswerFrame } from '../../components/AnswerFrame';
import { reasonName } from '../../components/importer/reasons';
import classes from '../../components/importer/Importer.module.css';
import { useWords } from '../../i18n/useWords';

export function DeadLetters({ record, onClose }: { record: ImportRecord | null; onClose: () => void }) {
  const { t } = useWords();
  return (
    <Drawer opened={record !== null} onClose={onClose} position="right" size="xl" title={t('letters.title')} closeButtonProps={{ 'aria-label': t('customers.close') }} styles={{ title: { fontWeight: 650 } }}>
      {record ? <Letters key={record.id} record={record} /> : null}
    </Drawer>
  );
}

function Letters({ record }: { record: ImportRecord }) {
  const { t, count } = useWords();
  const query = useDeadLetters(record.id);
  return (
    <AnswerFrame query={query} isEmpty={(letters) => letters.length === 0}>
      {(letters) => (
        <>
          <Text size="sm" c="dimmed" mb="sm">{t('letters.shown', { n: count(letters.length), of: count(record.rejected) })}</Text>
          <Table letters={letters} />
          {query.hasNextPage ? (
            <Group justify="center" mt="md">
              <Button size="xs" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('letters.more')}</Button>
            </Group>
          ) : null}
        </>
      )}
    </AnswerFrame>
  );
}

function Table({ letters }: { letters: DeadLetter[] }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className={classes.scroll} role="region" tabIndex={0} aria-label={t('letters.title')}>
      <table className={classes.rows} data-letters>
        <thead><tr>{(['row', 'reason', 'column', 'value'] as const).map((key) => <th key={key} scope="col">{t(`letters.${key}`)}</th>)}</tr></thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.id}>
              <td>{letter.row === null ? '–' : words.count(letter.row)}</td>
              <td title={letter.reason}>{reasonName(letter.reason, words)}</td>
              <td>{letter.column ?? '–'}</td>
              <td title={letter.value ?? undefined}>{letter.value || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
