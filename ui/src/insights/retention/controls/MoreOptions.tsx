/** Every other option of the question, in the order in which it changes the answer. */
import { Select } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useId, type ReactNode } from 'react';
import type { Aggregate, Count, Measure, RetentionQuestion } from '../../../api/types';
import { BreakdownInstants } from '../../../components/controls/Breakdowns';
import classes from '../../../components/controls/Controls.module.css';
import { Choice, MONTH_LABEL, NumberField, ZoneSelect } from '../../../components/controls/Fields';
import { useWords } from '../../../i18n/useWords';
import { MAX_PERIODS, UNITS, WEEKDAYS, type RetentionSearch } from '../question';
import type { ControlsProps } from './Controls';

export function MoreOptions(props: ControlsProps) {
  const { t } = useWords();
  return (
    <div className={classes.rest}>
      <Part title={t('part.who')}><Who {...props} /></Part>
      <Part title={t('part.returned')}><Returned {...props} /></Part>
      <Part title={t('part.measure')}><MeasureFields {...props} /></Part>
      <Part title={t('part.calendar')}><Civil {...props} /></Part>
      <Part title={t('part.mean')}><MeanFields {...props} /></Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <div className={classes.part} role="group" aria-labelledby={id}>
      <div className={classes.partTitle} id={id}>{title}</div>
      <div className={classes.grid}>{children}</div>
    </div>
  );
}

const ENTERS = ['first_matching', 'first_ever', 'first_in_range', 'every_period'] as const;

function Who({ question, onChange }: ControlsProps) {
  const { t } = useWords();
  return (
    <>
      <Choice label={t('controls.enter')} value={question.enter} options={ENTERS.map((value) => ({ value, label: t(`enter.${value}`) }))} onChange={(enter) => onChange({ enter })} />
      {question.breakdown.length ? (
        <>
          <BreakdownInstants value={question.breakdown} onChange={(breakdown) => onChange({ breakdown })} />
          <NumberField label={t('controls.top')} value={question.top} min={1} max={100} onChange={(top) => top !== null && onChange({ top })} />
        </>
      ) : null}
    </>
  );
}

const COUNTS = ['on', 'on_or_after', 'on_or_before', 'streak', 'at_least'] as const;

function Returned({ question, onChange }: ControlsProps) {
  const { t } = useWords();
  const { count, min } = question;
  const kOf = typeof count === 'object' ? count : null;
  const pick = (chosen: (typeof COUNTS)[number]): Count => (chosen === 'at_least' ? { at_least: 2, of: 4 } : chosen);
  const least = (patch: Partial<RetentionQuestion['min']>) => onChange({ min: { ...min, ...patch } });
  return (
    <>
      <Choice label={t('controls.count')} value={typeof count === 'string' ? count : 'at_least'} options={COUNTS.map((value) => ({ value, label: t(`count.${value}`) }))}
        onChange={(chosen) => onChange({ count: pick(chosen) })} />
      {kOf ? (
        <>
          <NumberField label={t('controls.at_least')} value={kOf.at_least} min={1} max={kOf.of} onChange={(n) => n !== null && onChange({ count: { ...kOf, at_least: n } })} />
          <NumberField label={t('controls.of')} value={kOf.of} min={kOf.at_least} max={MAX_PERIODS} onChange={(n) => n !== null && onChange({ count: { ...kOf, of: n } })} />
        </>
      ) : null}
      <NumberField label={t('controls.min_occurrences')} value={min.occurrences} min={1} onChange={(n) => n !== null && least({ occurrences: n })} />
      <NumberField label={t('controls.min_amount')} value={min.amount === null ? null : Number(min.amount)} min={0} isOptional placeholder={t('controls.none')} onChange={(amount) => least({ amount })} />
      <NumberField label={t('controls.min_days')} value={min.days} min={1} onChange={(n) => n !== null && least({ days: n })} />
    </>
  );
}

const AGGREGATES = ['sum', 'mean', 'median', 'percentile'] as const;
const SHARES = ['cohort', 'previous', 'absolute'] as const;
const INCOMPLETE = ['show', 'hide', 'eligible'] as const;

