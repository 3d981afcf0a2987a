/** What a cell says when it is looked at: one card for the whole table, beside the cell. */
import { Portal } from '@mantine/core';
import type { Cohort, RetentionAnswer, RetentionCell } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { bounds, denominator, figure, figureText, groupName, isBrokenDown } from './figures';
import { columnName } from './question';
import classes from './CellTip.module.css';

export interface Hover { cohort: Cohort; cell: RetentionCell; place: DOMRect }

const WIDTH = 250;

export function CellTip({ hover: { cohort, cell, place }, answer, currency }: { hover: Hover; answer: RetentionAnswer; currency: string | null }) {
  const words = useWords();
  const { question } = answer;
  const range = bounds(cell);
  const left = Math.max(8, Math.min(window.innerWidth - WIDTH - 8, place.left + place.width / 2 - WIDTH / 2));
  const isLow = place.bottom + 170 > window.innerHeight;
  const vertical = isLow ? { bottom: window.innerHeight - place.top + 8 } : { top: place.bottom + 8 };
  return (
    <Portal>
      <div className={classes.tip} aria-hidden style={{ left, width: WIDTH, ...vertical }}>
        <div className={classes.place}>
          {isBrokenDown(answer) ? `${groupName(cohort, words)} · ` : ''}
          {words.t('retention.cell_place', { cohort: cohort.label, column: columnName(question.period, cell.index) })}
        </div>
        <div className={classes.figure}>{figureText(figure(cell, question), question, currency, words)}</div>
        <div>{words.t('retention.cell_of', { customers: words.count(cell.customers), of: words.count(denominator(cohort, cell, question)) })}</div>
        {cell.index === 0 ? <div>{words.t('retention.cell_returned', { returned: words.count(cell.returned) })}</div> : null}
        {range ? <div>{words.t('retention.cell_interval', { low: words.share(range.low), high: words.share(range.high) })}</div> : null}
        {cell.complete ? null : <div className={classes.open}>{words.t('retention.incomplete')}</div>}
      </div>
    </Portal>
  );
}
