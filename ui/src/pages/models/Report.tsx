/** How a model was trained and how it fared: figures first, then pictures, then everything in tables. */
import { Alert, Stack, Tabs, Text } from '@mantine/core';
import type { ModelSummary } from '../../api/models';
import type { Json, Table } from '../../api/types';
import { useScheme } from '../../components/chartStyle';
import { LazyChart } from '../../components/LazyChart';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import { AnyTable } from '../insight/AnyTable';
import { Figures } from './Figures';
import classes from './Models.module.css';
import { liftOption, reliabilityOption } from './pictures';
import { brierOfBaseRate, headline, learnerOf, reliability, tops, trainedOf } from './report';
import { figure, layOut } from './tables';
import { FIGURES } from './words';

export function TrainedPanel({ model }: { model: Pick<ModelSummary, 'trained' | 'report' | 'stale_after_days'> }) {
  const words = useWords();
  const { t, count, date, instant, share } = words;
  const trained = trainedOf(model);
  const learner = learnerOf(model.report);
  const rows: [string, string | null][] = [
    [t('figure.as_of'), trained.as_of && instant(trained.as_of)],
    [t('figure.learner'), learner],
    [t('figure.n_rows'), trained.n_rows === null ? null : count(trained.n_rows)],
    [t('figure.customers'), trained.n_customers === null ? null : count(trained.n_customers)],
    [t('figure.base_rate'), trained.base_rate === null ? null : share(trained.base_rate)],
    [t('figure.calibration'), trained.calibration && [trained.calibration, trained.calibrated_on ? date(trained.calibrated_on) : ''].filter(Boolean).join(' · ')],
    [t('model.labels'), trained.first_label && trained.last_label && t('definition.from_to', { from: date(trained.first_label), to: date(trained.last_label) })],
    [t('model.stale_after'), model.stale_after_days === null ? null : t('model.n_days', { n: count(model.stale_after_days) })],
  ];
  return (
    <Panel id="trained" title={t('model.trained')} note={t('model.trained_note')}>
      <Figures rows={rows} />
      {trained.cuts.length ? <Text size="sm" mt="md"><b>{t('figure.cuts')}</b> {trained.cuts.map((cut) => date(cut)).join(' · ')}</Text> : null}
    </Panel>
  );
}

export function ReportPanel({ report }: { report: Json }) {
  const words = useWords();
  const { t, number } = words;
  const figures = headline(report);
  const tables = layOut(t('model.single'), report, words);
  const brier = figures.find(({ name }) => name === 'brier')?.value;
  const bound = brierOfBaseRate(report);
  return (
    <Panel id="report" title={t('model.report')} note={t('model.report_note')}>
      <Stack gap="lg">
        {figures.length ? <Figures isLarge rows={figures.map(({ name, value }) => [t(FIGURES[name]), figure(name, value, words)])} /> : null}
        {brier !== undefined && bound !== null && brier >= bound ? (
          <Alert color="yellow" data-state="warning">{t('model.knows_nothing', { brier: number(brier, 4), bound: number(bound, 4) })}</Alert>
        ) : null}
        <Pictures report={report} />
        {tables.length ? <Tables tables={tables} /> : <Text size="sm" c="dimmed">{t('model.no_report')}</Text>}
      </Stack>
    </Panel>
  );
}

function Pictures({ report }: { report: Json }) {
  const words = useWords();
  const { t, share, number } = words;
  const scheme = useScheme();
  const bins = reliability(report);
  const called = tops(report);
  if (!bins.length && !called.length) return null;
  return (
    <div className={classes.pictures}>
      {bins.length ? (
        <figure style={{ margin: 0 }} data-picture-of="reliability">
          <figcaption><h3 className={classes.caption}>{t('figure.reliability')}</h3><Text size="sm" c="dimmed">{t('model.reliability_note')}</Text></figcaption>
          <LazyChart option={reliabilityOption(bins, scheme, words)} height={300}
            label={`${t('figure.reliability')}: ${bins.map((bin) => `${share(bin.predicted)} → ${share(bin.observed)}`).join(', ')}`} />
        </figure>
      ) : null}
      {called.length ? (
        <figure style={{ margin: 0 }} data-picture-of="lift">
          <figcaption><h3 className={classes.caption}>{t('figure.lift')}</h3><Text size="sm" c="dimmed">{t('model.lift_note')}</Text></figcaption>
          <LazyChart option={liftOption(called, scheme, words)} height={300}
            label={`${t('figure.lift')}: ${called.map((top) => `${share(top.share, 0)} → ${number(top.lift)}`).join(', ')}`} />
        </figure>
      ) : null}
    </div>
  );
}

/** Every table under its own name. */
function Tables({ tables }: { tables: Table[] }) {
  return (
    <Tabs defaultValue="0" key={tables.map((table) => table.name).join()} keepMounted={false}>
      <Tabs.List mb="sm">{tables.map((table, at) => <Tabs.Tab key={at} value={String(at)}>{table.name}</Tabs.Tab>)}</Tabs.List>
      {tables.map((table, at) => <Tabs.Panel key={at} value={String(at)}><AnyTable table={table} /></Tabs.Panel>)}
    </Tabs>
  );
}
