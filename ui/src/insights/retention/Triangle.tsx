/**
 * The retention triangle: a real table whose cells are buttons. Arrow keys walk it, every cell
 * says its whole sentence to a screen reader, and a cell whose window is still open is hatched.
 */
import { ActionIcon } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { memo, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type SyntheticEvent } from 'react';
import type { Cohort, MeanCell, RetentionAnswer, RetentionCell } from '../../api/types';
import { useScheme } from '../../components/chartStyle';
import { useWords, type Words } from '../../i18n/useWords';
import { heat, inkOn, type Scheme } from '../../lib/colour';
import { CellTip, type Hover } from './CellTip';
import { bounds, cohortsOf, denominator, figure, figureText, groupKey, groupName, groupsOf, heatTop, isBrokenDown, meanBasis, nColumns } from './figures';
import { columnName } from './question';
import classes from './Triangle.module.css';

interface Look { answer: RetentionAnswer; currency: string | null; scheme: Scheme; words: Words; top: number; isCut: boolean; n: number }

export function Triangle({ answer, currency, onCell }: {
  answer: RetentionAnswer; currency: string | null; onCell: (cohort: Cohort, cell: RetentionCell) => void;
}) {
  const words = useWords();
  const scheme = useScheme();
  const table = useRef<HTMLTableElement>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const look = useMemo<Look>(
    () => ({ answer, currency, scheme, words, ...heatTop(answer), n: nColumns(answer) }),
    [answer, currency, scheme, words],
  );

  const find = (event: SyntheticEvent) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-cohort]') : null;
    if (!(button instanceof HTMLButtonElement)) return null;
    const cohort = answer.cohorts[Number(button.dataset.cohort)];
    const cell = cohort?.cells.find((one) => one.index === Number(button.dataset.index));
    return cohort && cell ? { button, cohort, cell } : null;
  };
  const show = (event: SyntheticEvent) => {
    const at = find(event);
    setHover(at ? { cohort: at.cohort, cell: at.cell, place: at.button.getBoundingClientRect() } : null);
  };
  return (
    <>
      <div className={classes.scroll} role="region" aria-label={words.t('retention.triangle')} onScroll={() => setHover(null)}>
        <table ref={table} className={classes.table} data-heatmap data-few={look.n < 8 || undefined}
          onPointerOver={show} onPointerLeave={() => setHover(null)} onFocus={show} onBlur={() => setHover(null)}
          onKeyDown={(event) => walk(event, () => setHover(null))}
          onClick={(event) => {
            const at = find(event);
            if (at) onCell(at.cohort, at.cell);
          }}>
          <caption className={classes.caption}>{words.t('retention.caption', { columns: columnsTitle(answer, words) })}</caption>
          <Head look={look} />
          <Body look={look} />
        </table>
      </div>
      <Legend look={look} />
      {hover ? <CellTip hover={hover} answer={answer} currency={currency} /> : null}
    </>
  );
}

export function columnsTitle(answer: RetentionAnswer, { t }: Words): string {
  const { period } = answer.question;
  return typeof period === 'string' ? t(`columns.${period}`) : t(`columns.${period.unit}`);
}

function Head({ look: { answer, words, n } }: { look: Look }) {
  return (
    <thead>
      <tr>
        <th scope="col" rowSpan={2} className={classes.corner}>{words.t(isBrokenDown(answer) ? 'retention.group' : 'retention.cohort')}</th>
        <th scope="col" rowSpan={2} className={classes.size}>{words.t('retention.size')}</th>
        <th colSpan={Math.max(1, n)} className={classes.unit}><span>{columnsTitle(answer, words)}</span></th>
      </tr>
      <tr>
        {Array.from({ length: n }, (_, index) => (
          <th key={index} scope="col" className={classes.column}>{columnName(answer.question.period, index)}</th>
        ))}
      </tr>
    </thead>
  );
}

