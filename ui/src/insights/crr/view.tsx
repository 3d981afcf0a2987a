/** Draws a customer retention rate: headline, trend, and on its own page every period in figures. */
import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CrrAnswer } from '../../api/types';
import { DefinitionNote } from '../../components/DefinitionNote';
import { ExportMenu } from '../../components/ExportMenu';
import { ShowSql } from '../../components/ShowSql';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { CrrHeadline, type HeadlineProps } from './Headline';
import { PeriodTable } from './PeriodTable';

export function CrrView({ tools, withTable, ...headline }: HeadlineProps & { tools?: ReactNode; withTable: boolean }) {
  const { t } = useWords();
  const { answer, industry, onSet } = headline;
  return (
    <Stack gap="md">
      <Panel id="crr" title={t('crr.title')} note={<ActiveNote answer={answer} />} tools={<>{tools}<ShowSql kind="crr" question={answer.question} /><ExportMenu kind="crr" question={{ ...answer.question, industry }} /></>}>
        <CrrHeadline {...headline} />
        <DefinitionNote definition={answer.definition} />
      </Panel>
      {withTable ? (
        <Panel title={t('crr.table')} note={t('crr.table_note')}>
          <PeriodTable answer={answer} onSet={onSet} />
          <DefinitionNote definition={answer.definition} />
        </Panel>
      ) : null}
    </Stack>
  );
}

function ActiveNote({ answer: { active } }: { answer: CrrAnswer }) {
  const { t, number } = useWords();
  if (active.trailing_days === null) return <>{t('crr.active_by_subscription')}</>;
  return <>{t('crr.active_by_trailing', { days: number(active.trailing_days, 1) })}{active.chosen ? <Text span inherit lang="en"> ({active.chosen})</Text> : null}</>;
}
