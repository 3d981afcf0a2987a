/** Keeps the customers behind a number as a segment: named, judged anew each time it is read. */
import { Alert, Anchor, Button, Modal, Radio, Stack, Text } from '@mantine/core';
import { IconBookmarkPlus, IconCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { json } from '../../api/client';
import type { Segment } from '../../api/segments';
import type { Json } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { behind, isNarrowed, lasting, LASTS, type Lasts } from '../../lib/segment';
import { SegmentForm } from './SegmentForm';

interface Props {
  kind: string;
  /** As it was asked, with its cell. */
  question: object;
  /** How many customers the cell lists. */
  listed?: number | undefined;
}

/** A button with a window of its own. */
export function KeepSegment(props: Props) {
  const { t } = useWords();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <KeepButton onClick={() => setOpened(true)} />
      <Modal opened={opened} onClose={() => setOpened(false)} title={t('segment.keep_title')} size="lg" closeButtonProps={{ 'aria-label': t('customers.close') }}>
        <KeepForm {...props} onDone={() => setOpened(false)} />
      </Modal>
    </>
  );
}

export function KeepButton({ onClick }: { onClick: () => void }) {
  const { t } = useWords();
  return <Button size="xs" variant="default" leftSection={<IconBookmarkPlus size={16} />} onClick={onClick} data-keep>{t('segment.keep_as')}</Button>;
}

/** The form itself, wherever a page puts it. */
export function KeepForm({ kind, question, listed, onDone }: Props & { onDone: () => void }) {
  const { t } = useWords();
  const [kept, setKept] = useState<Segment | null>(null);
  const [lasts, setLasts] = useState<Lasts>('live');
  const hasBounds = kind === 'rfm' && (question as { scoring?: Json }).scoring !== 'fixed';
  const isDated = (question as { as_of?: Json }).as_of != null;
  const answer = useAsked(kind, question, hasBounds && lasts !== 'live');
  if (kept) return <Done segment={kept} onDone={onDone} />;
  const chosen = lasts === 'live' ? question : answer.data ? lasting(lasts, question as { [key: string]: Json }, answer.data) : null;
  const found = behind(kind, chosen ?? question);
  if ('wrong' in found) {
    return <Alert color="yellow" title={t(found.wrong === 'no_cell' ? 'segment.no_cell' : 'segment.who_as_of')}>{t(found.wrong === 'no_cell' ? 'segment.no_cell_hint' : 'segment.who_as_of_hint')}</Alert>;
  }
  const isUnfit = lasts !== 'live' && answer.data !== undefined && chosen === null;
  return (
    <SegmentForm condition={found.condition} listed={listed} isReady={chosen !== null} onKept={setKept} onCancel={onDone}>
      {hasBounds ? (
        <Radio.Group label={t('segment.lasts')} value={lasts} onChange={(value) => setLasts(LASTS.find((one) => one === value) ?? 'live')}
          error={answer.isError ? answer.error.message : isUnfit ? t('segment.unfit') : null}>
          <Stack gap={6} mt={6}>
            {LASTS.map((one) => <Radio key={one} size="sm" value={one} label={t(`segment.lasts_${one}`)} data-lasts={one} />)}
          </Stack>
        </Radio.Group>
      ) : <Text size="sm" c="dimmed">{t('segment.live')}</Text>}
      {isDated && lasts !== 'date' ? <Text size="sm" c="dimmed" data-dated>{t('segment.dated')}</Text> : null}
      {isNarrowed(question) ? <Text size="sm" c="dimmed" data-narrowed>{t('segment.narrowed')}</Text> : null}
    </SegmentForm>
  );
}

/** The answer as it is, for its cut-offs and its date. */
function useAsked(kind: string, question: object, enabled: boolean) {
  return useQuery({
    queryKey: ['answer', kind, question], enabled,
    queryFn: ({ signal }) => json<{ [key: string]: Json }>(`/insights/${encodeURIComponent(kind)}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(question), signal,
    }),
  });
}

function Done({ segment, onDone }: { segment: Segment; onDone: () => void }) {
  const { t } = useWords();
  return (
    <Alert color="leaf" icon={<IconCheck />} title={t('segment.kept', { name: segment.name })} role="status" data-kept={segment.name}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t('segment.kept_hint')}</Text>
        <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/segments/$name" params={{ name: segment.name }} />}>{t('segment.open', { name: segment.name })}</Anchor>
        <Button size="xs" variant="default" onClick={onDone}>{t('customers.close')}</Button>
      </Stack>
    </Alert>
  );
}
