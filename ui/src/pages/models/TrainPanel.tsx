/** Trains a model, or only looks at how one would have fared. */
import { Alert, Button, CloseButton, Group, Progress, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Failure } from '../../api/client';
import { useKinds } from '../../api/hooks';
import { titleOf, TRAINED_KINDS, useModel, useTrain, type KeptModel, type ModelSummary } from '../../api/models';
import type { Kind } from '../../api/types';
import { AnswerFrame, Nothing, Trouble } from '../../components/AnswerFrame';
import { Choice, NumberField } from '../../components/controls/Fields';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { said, Wrong } from '../insight/Editor';
import editor from '../insight/Insight.module.css';
import { read, textOf, type Question } from '../insight/text';
import classes from './Models.module.css';
import { fieldsOf, numberOf } from './report';
import { ReportPanel, TrainedPanel } from './Report';

interface Props {
  kind: string;
  /** The model whose name and question the form begins with, as it is called. */
  like: string | null;
  onKind: (kind: string) => void;
  onClose: () => void;
}

export function TrainPanel({ kind, like, onKind, onClose }: Props) {
  const { t } = useWords();
  const query = useKinds();
  return (
    <Panel id="train" title={t('model.train')} note={t('model.train_note')} tools={<CloseButton onClick={onClose} aria-label={t('model.close_form')} />}>
      <AnswerFrame query={query} height={320}>
        {(all) => {
          const kinds = all.filter((one) => TRAINED_KINDS.includes(one.kind));
          const chosen = kinds.find((one) => one.kind === kind) ?? kinds[0];
          if (!chosen) return <Nothing title={t('model.no_kinds')} hint={t('model.no_kinds_hint')} />;
          const form = { kinds, kind: chosen, onKind };
          return like === null
            ? <Form key={chosen.kind} {...form} name="" question={chosen.sample} />
            : <FormLike key={like} {...form} like={like} />;
        }}
      </AnswerFrame>
    </Panel>
  );
}

interface FormProps { kinds: Kind[]; kind: Kind; onKind: (kind: string) => void; name: string; question: Question }

/** The form as another training was asked, but for its end of the known world, which was then. */
function FormLike({ like, ...form }: Omit<FormProps, 'name' | 'question'> & { like: string }) {
  const query = useModel(like);
  return (
    <AnswerFrame query={query} height={320}>
      {({ name, question }) => {
        const { as_of: _, ...asked } = fieldsOf(question);
        return <Form {...form} name={name} question={asked} />;
      }}
    </AnswerFrame>
  );
}

function Form({ kinds, kind, onKind, name: firstName, question }: FormProps) {
  const words = useWords();
  const { t, language } = words;
  const [text, setText] = useState(() => textOf(question));
  const [name, setName] = useState(firstName);
  const [note, setNote] = useState('');
  const [isKept, setKept] = useState(false);
  const [wrong, setWrong] = useState('');
  const train = useTrain();
  const found = read(text);
  const asked = 'question' in found ? found.question : null;
  const edit = (next: string) => { setText(next); setWrong(''); };
  const trouble = train.error instanceof Failure && train.error.code === 'bad_question' ? train.error : null;
  const submit = () => {
    if (!('question' in found)) return setWrong(said(found, words));
    train.mutate({
      kind: kind.kind, question: found.question, keep: isKept,
      ...(isKept && name.trim() ? { name: name.trim() } : {}), ...(isKept && note.trim() ? { note: note.trim() } : {}),
    });
  };
  return (
    <Stack gap="md">
      <form onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <div className={classes.form}>
          <Choice label={t('model.kind')} description={language === 'zh' ? kind.summary_zh || kind.summary : kind.summary} inputWrapperOrder={['label', 'input', 'description']}
            value={kind.kind} options={kinds.map((one) => ({ value: one.kind, label: language === 'zh' ? one.title_zh : one.title }))} onChange={onKind} />
          <NumberField label={t('model.horizon')} description={t('model.horizon_hint')} inputWrapperOrder={['label', 'input', 'description']} min={1} allowDecimal={false}
            isOptional disabled={asked === null} value={numberOf(asked?.horizon_days)}
            onChange={(days) => asked && edit(textOf(withHorizon(asked, days)))} />
          <Textarea className={classes.wide} label={t('insight.question')} description={t('model.question_hint')} value={text} autosize minRows={4} maxRows={20} spellCheck={false}
            classNames={{ input: editor.json }} data-question error={wrong || (trouble ? <Wrong {...trouble.in(language)} /> : null)}
            onChange={(event) => edit(event.currentTarget.value)} />
          <Switch className={classes.wide} label={t('model.keep')} description={t('model.keep_hint')} checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} data-keep />
          {isKept ? (
            <>
              <TextInput label={t('model.name')} description={t('model.name_hint')} inputWrapperOrder={['label', 'input', 'description']} placeholder={kind.kind} value={name} onChange={(event) => setName(event.currentTarget.value)} data-model-name />
              <TextInput label={t('model.note')} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
            </>
          ) : null}
        </div>
        <Group mt="md" gap="xs">
          <Button type="submit" loading={train.isPending} rightSection={<IconArrowRight size={16} />} data-train-now>{t(isKept ? 'model.train_and_keep' : 'model.backtest')}</Button>
        </Group>
      </form>
      {train.isPending ? <AtWork /> : null}
      {train.isError && !trouble ? <Trouble error={train.error} /> : null}
      {train.data ? <Result found={train.data} /> : null}
    </Stack>
  );
}

function withHorizon({ horizon_days: _, ...rest }: Question, days: number | null): Question {
  return days === null ? rest : { ...rest, horizon_days: days };
}

function AtWork() {
  const { t } = useWords();
  return (
    <div role="status" aria-busy="true">
      <Progress value={100} animated size="sm" aria-label={t('state.loading')} />
      <Text size="sm" c="dimmed" mt={6}>{t('model.at_work')}</Text>
    </div>
  );
}

function Result({ found }: { found: KeptModel | ModelSummary }) {
  const { t } = useWords();
  const kept = 'version' in found ? titleOf(found) : null;
  return (
    <Stack gap="md" data-trained={kept ?? 'backtest'}>
      <Alert color="leaf" role="status" py="xs">
        {kept === null ? t('model.only_looked') : (
          <>{t('model.kept_as', { title: kept })} <Link to="/models/$name" params={{ name: kept }} className={classes.link} data-see-model>{t('model.see')}</Link></>
        )}
      </Alert>
      <TrainedPanel model={found} />
      <ReportPanel report={found.report} />
    </Stack>
  );
}
