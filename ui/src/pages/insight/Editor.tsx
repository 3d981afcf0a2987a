/** The question as JSON: what is wrong with it stands at the field. */
import { Button, Group, Text, Textarea } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useWords, type Words } from '../../i18n/useWords';
import classes from './Insight.module.css';
import { read, textOf, type Question, type Read } from './text';

export function Editor({ question, sample, trouble, isAsking, onAsk }: {
  question: Question; sample: Question;
  /** What the server found wrong with the question as it was asked. */
  trouble: { message: string; hint: string } | null;
  isAsking: boolean; onAsk: (question: Question) => void;
}) {
  const words = useWords();
  const { t } = words;
  const asked = textOf(question);
  const [text, setText] = useState(asked);
  const [wrong, setWrong] = useState('');
  // Another address is another question.
  useEffect(() => { setText(asked); setWrong(''); }, [asked]);

  const ask = () => {
    const found = read(text);
    if ('question' in found) onAsk(found.question);
    else setWrong(said(found, words));
  };
  const isOld = text !== asked;
  const error = wrong || (trouble && !isOld ? <Wrong {...trouble} /> : null);
  return (
    <form onSubmit={(event) => { event.preventDefault(); ask(); }}>
      <Textarea label={t('insight.question')} description={t('insight.question_hint')} value={text} error={error} autosize minRows={6} maxRows={24} spellCheck={false}
        classNames={{ input: classes.json }} data-question
        onChange={(event) => { setText(event.currentTarget.value); setWrong(''); }}
        onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); ask(); } }} />
      <Group mt="sm" gap="xs">
        <Button type="submit" loading={isAsking} rightSection={<IconArrowRight size={16} />} data-ask>{t('insight.ask')}</Button>
        <Button variant="subtle" color="gray" disabled={text === textOf(sample)} onClick={() => onAsk(sample)}>{t('insight.sample')}</Button>
      </Group>
    </form>
  );
}

/** The server names fields as they are written, in English. */
export function Wrong({ message, hint }: { message: string; hint: string }) {
  return <Text component="span" size="sm" lang="en">{message}{hint ? ` — ${hint}` : ''}</Text>;
}

/** What is wrong with a text that is no question. */
export function said(found: Exclude<Read, { question: Question }>, { t }: Words): string {
  return found.wrong === 'not_json' ? t('insight.not_json', { reason: found.reason }) : t('insight.not_an_object');
}