const Body = memo(function Body({ look }: { look: Look }) {
  const { answer } = look;
  const numbers = useMemo(() => new Map(answer.cohorts.map((cohort, number) => [cohort, number])), [answer]);
  const rows = (cohorts: Cohort[]) => cohorts.map((cohort) => <Row key={cohort.start + groupKey(cohort)} look={look} cohort={cohort} number={numbers.get(cohort) ?? 0} />);
  if (isBrokenDown(answer)) {
    return (
      <>
        {groupsOf(answer).map((group) => (
          <GroupBody key={groupKey(group)} look={look} name={groupName(group, look.words)} size={group.size} mean={group.mean}
            rows={() => rows(cohortsOf(answer, group))} />
        ))}
      </>
    );
  }
  const size = answer.cohorts.reduce((sum, cohort) => sum + cohort.size, 0);
  return (
    <tbody>
      {answer.question.value ? null : <MeanRow look={look} title={look.words.t('retention.mean_row')} size={size} mean={answer.mean} />}
      {rows(answer.cohorts)}
    </tbody>
  );
});

function GroupBody({ look, name, size, mean, rows }: { look: Look; name: string; size: number; mean: MeanCell[]; rows: () => React.ReactNode }) {
  const [open, setOpen] = useState(false);
  const opener = (
    <ActionIcon size="xs" variant="subtle" color="gray" aria-expanded={open} onClick={() => setOpen(!open)}
      aria-label={look.words.t(open ? 'retention.close_group' : 'retention.open_group', { name })}>
      <IconChevronRight size={14} style={{ transform: open ? 'rotate(90deg)' : undefined }} />
    </ActionIcon>
  );
  return (
    <tbody>
      <MeanRow look={look} title={name} size={size} mean={mean} opener={opener} />
      {open ? rows() : null}
    </tbody>
  );
}

function MeanRow({ look, title, size, mean, opener }: { look: Look; title: string; size: number; mean: MeanCell[]; opener?: React.ReactNode }) {
  const { words, n, scheme, top } = look;
  const isGroup = opener !== undefined && hasShares(look);
  const byIndex = new Map(mean.map((cell) => [cell.index, cell]));
  return (
    <tr className={classes.mean} data-mean>
      <th scope="row" className={classes.corner}>
        <span className={classes.label}>{opener}{title}</span>
        <span className={classes.under}>{words.count(size)}</span>
      </th>
      <td className={classes.size}>{words.count(size)}</td>
      {Array.from({ length: n }, (_, index) => {
        const cell = byIndex.get(index);
        const range = cell?.low != null && cell.high != null ? `${words.share(cell.low)} – ${words.share(cell.high)}` : null;
        const missing = cell && cell.share === null ? reasonText(cell.reason, words) : undefined;
        return (
          <td key={index} title={missing ?? (cell ? meanBasis(cell, words)[0] : undefined)}>
            <div className={isGroup ? classes.groupCell : undefined} style={isGroup && index > 0 ? heatStyle(scheme, cell?.share ?? null, top) : undefined}>
              <span className={classes.meanShare}>{index === 0 ? words.share(cell?.share ?? 1, 0) : words.share(cell?.share)}</span>
              {range && index > 0 ? <span className={classes.range}>{range}</span> : null}
            </div>
            {missing ? <span className={classes.hidden}>{missing}</span> : null}
          </td>
        );
      })}
    </tr>
  );
}

/** Means are shares: only a triangle of shares can lend them its colours. */
const hasShares = ({ answer: { question } }: Look): boolean => question.value === null && question.share !== 'absolute';

function reasonText(reason: string | null | undefined, { t }: Words): string {
  return reason === 'no_complete_cell' || !reason ? t('retention.no_complete_cell') : reason;
}

function Row({ look, cohort, number }: { look: Look; cohort: Cohort; number: number }) {
  const { words, n } = look;
  const byIndex = new Map(cohort.cells.map((cell) => [cell.index, cell]));
  return (
    <tr data-row={cohort.start}>
      <th scope="row" className={classes.corner}>
        <span className={classes.label}>{cohort.label}{cohort.partial ? <abbr title={words.t('retention.partial')}> *</abbr> : null}</span>
        <span className={classes.under}>{words.count(cohort.size)}</span>
      </th>
      <td className={classes.size}>{words.count(cohort.size)}</td>
      {Array.from({ length: n }, (_, index) => {
        const cell = byIndex.get(index);
        return <td key={index}>{cell ? <CellButton look={look} cohort={cohort} cell={cell} number={number} /> : null}</td>;
      })}
    </tr>
  );
}