function MeasureFields({ question, catalog, onChange }: ControlsProps) {
  const { t } = useWords();
  const { value } = question;
  const measures = [
    { value: '', label: t('measure.none') }, { value: 'customers', label: t('measure.customers') },
    { value: 'events', label: t('measure.events') }, { value: 'amount', label: t('measure.amount') },
    { value: 'quantity', label: t('measure.quantity') },
    ...catalog.properties.map((name) => ({ value: `properties.${name}`, label: name })),
  ];
  const put = (patch: Partial<Measure>) => onChange({ value: { of: 'amount', aggregate: 'sum', per: 'cohort', ...value, ...patch } });
  const percentile = typeof value?.aggregate === 'object' ? value.aggregate.percentile : null;
  const aggregate = (chosen: (typeof AGGREGATES)[number]): Aggregate => (chosen === 'percentile' ? { percentile: 0.9 } : chosen);
  return (
    <>
      <Select label={t('controls.measure')} value={value?.of ?? ''} data={measures} searchable onChange={(of) => (of ? put({ of }) : onChange({ value: null }))} />
      {value ? (
        <>
          <Choice label={t('controls.aggregate')} value={typeof value.aggregate === 'string' ? value.aggregate : 'percentile'}
            options={AGGREGATES.map((one) => ({ value: one, label: t(`aggregate.${one}`) }))} onChange={(chosen) => put({ aggregate: aggregate(chosen) })} />
          {percentile === null ? null : (
            <NumberField label={t('controls.percentile')} value={Math.round(percentile * 1000) / 10} min={0} max={100} suffix=" %" onChange={(n) => n !== null && put({ aggregate: { percentile: n / 100 } })} />
          )}
          <Choice label={t('controls.per')} value={value.per} options={(['cohort', 'returner'] as const).map((one) => ({ value: one, label: t(`per.${one}`) }))} onChange={(per) => put({ per })} />
        </>
      ) : (
        <Choice label={t('controls.share')} value={question.share} options={SHARES.map((one) => ({ value: one, label: t(`share.${one}`) }))} onChange={(share) => onChange({ share })} />
      )}
      <Choice label={t('controls.incomplete')} value={question.incomplete} options={INCOMPLETE.map((one) => ({ value: one, label: t(`incomplete.${one}`) }))} onChange={(incomplete) => onChange({ incomplete })} />
    </>
  );
}

function Civil({ question, onChange }: ControlsProps) {
  const { t } = useWords();
  const months = Array.from({ length: 12 }, (_, at) => ({ value: String(at + 1), label: t(`months.${(at + 1) as 1}`) }));
  return (
    <>
      <Choice label={t('controls.window')} value={question.window} options={(['calendar', 'rolling'] as const).map((one) => ({ value: one, label: t(`window.${one}`) }))}
        onChange={(window) => onChange({ window })} />
      <Choice label={t('controls.rows')} value={question.rows ?? 'period'} options={(['period', ...UNITS] as const).map((one) => ({ value: one, label: one === 'period' ? t('controls.rows_period') : t(`period.${one}`) }))}
        onChange={(rows) => onChange({ rows: rows === 'period' ? null : rows })} />
      <ZoneSelect value={question.zone} onChange={(zone) => onChange({ zone })} />
      <Choice label={t('controls.week_start')} value={question.week_start} options={WEEKDAYS.map((one) => ({ value: one, label: t(`weekday.${one}`) }))} onChange={(week_start) => onChange({ week_start })} />
      <Select label={t('controls.fiscal_year_start')} value={String(question.fiscal_year_start)} data={months} onChange={(month) => month && onChange({ fiscal_year_start: Number(month) })} />
      <AsOf value={question.as_of} onChange={onChange} />
    </>
  );
}

/** The end of the known world, as the first instant of a day in UTC. */
function AsOf({ value, onChange }: { value: string | null; onChange: (patch: RetentionSearch) => void }) {
  const { t, language } = useWords();
  return (
    <DatePickerInput label={t('controls.as_of')} value={value?.slice(0, 10) ?? null} valueFormat="YYYY-MM-DD" monthLabelFormat={MONTH_LABEL[language]} clearable placeholder={t('controls.now')}
      clearButtonProps={{ 'aria-label': t('range.clear') }} onChange={(date) => onChange({ as_of: date ? `${date}T00:00:00Z` : null })} />
  );
}

const MEANS = ['pooled', 'simple', 'mixpanel'] as const;
const INTERVALS = ['auto', 'bootstrap', 'none'] as const;

function MeanFields({ question: { mean }, onChange }: ControlsProps) {
  const { t } = useWords();
  return (
    <>
      <Choice label={t('controls.mean')} value={mean.kind} options={MEANS.map((one) => ({ value: one, label: t(`mean.${one}`) }))} onChange={(kind) => onChange({ mean: { ...mean, kind } })} />
      <Choice label={t('controls.interval')} value={mean.interval} options={INTERVALS.map((one) => ({ value: one, label: t(`interval.${one}`) }))} onChange={(interval) => onChange({ mean: { ...mean, interval } })} />
    </>
  );
}
