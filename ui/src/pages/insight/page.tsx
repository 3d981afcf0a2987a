/** A page for every kind of question: whatever the server can answer can be asked here. */
import { Stack, Text, Title } from '@mantine/core';
import { useKinds, usePresented } from '../../api/hooks';
import { Failure } from '../../api/client';
import type { Catalog, Kind } from '../../api/types';
import { AnswerFrame } from '../../components/AnswerFrame';
import { ExportMenu } from '../../components/ExportMenu';
import { ShowSql } from '../../components/ShowSql';
import { Panel } from '../../components/Panel';
import { KeepSegment } from '../../components/segments/KeepSegment';
import { WhenThereIsData } from '../../components/WhenThereIsData';
import { Lost } from '../../app/Lost';
import { useWords } from '../../i18n/useWords';
import { isObject } from '../../lib/decode';
import { Editor } from './Editor';
import { PastData } from './PastData';
import { textOf, type Question } from './text';
import { AnyAnswer } from './view';

export function InsightPage({ kind, question, onQuestion }: {
  kind: string;
  /** The question in the address, unless it is the sample. */
  question: Question | undefined;
  onQuestion: (question: Question | undefined) => void;
}) {
  const query = useKinds();
  return (
    <AnswerFrame query={query}>
      {(kinds) => {
        const known = kinds.find((one) => one.kind === kind);
        if (!known) return <Lost />;
        return <WhenThereIsData>{(catalog) => <Known key={kind} kind={known} catalog={catalog} question={question ?? known.sample} onQuestion={onQuestion} />}</WhenThereIsData>;
      }}
    </AnswerFrame>
  );
}

function Known({ kind, catalog, question, onQuestion }: { kind: Kind; catalog: Catalog; question: Question; onQuestion: (question: Question | undefined) => void }) {
  const { t, language } = useWords();
  const query = usePresented(kind.kind, question, language);
  const trouble = query.error instanceof Failure && query.error.code === 'bad_question' ? query.error : null;
  const ask = (next: Question) => {
    if (textOf(next) === textOf(question)) void query.refetch();
    else onQuestion(textOf(next) === textOf(kind.sample) ? undefined : next);
  };
  return (
    <Stack gap="md">
      <div>
        <Title order={1} fz={24}>{language === 'zh' ? kind.title_zh : kind.title}</Title>
        <Text c="dimmed" size="sm">{language === 'zh' ? kind.summary_zh || kind.summary : kind.summary}</Text>
      </div>
      <Panel id="question" title={t('controls.question')}>
        <Editor question={question} sample={kind.sample} isAsking={query.isFetching} onAsk={ask}
          trouble={trouble ? trouble.in(language) : null} />
      </Panel>
      <PastData catalog={catalog} question={question} onQuestion={onQuestion} />
      {trouble ? null : (
        <Panel id="answer" title={t('insight.answer')} tools={<>{isObject(question.cell) ? <KeepSegment kind={kind.kind} question={question} /> : null}<ShowSql kind={kind.kind} question={question} /><ExportMenu kind={kind.kind} question={question} /></>}>
          <AnswerFrame query={query} height={360}>
            {(answer) => <AnyAnswer kind={kind.kind} answer={answer} />}
          </AnswerFrame>
        </Panel>
      )}
    </Stack>
  );
}
