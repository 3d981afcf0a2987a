/** The retention page: the question above, its answer below, the customers of a cell beside. */
import { Stack, Title } from '@mantine/core';
import { useAnswer } from '../../api/hooks';
import type { Catalog, Cohort, RetentionCell, RetentionQuestion } from '../../api/types';
import { AnswerFrame, Nothing, Warnings } from '../../components/AnswerFrame';
import { IgnoredKeys } from '../../components/IgnoredKeys';
import { WhenThereIsData } from '../../components/WhenThereIsData';
import { useWords } from '../../i18n/useWords';
import { RetentionControls } from './controls/Controls';
import { CellCustomers } from './CellCustomers';
import { changed, defaultsFor, resolve, type RetentionSearch } from './question';
import { RetentionView } from './view';

export interface RetentionPageProps {
  search: RetentionSearch;
  /** Every change is a step that the back button can undo. */
  onSearch: (search: RetentionSearch) => void;
}

export function RetentionPage(props: RetentionPageProps) {
  const { t } = useWords();
  return (
    <Stack gap="md">
      <Title order={1} fz={24}>{t('nav.retention')}</Title>
      <IgnoredKeys known={props.search} />
      <WhenThereIsData>{(catalog) => <RetentionSection {...props} catalog={catalog} />}</WhenThereIsData>
    </Stack>
  );
}

/** Question and answer, wherever a page puts them. */
export function RetentionSection({ search, onSearch, catalog }: RetentionPageProps & { catalog: Catalog }) {
  const base = defaultsFor(catalog);
  const question = resolve(search, base);
  const patch = (change: RetentionSearch) => onSearch(changed(search, base, change));
  const open = (cohort: Cohort, cell: RetentionCell) =>
    patch({ cell: { cohort: cohort.start, index: cell.index, ...(cohort.group ? { group: cohort.group } : {}), ...(cohort.other ? { other: true } : {}) } });
  return (
    <Stack gap="md">
      <RetentionControls question={question} base={base} catalog={catalog} onChange={patch}
        onReset={() => onSearch({})} isChanged={Object.keys(search).some((key) => key !== 'cell' && key !== 'lines')} />
      <Answer question={{ ...question, cell: null }} lines={search.lines ?? false}
        onLines={(lines) => patch({ lines })} onCell={open} />
      <CellCustomers question={question} onClose={() => patch({ cell: null })} />
    </Stack>
  );
}

function Answer({ question, lines, onLines, onCell }: {
  question: RetentionQuestion; lines: boolean; onLines: (lines: boolean) => void;
  onCell: (cohort: Cohort, cell: RetentionCell) => void;
}) {
  const { t } = useWords();
  const query = useAnswer('retention', question);
  return (
    <AnswerFrame query={query} height={420}>
      {(answer) => (
        <>
          <Warnings warnings={answer.warnings} />
          {answer.cohorts.length
            ? <RetentionView answer={answer} currency={answer.currency ?? null} lines={lines} onLines={onLines} onCell={onCell} />
            : <Nothing title={t('retention.empty')} hint={t('retention.empty_hint')} />}
        </>
      )}
    </AnswerFrame>
  );
}
