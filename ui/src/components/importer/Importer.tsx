/** From files let fall to events in the lake: look first, then send, then watch it being read. */
import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { dryRun, getImport, startImport, type ImportOptions } from '../../api/client';
import { isAtWork, useRefreshData } from '../../api/hooks';
import type { DryRun, ImportRecord } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { Trouble, Waiting } from '../AnswerFrame';
import { Panel } from '../Panel';
import { Counts } from './Counts';
import { DropZone } from './DropZone';
import { Preview } from './Preview';
import { errorOf } from './reasons';

const GUESS: ImportOptions = { preset: 'orders', map: {}, zone: 'UTC', currency: '', date_format: '', where: '' };

type Stage =
  | { at: 'idle' }
  | { at: 'looking'; files: File[] }
  | { at: 'looked'; files: File[]; dry: DryRun; isChecking: boolean }
  | { at: 'sending'; files: File[]; sent: number }
  | { at: 'reading'; ids: string[] };

export function Importer({ zone }: { zone?: string }) {
  const [stage, setStage] = useState<Stage>({ at: 'idle' });
  const [options, setOptions] = useState({ ...GUESS, zone: zone ?? GUESS.zone });
  const [error, setError] = useState<Error | null>(null);
  const queries = useQueryClient();
  const fail = (cause: unknown) => setError(cause instanceof Error ? cause : new Error(String(cause)));

  /** Looks at the first file; its reading is the reading of all. */
  const look = async (files: File[], next: ImportOptions, token?: string) => {
    const first = files[0];
    if (!first) return;
    setError(null);
    setOptions(next);
    setStage((now) => (now.at === 'looked' ? { ...now, isChecking: true } : { at: 'looking', files }));
    try {
      const dry = await dryRun(first, next, token);
      setStage({ at: 'looked', files, dry, isChecking: false });
    } catch (cause) {
      fail(cause);
      setStage((now) => (now.at === 'looked' ? { ...now, isChecking: false } : { at: 'idle' }));
    }
  };

  /** The first file is with the server since the look. */
  const send = async (files: File[], token: string) => {
    setError(null);
    const ids: string[] = [];
    let before = 0;
    try {
      for (const [at, file] of files.entries()) {
        setStage({ at: 'sending', files, sent: before });
        const { id } = await startImport(file, options, at === 0 ? token : undefined, (sent) => setStage({ at: 'sending', files, sent: before + sent }));
        before += file.size;
        ids.push(id);
      }
    } catch (cause) {
      fail(cause);
    }
    void queries.invalidateQueries({ queryKey: ['imports'] });
    setStage(ids.length ? { at: 'reading', ids } : { at: 'idle' });
  };

  return (
    <Stack gap="md">
      {error ? <Trouble error={error} /> : null}
      {stage.at === 'idle' ? <DropZone onFiles={(files) => void look(files, options)} /> : null}
      {stage.at === 'looking' ? <Looking files={stage.files} /> : null}
      {stage.at === 'looked' ? (
        <Preview files={stage.files} dry={stage.dry} options={options} isChecking={stage.isChecking}
          onOptions={(next) => void look(stage.files, next, stage.dry.upload.token)} onStart={() => void send(stage.files, stage.dry.upload.token)}
          onCancel={() => { setError(null); setStage({ at: 'idle' }); }} />
      ) : null}
      {stage.at === 'sending' ? <Sending {...stage} /> : null}
      {stage.at === 'reading' ? <Reading ids={stage.ids} onMore={() => { setError(null); setStage({ at: 'idle' }); }} /> : null}
    </Stack>
  );
}

function Looking({ files }: { files: File[] }) {
  const { t } = useWords();
  return <Panel title={files.map((file) => file.name).join(', ')}><Group gap="sm"><Waiting /><Text size="sm">{t('import.looking')}</Text></Group></Panel>;
}

function Sending({ files, sent }: { files: File[]; sent: number }) {
  const { t, bytes } = useWords();
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <Panel title={t('import.sending')} note={`${bytes(sent)} / ${bytes(total)}`}>
      <Progress value={total ? (100 * sent) / total : 100} animated aria-label={t('import.sending')} />
    </Panel>
  );
}

function Reading({ ids, onMore }: { ids: string[]; onMore: () => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const refresh = useRefreshData();
  const [over, setOver] = useState<ReadonlySet<string>>(new Set());
  const isOver = over.size === ids.length;
  return (
    <Stack gap="md">
      {ids.map((id) => <OneImport key={id} id={id} onOver={() => setOver((before) => new Set(before).add(id))} />)}
      {isOver ? (
        <Group>
          <Button leftSection={<IconCheck size={17} />} data-import-see onClick={() => void navigate({ to: '/' }).then(refresh)}>{t('import.see')}</Button>
          <Button variant="default" onClick={onMore}>{t('import.more')}</Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function OneImport({ id, onOver }: { id: string; onOver: () => void }) {
  const { t, language } = useWords();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['import', id],
    queryFn: ({ signal }) => getImport(id, signal),
    refetchInterval: ({ state }) => (state.data && !isAtWork(state.data) ? false : 500),
  });
  const isOver = query.data !== undefined && !isAtWork(query.data);
  useEffect(() => {
    if (!isOver) return;
    void queries.invalidateQueries({ queryKey: ['imports'] });
    onOver();
    // `onOver` is a new function on every render; the import is over only once.
  }, [isOver]);
  if (query.isError) return <Trouble error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Waiting />;
  return (
    <Panel title={query.data.name} note={t(`import.state_${query.data.state}`)}>
      <div data-import-state={query.data.state}>
        <ReadingProgress record={query.data} />
        <Counts counts={query.data} />
        {query.data.known ? <Alert color="yellow" mt="sm">{t('import.known')}</Alert> : null}
        {query.data.error ? <Alert color="red" mt="sm">{errorOf(query.data, language)}</Alert> : null}
      </div>
    </Panel>
  );
}

/** Bytes read of bytes there are; without a total the bar only says that work is going on. */
export function ReadingProgress({ record }: { record: ImportRecord }) {
  const { t, bytes } = useWords();
  if (!isAtWork(record)) return null;
  const share = record.total_bytes ? (100 * record.bytes) / record.total_bytes : 100;
  return (
    <div style={{ marginBottom: 14 }}>
      <Progress value={share} animated aria-label={t('import.state_running')} />
      <Text size="xs" c="dimmed" mt={4}>{record.total_bytes ? `${bytes(record.bytes)} / ${bytes(record.total_bytes)}` : bytes(record.bytes)}</Text>
    </div>
  );
}
