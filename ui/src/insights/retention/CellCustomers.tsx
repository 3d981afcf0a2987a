/** The customers behind one cell of the triangle. */
import { useAnswer } from '../../api/hooks';
import type { CellRef, RetentionQuestion } from '../../api/types';
import { AnswerFrame } from '../../components/AnswerFrame';
import { CustomerList, CustomersDrawer } from '../../components/CustomersDrawer';
import { useWords } from '../../i18n/useWords';
import { groupName } from './figures';
import { columnName } from './question';

export function CellCustomers({ question, onClose }: { question: RetentionQuestion; onClose: () => void }) {
  return (
    <CustomersDrawer opened={question.cell !== null} onClose={onClose}>
      {question.cell ? <Inside question={question} cell={question.cell} /> : null}
    </CustomersDrawer>
  );
}

function Inside({ question, cell }: { question: RetentionQuestion; cell: CellRef }) {
  const words = useWords();
  const query = useAnswer('retention', question);
  return (
    <AnswerFrame query={query} isEmpty={(answer) => answer.customers === null} height={400}>
      {(answer) => {
        const label = answer.cohorts.find((one) => one.start === cell.cohort)?.label ?? cell.cohort;
        const place = words.t('retention.cell_place', { cohort: label, column: columnName(question.period, cell.index) });
        const group = question.breakdown.length ? [groupName({ group: cell.group ?? null, other: cell.other ?? false }, words)] : [];
        return <CustomerList customers={answer.customers ?? { total: 0, ids: [] }} place={[...group, place].join(' · ')} name={[...group, cell.cohort, String(cell.index)]}
          from={{ kind: 'retention', question }} />;
      }}
    </AnswerFrame>
  );
}
