/** The customers behind one set of one period. */
import { useAnswer } from '../../api/hooks';
import type { CrrCellRef, CrrQuestion } from '../../api/types';
import { AnswerFrame } from '../../components/AnswerFrame';
import { CustomerList, CustomersDrawer } from '../../components/CustomersDrawer';
import { useWords } from '../../i18n/useWords';
import { isGrouped, periodGroup } from './figures';

export function SetCustomers({ question, onClose }: { question: CrrQuestion; onClose: () => void }) {
  return (
    <CustomersDrawer opened={question.cell !== null} onClose={onClose}>
      {question.cell ? <Inside question={question} cell={question.cell} /> : null}
    </CustomersDrawer>
  );
}

function Inside({ question, cell }: { question: CrrQuestion; cell: CrrCellRef }) {
  const words = useWords();
  const query = useAnswer('crr', question);
  return (
    <AnswerFrame query={query} isEmpty={(answer) => answer.customers === null} height={400}>
      {(answer) => {
        const label = answer.periods.find((one) => one.start === cell.period)?.label ?? cell.period;
        const group = isGrouped(answer) ? [periodGroup({ group: cell.group ?? null, other: cell.other ?? false }, answer, words)] : [];
        return (
          <CustomerList customers={answer.customers ?? { total: 0, ids: [] }} place={[...group, label, words.t(`crr.${cell.set}`)].join(' · ')}
            name={[...group, cell.period, cell.set]} from={{ kind: 'crr', question }} />
        );
      }}
    </AnswerFrame>
  );
}
