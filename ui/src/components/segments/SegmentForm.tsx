/** Names a condition and keeps it; what the server finds wrong stands at the field it is about. */
import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { Failure, Refusal } from '../../api/client';
import { usePreview, useWriteSegment, type Segment } from '../../api/segments';
import type { Json } from '../../api/types';
import { useWords, type Words } from '../../i18n/useWords';
import { Trouble } from '../AnswerFrame';
import classes from './Segments.module.css';
import { Meaning } from './Meaning';

interface Props {
  /** The segment of which a new version is written; without it a new segment. */
  of?: Segment;
  /** The condition where it is not the reader's to write. */
  condition?: Json;
  listed?: number | undefined;
  /** False while the condition is not known yet. */
  isReady?: boolean;
  /** What stands between the names and the meaning. */
  children?: ReactNode;
  onKept: (segment: Segment) => void;
  onCancel: () => void;
}

export function SegmentForm({ of, condition: given, listed, isReady = true, children, onKept, onCancel }: Props) {
  const words = useWords();
  const { t } = words;
  const [name, setName] = useState(of?.name ?? '');
  const [owner, setOwner] = useState(of?.owner ?? '');
  const [description, setDescription] = useState(of?.description ?? '');
  const [text, setText] = useState(of?.text ?? '');
  const [typed] = useDebouncedValue(text, 400);
  const condition = given ?? typed.trim();
  const isWritten = isReady && (given !== undefined || typed.trim() !== '');
  const preview = usePreview(condition, isWritten);
  const write = useWriteSegment(of !== undefined);
  const isTyping = given === undefined && text !== typed;

  const wrong = write.error instanceof Failure ? write.error : null;
  const isOfName = wrong !== null && (wrong.code === 'taken' || wrong.code === 'bad_request');
  const ofCondition = preview.error ?? (wrong?.code === 'bad_question' ? wrong : null);
  const keep = () => write.mutate(
    { name: name.trim(), condition: given ?? text.trim(), ...(owner.trim() ? { owner: owner.trim() } : {}), ...(description.trim() ? { description: description.trim() } : {}) },
    { onSuccess: onKept },
  );
  return (
    <form data-segment-form className={classes.form} onSubmit={(event) => { event.preventDefault(); keep(); }}>
      <Stack gap="sm">
        {of ? null : (
          <TextInput label={t('segment.name')} value={name} required maxLength={200} data-autofocus data-segment-name
            error={isOfName && wrong ? <Said error={wrong} words={words} /> : null}
            onChange={(event) => { setName(event.currentTarget.value); write.reset(); }} />
        )}
        <Textarea label={t('segment.description')} value={description} autosize minRows={1} maxRows={4} onChange={(event) => setDescription(event.currentTarget.value)} />
        <TextInput label={t('segment.owner')} value={owner} onChange={(event) => setOwner(event.currentTarget.value)} />
        {children}
        {given === undefined ? (
          <Textarea label={t('segment.condition')} description={t('segment.condition_hint')} value={text} autosize minRows={2} maxRows={10} required spellCheck={false}
            classNames={{ input: classes.code, error: classes.wrong }} data-segment-condition
            error={ofCondition && !isTyping && isWritten ? <Said error={ofCondition} words={words} /> : null}
            onChange={(event) => { setText(event.currentTarget.value); write.reset(); }} />
        ) : ofCondition ? <Trouble error={ofCondition} /> : null}
        {isWritten && !ofCondition ? <Meaning preview={preview.data} isOld={preview.isPlaceholderData || isTyping} listed={listed} /> : null}
        {write.error && !isOfName && write.error !== ofCondition ? <Trouble error={write.error} /> : null}
        <Group gap="xs">
          <Button type="submit" loading={write.isPending} data-segment-keep
            disabled={!name.trim() || !isWritten || isTyping || !preview.data || preview.isPlaceholderData || ofCondition !== null}>{t(of ? 'segment.replace' : 'segment.keep')}</Button>
          <Button variant="subtle" color="gray" onClick={onCancel}>{t('import.cancel')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What is wrong and what mends it, at a field; the code says it where no sentence does. */
function Said({ error, words: { t, language } }: { error: Error; words: Words }) {
  if (error instanceof Refusal) {
    const { reason, hint } = error.in(language);
    return <span>{reason}{hint ? ` — ${hint}` : ''}</span>;
  }
  if (!(error instanceof Failure)) return <span>{error.message}</span>;
  if (error.status === 0) return <span>{t('state.unreachable')}</span>;
  const { message, hint } = error.in(language);
  return <span>{error.code === 'taken' ? `${t('failure.taken')}: ` : ''}{message}{hint ? ` — ${hint}` : ''}</span>;
}
