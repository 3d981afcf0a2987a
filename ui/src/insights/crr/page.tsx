/** The customer-retention-rate page: its question, its answer. */
import { Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAnswer } from '../../api/hooks';
import type { Catalog } from '../../api/types';
import { AnswerFrame, Nothing, Warnings } from '../../components/AnswerFrame';
import { IgnoredKeys } from '../../components/IgnoredKeys';
import { WhenThereIsData } from '../../components/WhenThereIsData';
import { useWords } from '../../i18n/useWords';
import { CrrControls } from './Controls';
import type { OnSet } from './figures';
import { asked, changed, defaultsFor, resolve, type CrrSearch } from './question';
import { SetCustomers } from './SetCustomers';
import { CrrView } from './view';

interface Props { search: CrrSearch; onSearch: (search: CrrSearch) => void }

export function CrrPage({ search, onSearch }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="md">
      <Title order={1} fz={24}>{t('crr.title')}</Title>
      <IgnoredKeys known={search} />
      <WhenThereIsData>
        {(catalog) => (
          <>
            <CrrControls question={resolve(search, defaultsFor(catalog))} catalog={catalog} onReset={() => onSearch({})} isChanged={Object.keys(search).length > 0}
              onChange={(patch) => onSearch(changed(search, defaultsFor(catalog), patch))} />
            <CrrSection search={search} onSearch={onSearch} catalog={catalog} withTable />
          </>
        )}
      </WhenThereIsData>
    </Stack>
  );
}

/** Only the answer; `tools` stand in its head. */
export function CrrSection({ search, onSearch, catalog, tools, withTable }: Props & { catalog: Catalog; tools?: ReactNode; withTable: boolean }) {
  const { t } = useWords();
  const base = defaultsFor(catalog);
  const question = resolve(search, base);
  const query = useAnswer('crr', asked(question));
  const patch = (change: CrrSearch) => onSearch(changed(search, base, change));
  const open: OnSet = (period, set) =>
    patch({ cell: { period: period.start, set, ...(period.group ? { group: period.group } : {}), ...(period.other ? { other: true } : {}) } });
  return (
    <>
      <AnswerFrame query={query} height={380}>
        {(answer) => (
          <>
            <Warnings warnings={answer.warnings.filter((warning) => warning.code !== 'definitions_differ')} />
            {answer.periods.length
              ? <CrrView answer={answer} industry={question.industry} tools={tools} withTable={withTable} onIndustry={(industry) => patch({ industry })} onSet={open} />
              : <Nothing title={t('crr.empty')} hint={t('crr.empty_hint')} />}
          </>
        )}
      </AnswerFrame>
      <SetCustomers question={{ ...question, industry: null }} onClose={() => patch({ cell: null })} />
    </>
  );
}