function CellButton({ look, cohort, cell, number }: { look: Look; cohort: Cohort; cell: RetentionCell; number: number }) {
  const { answer, currency, scheme, words, top } = look;
  const value = figure(cell, answer.question);
  const isStart = cell.index === 0 && !answer.question.value;
  const style = isStart ? undefined : heatStyle(scheme, value, top);
  return (
    <button type="button" style={style} tabIndex={number === 0 && cell.index === 0 ? 0 : -1}
      className={[classes.cell, isStart && classes.start, !cell.complete && classes.open].filter(Boolean).join(' ')}
      data-cohort={number} data-index={cell.index} data-customers={cell.customers} data-complete={cell.complete}
      aria-label={sentence(answer, cohort, cell, currency, words)}>
      {isStart ? words.share(value, 0) : figureText(value, answer.question, currency, words)}
    </button>
  );
}

function heatStyle(scheme: Scheme, value: number | null, top: number): CSSProperties | undefined {
  if (value === null || top <= 0) return undefined;
  const background = heat(scheme, value / top);
  return { background, color: inkOn(scheme, background) };
}

/** The whole of a cell in one sentence. */
export function sentence(answer: RetentionAnswer, cohort: Cohort, cell: RetentionCell, currency: string | null, words: Words): string {
  const { question } = answer;
  const parts = [
    words.t('retention.cell_place', { cohort: cohort.label, column: columnName(question.period, cell.index) }),
    figureText(figure(cell, question), question, currency, words),
    words.t('retention.cell_of', { customers: words.count(cell.customers), of: words.count(denominator(cohort, cell, question)) }),
  ];
  const range = bounds(cell);
  if (range) parts.push(words.t('retention.cell_interval', { low: words.share(range.low), high: words.share(range.high) }));
  if (!cell.complete) parts.push(words.t('retention.incomplete'));
  return parts.join(words.language === 'zh' ? '，' : ', ');
}

function Legend({ look: { answer, currency, scheme, words, top, isCut } }: { look: Look }) {
  const steps = Array.from({ length: 9 }, (_, i) => heat(scheme, i / 8));
  return (
    <div className={classes.legend}>
      <span className={classes.scale}>
        {answer.question.value || answer.question.share === 'absolute' ? figureText(0, answer.question, currency, words) : words.share(0, 0)}
        <span className={classes.ramp} aria-hidden style={{ background: `linear-gradient(to right, ${steps.join(',')})` }} />
        {isCut ? '≥ ' : ''}{figureText(top, answer.question, currency, words)}
      </span>
      <span className={classes.key}><span className={`${classes.swatch} ${classes.open}`} aria-hidden />{words.t('retention.incomplete_key')}</span>
      <span className={classes.keys}>{words.t('retention.click_key')}</span>
    </div>
  );
}

/** Arrow keys move between cells, Home and End along a row; one stop of the Tab key in all. */
function walk(event: KeyboardEvent<HTMLTableElement>, hide: () => void): void {
  if (event.key === 'Escape') return hide();
  const here = event.target;
  if (!(here instanceof HTMLButtonElement) || here.dataset.cohort === undefined) return;
  const row = here.closest('tr');
  const along = row ? [...row.querySelectorAll<HTMLButtonElement>('button[data-cohort]')] : [];
  const beside = (step: number): HTMLButtonElement | undefined => {
    const rows = [...event.currentTarget.querySelectorAll<HTMLTableRowElement>('tr[data-row]')];
    for (let at = rows.indexOf(row as HTMLTableRowElement) + step; at >= 0 && at < rows.length; at += step) {
      const cell = rows[at]?.querySelector<HTMLButtonElement>(`button[data-index="${here.dataset.index}"]`);
      if (cell) return cell;
    }
    return undefined;
  };
  const at = along.indexOf(here);
  const targets: Record<string, () => HTMLButtonElement | undefined> = {
    ArrowRight: () => along[at + 1], ArrowLeft: () => along[at - 1],
    ArrowDown: () => beside(1), ArrowUp: () => beside(-1),
    Home: () => along[0], End: () => along[along.length - 1],
  };
  const move = targets[event.key];
  if (!move) return;
  event.preventDefault();
  const next = move();
  if (!next) return;
  event.currentTarget.querySelectorAll<HTMLButtonElement>('button[data-cohort][tabindex="0"]').forEach((one) => { one.tabIndex = -1; });
  next.tabIndex = 0;
  next.focus();
}
