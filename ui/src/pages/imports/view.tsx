/** Imports, newest first. */
import { Alert, Badge, Button, Group, Popover, Stack, Text } from '@mantine/core';
import { IconArrowBackUp, IconListDetails } from '@tabler/icons-react';
import { useState } from 'react';
import { isAtWork, useUndoImport } from '../../api/hooks';
import type { ImportRecord, ImportState } from '../../api/types';
import { Trouble } from '../../components/AnswerFrame';
import { Counts } from '../../components/importer/Counts';
import { ReadingProgress } from '../../components/importer/Importer';
import { errorOf } from '../../components/importer/reasons';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';

const COLOURS: Record<ImportState, string> = { waiting: 'gray', running: 'blue', done: 'leaf', failed: 'red', interrupted: 'yellow', undone: 'gray' };

export function ImportList({ imports, onLetters }: { imports: ImportRecord[]; onLetters: (id: string) => void }) {
  // Those at work have no start yet and stand first.
  const newest = [...imports].sort((a, b) => ((a.started_at ?? '9') < (b.started_at ?? '9') ? 1 : -1));
  return <Stack gap="sm">{newest.map((one) => <ImportCard key={one.id} record={one} onLetters={() => onLetters(one.id)} />)}</Stack>;
}

function ImportCard({ record, onLetters }: { record: ImportRecord; onLetters: () => void }) {
  const { t, language, bytes, instant, count } = useWords();
  return (
    <Panel title={record.name} note={[record.started_at ? instant(record.started_at) : '', bytes(record.total_bytes ?? record.bytes)].filter(Boolean).join(' · ')}
      tools={(
        <>
          <Badge variant="light" color={COLOURS[record.state]} tt="none" size="lg" data-state={record.state}>{t(`import.state_${record.state}`)}</Badge>
          {record.rejected > 0 && !isAtWork(record) ? (
            <Button size="xs" variant="default" leftSection={<IconListDetails size={16} />} onClick={onLetters}>{t('import.letters', { n: count(record.rejected) })}</Button>
          ) : null}
          {record.state === 'done' ? <Undo record={record} /> : null}
        </>
      )}>
      <ReadingProgress record={record} />
      <Counts counts={record} />
      {record.error ? <Alert color="red" mt="sm">{errorOf(record, language)}</Alert> : null}
      <Text size="xs" c="dimmed" mt="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>{record.id}</Text>
    </Panel>
  );
}

/** Taking an import back removes its events; it asks once. */
function Undo({ record }: { record: ImportRecord }) {
  const { t, count } = useWords();
  const [asked, setAsked] = useState(false);
  const undo = useUndoImport();
  return (
    <Popover opened={asked} onChange={setAsked} width={300} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={() => setAsked(!asked)}>{t('import.undo')}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb="sm">{t('import.undo_sure', { n: count(record.accepted), name: record.name })}</Text>
        {undo.isError ? <Trouble error={undo.error} /> : null}
        <Group gap="xs">
          <Button size="xs" color="red" loading={undo.isPending} data-undo onClick={() => undo.mutate(record.id, { onSuccess: () => setAsked(false) })}>{t('import.undo_yes')}</Button>
          <Button size="xs" variant="subtle" color="gray" onClick={() => setAsked(false)}>{t('import.cancel')}</Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
