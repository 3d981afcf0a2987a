/** The days a model has scored: how the values are spread and how far the customers have drifted. */
import { Badge, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Scoring } from '../../api/models';
import { Nothing } from '../../components/AnswerFrame';
import { useScheme } from '../../components/chartStyle';
import { Choice } from '../../components/controls/Fields';
import { LazyChart } from '../../components/LazyChart';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import table from '../insight/Insight.module.css';
import classes from './Models.module.css';
import { driftOption, spreadOption } from './pictures';
import type { Drift } from './report';
import { inForce, scoreNames, type ScoredDay } from './scorings';
import { figure } from './tables';

export function ScoringsPanel({ scorings }: { scorings: Scoring[] }) {
  const { t } = useWords();
  const names = scoreNames(scorings);
  const [chosen, setChosen] = useState<string | null>(null);
  const name = chosen !== null && names.includes(chosen) ? chosen : names[0];
  const tools = name !== undefined && names.length > 1
    ? <Choice size="xs" w={240} aria-label={t('model.score_name')} value={name} options={names.map((one) => ({ value: one, label: one }))} onChange={setChosen} />
    : null;
  return (
    <Panel id="scorings" title={t('model.scorings')} note={t('model.scorings_note')} tools={tools}>
      {name === undefined ? <Nothing title={t('model.no_scorings')} hint={t('model.no_scorings_hint')} /> : <Days key={name} name={name} days={inForce(scorings, name)} />}
    </Panel>
  );
}

function Days({ name, days }: { name: string; days: ScoredDay[] }) {
  const { t, number } = useWords();
  const words = useWords();
  const scheme = useScheme();
  const valued = days.filter((one) => one.spread.median !== null);
  const drifting = days.filter((one) => one.drift?.farthest != null);
  return (
    <Stack gap="lg">
      {valued.length || drifting.length ? (
        <div className={classes.pictures}>
          {valued.length ? (
            <figure style={{ margin: 0 }} data-picture-of="spread">
              <figcaption><h3 className={classes.caption}>{t('model.spread', { name })}</h3></figcaption>
              <LazyChart option={spreadOption(valued, scheme, words)} height={280} label={`${t('model.spread', { name })}: ${valued.slice(-8).map((one) => `${one.day} ${number(one.spread.median, 3)}`).join(', ')}`} />
            </figure>
          ) : null}
          {drifting.length ? (
            <figure style={{ margin: 0 }} data-picture-of="drift">
              <figcaption><h3 className={classes.caption}>{t('model.drift')}</h3></figcaption>
              <LazyChart option={driftOption(drifting, scheme, words)} height={280} label={`${t('model.drift')}: ${drifting.slice(-8).map((one) => `${one.day} ${number(one.drift?.farthest ?? null, 3)}`).join(', ')}`} />
            </figure>
          ) : null}
        </div>
      ) : null}
      <DayTable days={days} />
    </Stack>
  );
}

const COLUMNS = ['mean', 'min', 'p10', 'p25', 'median', 'p75', 'p90', 'max'] as const;

function DayTable({ days }: { days: ScoredDay[] }) {
  const words = useWords();
  const { t, count, date } = words;
  const hasTexts = days.some((one) => one.spread.texts.length);
  return (
    <div className={table.scroll} role="region" tabIndex={0} aria-label={t('model.scorings')}>
      <table className={table.table} data-scorings>
        <thead>
          <tr>
            <th scope="col">{t('figure.day')}</th>
            <th scope="col">{t('model.by')}</th>
            <th scope="col" data-kind="count">{t('figure.customers')}</th>
            <th scope="col" data-kind="count">{t('model.without')}</th>
            {COLUMNS.map((name) => <th key={name} scope="col" data-kind="decimal">{t(`spread.${name}`)}</th>)}
            {hasTexts ? <th scope="col">{t('model.texts')}</th> : null}
            <th scope="col">{t('model.drift')}</th>
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map(({ day, model, spread, drift }) => (
            <tr key={day} data-day={day}>
              <td>{date(day)}</td>
              <td>{model}</td>
              <td data-kind="count">{count(spread.nCustomers)}</td>
              <td data-kind="count">{count(spread.nWithout)}</td>
              {COLUMNS.map((name) => <td key={name} data-kind="decimal">{spread[name] === null ? '–' : figure('', spread[name], words)}</td>)}
              {hasTexts ? <td title={textsOf(spread.texts, count)}>{textsOf(spread.texts.slice(0, 3), count) || '–'}</td> : null}
              <td><DriftCell drift={drift} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const textsOf = (texts: ScoredDay['spread']['texts'], count: (n: number) => string): string =>
  texts.map(({ text, nCustomers }) => `${text} ${count(nCustomers)}`).join(' · ');

const COLOURS: Record<Drift['verdict'], string> = { none: 'leaf', slight: 'yellow', strong: 'red' };

/** The verdict, and what has moved farthest. */
function DriftCell({ drift }: { drift: Drift | null }) {
  const words = useWords();
  if (!drift) return <>–</>;
  const moved = drift.features.map(({ name, index }) => `${name} ${figure('', index, words)}`);
  return (
    <>
      <Badge variant="light" color={COLOURS[drift.verdict]} tt="none">{words.t(`drift.${drift.verdict}`)}</Badge>
      {drift.verdict !== 'none' && moved.length ? <Text span size="xs" c="dimmed" ml={6} title={moved.join(', ')}>{moved.slice(0, 2).join(', ')}</Text> : null}
    </>
  );
}
