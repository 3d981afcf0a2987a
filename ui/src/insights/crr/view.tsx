/** Draws a customer retention rate: headline, trend, and on its own page every period in figures. */
import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Catalog, CrrAnswer } from '../../api/types';
import { DefinitionNote } from '../../components/DefinitionNote';
import { ExportMenu } from '../../components/ExportMenu';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { CrrHeadline } from './Headline';
import { PeriodTable } from './PeriodTable';

export function CrrView({ answer, catalog, onIndustry, tools, withTable }: {
  answer: CrrAnswer; catalog: Catalog; onIndustry: (industry: string | null) => void; tools?: ReactNode; withTable: boolean;
}) {
  const { t } = useWords();
  return (
    <Stack gap="md">
      <Panel id="crr" title={t('crr.title')} note={<ActiveNote answer={answer} />} tools={<>{tools}<ExportMenu kind="crr" question={answer.question} /></>}>
        <CrrHeadline answer={answer} catalog={catalog} onIndustry={onIndustry} />
        <DefinitionNote definition={answer.definition} />
      </Panel>
      {withTable ? (
        <Panel title={t('crr.table')} note={t('crr.table_note')}>
          <PeriodTable answer={answer} />
          <DefinitionNote definition={answer.definition} />
        </Panel>
      ) : null}
    </Stack>
  );
}

function ActiveNote({ answer }: { answer: CrrAnswer }) {
  const { t, number } = useWords();
  const { trailing_days, chosen } = answer.active;
  if (trailing_days === null || trailing_days === undefined) return <>{t('crr.active_by_subscription')}</>;
  return <>{t('crr.active_by_trailing', { days: number(trailing_days, 1) })}{chosen ? <Text span inherit lang="en"> ({chosen})</Text> : null}</>;
}
