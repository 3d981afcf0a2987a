import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { RetentionAnswer } from '../../api/types';
import { show } from '../../test/render';
import { retention } from '../../test/samples';
import { curveLines, firstColumn } from './curve';
import { heatTop } from './figures';
import { Triangle } from './Triangle';
import type { Words } from '../../i18n/useWords';

const cell = (name: RegExp) => screen.getByRole('button', { name });

describe('the triangle', () => {
  it('is a table whose cells say their whole sentence', () => {
    show(<Triangle answer={retention} currency={null} onCell={vi.fn()} />);
    expect(screen.getByRole('table')).toBeTruthy();
    expect(cell(/2010-12, period 1, 36\.6%, 324 of 885 customers, 95% interval 33\.0% – 40\.0%$/).textContent).toBe('36.6%');
    expect(screen.getAllByRole('button')).toHaveLength(5);
  });

  it('says in Chinese what it says in English', () => {
    show(<Triangle answer={retention} currency={null} onCell={vi.fn()} />, 'zh');
    expect(cell(/2010-12，第 1 期，36\.6%，885 位客户中的 324 位/)).toBeTruthy();
  });

  it('marks a cell whose window is still open, to the eye and to the ear', () => {
    show(<Triangle answer={retention} currency={null} onCell={vi.fn()} />);
    const open = cell(/2011-01, period 1.*not finished/);
    expect(open.dataset.complete).toBe('false');
    expect(open.className).toMatch(/open/);
    expect(cell(/2010-12, period 1/).className).not.toMatch(/open/);
  });

  it('has a mean row with its interval, and a dash with a reason where none can be had', () => {
    show(<Triangle answer={retention} currency={null} onCell={vi.fn()} />);
    const row = screen.getByRole('row', { name: /^Mean/ });
    expect(within(row).getByText('36.6%')).toBeTruthy();
    expect(within(row).getByText('33.5% – 39.8%')).toBeTruthy();
    expect(within(row).getByText('–')).toBeTruthy();
    expect(within(row).getByText('No cohort has completed this period yet')).toBeTruthy();
  });

  it('hands over the cell that was clicked', async () => {
    const onCell = vi.fn();
    show(<Triangle answer={retention} currency={null} onCell={onCell} />);
    await userEvent.click(cell(/2011-01, period 1/));
    expect(onCell).toHaveBeenCalledWith(retention.cohorts[1], retention.cohorts[1]?.cells[1]);
  });

  it('is one stop of the Tab key and is walked by arrows', async () => {
    show(<Triangle answer={retention} currency={null} onCell={vi.fn()} />);
    await userEvent.tab();
    expect(document.activeElement).toBe(cell(/2010-12, period 0/));
    await userEvent.keyboard('{ArrowRight}{ArrowDown}');
    expect(document.activeElement).toBe(cell(/2011-01, period 1/));
    await userEvent.keyboard('{Home}{ArrowUp}{End}');
    expect(document.activeElement).toBe(cell(/2010-12, period 2/));
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(cell(/2010-12, period 2/));
    expect(screen.getAllByRole('button').filter((button) => button.tabIndex === 0)).toHaveLength(1);
  });

  it('shows money with its currency', () => {
    const valued: RetentionAnswer = {
      ...retention, question: { ...retention.question, value: { of: 'amount', aggregate: 'sum', per: 'cohort' } },
      cohorts: retention.cohorts.map((cohort) => ({ ...cohort, cells: cohort.cells.map((one) => ({ ...one, value: '12.5000' })) })),
    };
    show(<Triangle answer={valued} currency="GBP" onCell={vi.fn()} />);
    expect(cell(/2010-12, period 1/).textContent).toBe('£12.50');
  });

  it('a share that cannot be computed is a dash and never 0', () => {
    const [first] = retention.cohorts;
    const answer: RetentionAnswer = { ...retention, cohorts: first ? [{ ...first, cells: first.cells.map((one) => ({ ...one, share: null })) }] : [] };
    show(<Triangle answer={answer} currency={null} onCell={vi.fn()} />);
    expect(cell(/2010-12, period 1/).textContent).toBe('–');
  });

  it('opens a group to show its cohorts, the computed rest included', async () => {
    const broken: RetentionAnswer = {
      ...retention, question: { ...retention.question, breakdown: [{ field: 'currency', at: 'start' }] },
      cohorts: [{ ...(retention.cohorts[0] as RetentionAnswer['cohorts'][number]), group: ['GBP'] }, { ...(retention.cohorts[1] as RetentionAnswer['cohorts'][number]), group: null, other: true }],
      groups: [{ group: ['GBP'], size: 885, mean: retention.mean }, { group: null, other: true, size: 417, mean: retention.mean }],
    };
    show(<Triangle answer={broken} currency={null} onCell={vi.fn()} />);
    expect(screen.queryByRole('button', { name: /2011-01, period 1/ })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Show the cohorts of Other' }));
    expect(cell(/2011-01, period 1/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /2010-12, period 1/ })).toBeNull();
  });
});

describe('the heat scale of an answer', () => {
  it('leaves the start out, whose 100 % would bleach the rest', () => expect(heatTop(retention)).toEqual({ top: 324 / 885, isCut: false }));
  it('is not set by a handful of customers', () => {
    const [first] = retention.cohorts;
    if (!first) throw new Error('no cohort');
    const tiny = { ...first, start: '2011-02-01', size: 3, cells: first.cells.map((one) => ({ ...one, share: 1 })) };
    expect(heatTop({ ...retention, cohorts: [...retention.cohorts, tiny] })).toEqual({ top: 324 / 885, isCut: true });
  });
});

describe('the curve', () => {
  const words = { t: (key: string) => key, share: (share: number | null | undefined) => String(share), count: String } as unknown as Words;
  it('begins after the start and leaves gaps where nothing is known', () => {
    expect(firstColumn(retention)).toBe(1);
    expect(curveLines(retention, null, false, words)).toHaveLength(1);
    expect(curveLines(retention, null, false, words)[0]?.points.map((point) => point.figure)).toEqual([0.3661, null]);
  });
  it('never draws an unfinished cell of a cohort as if it were finished', () => {
    const lines = curveLines(retention, null, true, words);
    expect(lines).toHaveLength(3);
    expect(lines[1]?.points.map((point) => point.isComplete)).toEqual([true, false]);
  });
});
