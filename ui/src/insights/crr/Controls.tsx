/** The customer-retention-rate question in fields. */
import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import type { Active, Catalog, CrrQuestion, Subscription } from '../../api/types';
import { BreakdownPicker } from '../../components/controls/Breakdowns';
import classes from '../../components/controls/Controls.module.css';
import { Choice, DateRange, NumberField, ZoneSelect } from '../../components/controls/Fields';
import panel from '../../components/Panel.module.css';
import { useWords } from '../../i18n/useWords';
import { POPULATIONS, WEEKDAYS } from '../retention/question';
import { CRR_UNITS, type CrrSearch } from './question';

interface Props { question: CrrQuestion; catalog: Catalog; onChange: (patch: CrrSearch) => void }

export function CrrControls({ onReset, isChanged, ...props }: Props & { onReset: () => void; isChanged: boolean }) {
  const { t } = useWords();
  const { question, catalog, onChange } = props;
  return (
    <section className={panel.panel} aria-label={t('controls.question')}>
      <div className={classes.grid}>
        <UnitChoice value={question.period} onChange={(period) => onChange({ period })} />
        <div className={classes.wide}><DateRange label={t('controls.range')} from={question.from} to={question.to} catalog={catalog} onChange={(from, to) => onChange({ from, to })} /></div>
        <Choice label={t('controls.population')} value={question.population} options={POPULATIONS.map((value) => ({ value, label: t(`population.${value}`) }))} onChange={(population) => onChange({ population })} />
        <ActiveFields {...props} />
        <Choice label={t('crr.by')} value={question.by} options={(['all', 'new_old'] as const).map((value) => ({ value, label: t(`crr.by_${value}`) }))} onChange={(by) => onChange({ by })} />
        <BreakdownPicker value={question.breakdown} catalog={catalog} onChange={(breakdown) => onChange({ breakdown })} />
        {question.breakdown.length ? <NumberField label={t('controls.top')} value={question.top} min={1} max={100} onChange={(top) => top !== null && onChange({ top })} /> : null}
        <ZoneSelect value={question.zone} onChange={(zone) => onChange({ zone })} />
        {question.period === 'week' ? <Choice label={t('controls.week_start')} value={question.week_start} options={WEEKDAYS.map((one) => ({ value: one, label: t(`weekday.${one}`) }))} onChange={(week_start) => onChange({ week_start })} /> : null}
      </div>
      {isChanged ? (
        <div className={classes.foot}>
          <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconRefresh size={15} />} onClick={onReset}>{t('controls.reset')}</Button>
        </div>
      ) : null}
    </section>
  );
}

export function UnitChoice({ value, onChange, size, hideLabel }: { value: CrrQuestion['period']; onChange: (unit: CrrQuestion['period']) => void; size?: 'xs'; hideLabel?: boolean }) {
  const { t } = useWords();
  const units = CRR_UNITS.some((unit) => unit === value) ? CRR_UNITS : [...CRR_UNITS, value];
  const label = t('controls.period');
  return (
    <Choice value={value} options={units.map((unit) => ({ value: unit, label: t(`period.${unit}`) }))} onChange={onChange}
      {...(size ? { size, w: 120 } : {})} {...(hideLabel ? { 'aria-label': label } : { label })} />
  );
}

function ActiveFields({ question: { active }, onChange }: Props) {
  const { t } = useWords();
  const { subscription } = active;
  const put = (next: Active) => onChange({ active: next });
  return (
    <>
      <Choice label={t('crr.active')} value={subscription ? 'subscription' : 'trailing'}
        options={(['trailing', 'subscription'] as const).map((value) => ({ value, label: t(`crr.active_${value}`) }))}
        onChange={(kind) => put({ trailing_days: null, ...(kind === 'subscription' ? { subscription: { start: 'subscribe', end: 'cancel' } } : {}) })} />
      {subscription
        ? <SubscriptionFields subscription={subscription} onChange={(next) => put({ trailing_days: null, subscription: next })} />
        : <NumberField label={t('crr.trailing_days')} value={active.trailing_days ?? null} min={1} max={10_000} isOptional placeholder={t('crr.trailing_auto')} onChange={(days) => put({ trailing_days: days })} />}
    </>
  );
}

function SubscriptionFields({ subscription, onChange }: { subscription: Subscription; onChange: (next: Subscription) => void }) {
  const { t } = useWords();
  const [typed, setTyped] = useState(subscription);
  const commit = useDebouncedCallback((next: Subscription) => { if (next.start && next.end) onChange(next); }, 600);
  const put = (patch: Partial<Subscription>) => {
    const next = { ...typed, ...patch };
    setTyped(next);
    commit(next);
  };
  return (
    <>
      <TextInput label={t('crr.subscription_start')} value={typed.start} onChange={(event) => put({ start: event.currentTarget.value })} />
      <TextInput label={t('crr.subscription_end')} value={typed.end} onChange={(event) => put({ end: event.currentTarget.value })} />
    </>
  );
}
