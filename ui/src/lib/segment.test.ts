import { describe, expect, it } from 'vitest';
import { behind, isNarrowed, lasting } from './segment';

const cell = { class: 'at_risk' };

describe('the condition behind a number', () => {
  it('says nothing that whoever reads it says', () => {
    expect(behind('rfm', { classes: 'rf10', cell, as_of: null, zone: 'UTC', explain: true, who: null }))
      .toEqual({ condition: { answer: 'rfm', question: { classes: 'rf10', cell } } });
  });
  it('is none without a cell', () => {
    expect(behind('rfm', {})).toEqual({ wrong: 'no_cell' });
    expect(behind('rfm', { cell: null })).toEqual({ wrong: 'no_cell' });
  });
  it('is narrowed to whom the question was asked of, in either way of saying it', () => {
    const answer = { answer: 'rfm', question: { cell } };
    expect(behind('rfm', { cell, who: { segment: 'gold' } })).toEqual({ condition: { all: [answer, { segment: 'gold' }] } });
    expect(behind('rfm', { cell, who: { condition: { segment: 'gold' }, as_of: null } })).toEqual({ condition: { all: [answer, { segment: 'gold' }] } });
    expect(behind('rfm', { cell, who: 'did order or did view' })).toEqual({ condition: 'in answer rfm {"cell":{"class":"at_risk"}} and (did order or did view)' });
  });
  it('is none of customers as they were on a past date', () => {
    expect(behind('rfm', { cell, who: { condition: 'did order', as_of: '2011-06-30' } })).toEqual({ wrong: 'who_as_of' });
  });
  it('is narrowed only where the question was', () => {
    expect([{ cell }, { cell, who: null }, { cell, who: 'did order' }].map(isNarrowed)).toEqual([false, false, true]);
  });
});

describe('a segment of scores', () => {
  const bounds = { recency_days: [9, 5], frequency: [2, 3], money: ['1', '2'] };
  const answer = { question: { to: '2011-12-09' }, cutoffs: { exact: true, bounds } };
  it('is cut anew, or by the bounds of an answer, or at its date', () => {
    expect(lasting('live', { cell }, answer)).toEqual({ cell });
    expect(lasting('bounds', { cell, scoring: 'quantile' }, answer)).toEqual({ cell, scoring: 'fixed', cutoffs: bounds });
    expect(lasting('date', { cell }, answer)).toEqual({ cell, to: '2011-12-09' });
  });
  it('keeps no bounds that do not tell every score', () => {
    expect(lasting('bounds', { cell }, { ...answer, cutoffs: { exact: false, bounds } })).toBeNull();
    expect(lasting('date', { cell }, { question: {} })).toBeNull();
  });
});
