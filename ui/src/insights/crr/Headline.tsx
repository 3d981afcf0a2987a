/** The headline: the newest whole period in both forms, what it is made of, and its trend beside a quoted band. */
import { useMemo } from 'react';
import type { Benchmark, CrrAnswer, CrrPeriod, SetName } from '../../api/types';
import { useScheme } from '../../components/chartStyle';
import { Choice } from '../../components/controls/Fields';
import { LazyChart } from '../../components/LazyChart';
import { useWords, type Words } from '../../i18n/useWords';
import { difference, isGrouped, isShort, latest, reasonText, seriesOf, type OnSet } from './figures';
import { industryName } from './industry';
import { trendOption } from './trend';
import classes from './Headline.module.css';

export interface HeadlineProps {
  answer: CrrAnswer;
  /** The industry whose band is shown. */
  industry: string | null;
  onIndustry: (industry: string | null) => void;
  onSet: OnSet;
}

export function CrrHeadline({ answer, industry, onIndustry, onSet }: HeadlineProps) {
  const words = useWords();
  const band = answer.benchmarks.find((one) => one.industry === industry) ?? null;
  return (
    <div className={classes.layout}>
      {isGrouped(answer) ? <GroupRates answer={answer} words={words} /> : <Rate answer={answer} words={words} onSet={onSet} />}
      <div className={classes.trend}>
        <Trend answer={answer} band={band} words={words} />
        <Band answer={answer} band={band} words={words} industry={industry} onIndustry={onIndustry} />
      </div>
    </div>
  );
}

function Rate({ answer, words, onSet }: { answer: CrrAnswer; words: Words; onSet: OnSet }) {
  const { t } = words;
  const { now, before } = latest(answer.periods);
  const last = answer.periods.at(-1);
  if (!now) {
    return <div><div className={classes.big}>–</div><p className={classes.formula}>{reasonText(last?.reason ?? null, words) || t('crr.no_whole_period')}</p></div>;
  }
  return (
    <div data-crr-headline>
      <div className={classes.when}>{t('crr.newest', { label: now.label })}</div>
      <div className={classes.rate}>
        <span className={classes.big} data-crr-set={now.set ?? ''}>{words.share(now.set)}</span>
        {before && now.set !== null && before.set !== null ? <Delta now={now.set} before={before.set} label={before.label} words={words} /> : null}
      </div>
      <div className={classes.formula}>{t('crr.set_formula', { kept: words.count(now.kept), s: words.count(now.s) })}</div>
      <dl className={classes.pair}>
        <div><dt>{t('crr.classic_formula')}</dt><dd>{words.share(now.classic)}</dd></div>
        <div><dt>{t('crr.churn')}</dt><dd>{words.share(now.churn)}</dd></div>
      </dl>
      <Flow period={now} words={words} onSet={onSet} />
      {difference(now, words) ? <p className={classes.why}>{difference(now, words)}</p> : null}
      {isShort(now) ? <p className={classes.why}>{t('crr.history_too_short')}</p> : null}
    </div>
  );
}

function Delta({ now, before, label, words }: { now: number; before: number; label: string; words: Words }) {
  const change = now - before;
  const tone = change > 0 ? classes.up : change < 0 ? classes.down : '';
  return <span className={`${classes.delta} ${tone}`}>{change > 0 ? '▲ ' : change < 0 ? '▼ ' : ''}{words.t('crr.delta', { points: words.points(change), label })}</span>;
}

const PARTS = ['s', 'kept', 'lost', 'n', 'won_back', 'e'] as const satisfies readonly SetName[];

function Flow({ period, words: { t, count }, onSet }: { period: CrrPeriod; words: Words; onSet: OnSet }) {
  return (
    <dl className={classes.flow}>
      {PARTS.map((set) => (
        <div key={set}>
          <dt>{t(`crr.${set}`)}</dt>
          <dd><button type="button" className={classes.set} data-set={set} onClick={() => onSet(period, set)}>{count(period[set])}</button></dd>
        </div>
      ))}
    </dl>
  );
}

function GroupRates({ answer, words }: { answer: CrrAnswer; words: Words }) {
  const { t, share, count } = words;
  const rows = seriesOf(answer, words).map((series) => ({ series, now: latest(series.periods).now }));
  const label = rows.find((row) => row.now)?.now?.label;
  return (
    <div data-crr-headline>
      <div className={classes.when}>{label ? t('crr.newest', { label }) : t('crr.no_whole_period')}</div>
      <table className={classes.groups}>
        <thead><tr><th scope="col">{t('retention.group')}</th><th scope="col">{t('crr.set')}</th><th scope="col">{t('crr.classic')}</th><th scope="col">{t('crr.s')}</th></tr></thead>
        <tbody>
          {rows.map(({ series, now }) => (
            <tr key={series.key}><th scope="row">{series.name}</th><td><b>{share(now?.set)}</b></td><td>{share(now?.classic)}</td><td>{now ? count(now.s) : '–'}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Trend({ answer, band, words }: { answer: CrrAnswer; band: Benchmark | null; words: Words }) {
  const scheme = useScheme();
  const [option, label] = useMemo(() => {
    const name = band ? `${industryName(band.industry, words)} ${rangeText(band, words)}` : '';
    const said = answer.periods.slice(-12).map((period) => `${period.label} ${words.share(period.set)}`).join(', ');
    return [trendOption(answer, band, name, scheme, words), `${words.t('crr.trend')}: ${said}`] as const;
  }, [answer, band, scheme, words]);
  return <LazyChart option={option} height={278} label={label} />;
}

function Band({ answer, band, words, industry, onIndustry }: {
  answer: CrrAnswer; band: Benchmark | null; words: Words; industry: string | null; onIndustry: (industry: string | null) => void;
}) {
  const { t } = words;
  const known = new Set([...answer.benchmarks.map((one) => one.industry), ...(industry ? [industry] : [])]);
  const options = [{ value: '', label: t('crr.no_industry') }, ...[...known].map((id) => ({ value: id, label: industryName(id, words) }))];
  return (
    <div className={classes.band}>
      <Choice size="xs" w={190} value={industry ?? ''} options={options} onChange={(id) => onIndustry(id || null)} aria-label={t('crr.industry')} />
      {band ? (
        <p data-benchmark>
          {t('crr.quoted', { name: industryName(band.industry, words), range: rangeText(band, words), source: band.source, when: band.as_quoted ? words.month(band.as_quoted) : t('crr.undated') })}{' '}
          <b>{band.verified ? t('crr.definitions_differ') : `${t('crr.unverified')} ${t('crr.definitions_differ')}`}</b>
        </p>
      ) : null}
    </div>
  );
}

const rangeText = (band: Benchmark, { share }: Words): string =>
  band.low === band.high ? share(band.low, 0) : `${share(band.low, 0)}–${share(band.high, 0)}`;
