/** Every model there is, and a form to train one. */
import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconBrain } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useCatalog, useKinds } from '../../api/hooks';
import { titleOf, TRAINED_KINDS, useModel, useModels, type KeptModel } from '../../api/models';
import { AnswerFrame } from '../../components/AnswerFrame';
import { IgnoredKeys } from '../../components/IgnoredKeys';
import panel from '../../components/Panel.module.css';
import { useWords } from '../../i18n/useWords';
import { Figures } from './Figures';
import { ImportModel } from './ImportModel';
import classes from './Models.module.css';
import { headline, trainedOf } from './report';
import { lastDay } from './scorings';
import type { ModelsSearch } from './search';
import { figure } from './tables';
import { TrainPanel } from './TrainPanel';
import { FIGURES, kindName } from './words';

interface Props { search: ModelsSearch; onSearch: (search: ModelsSearch) => void }

export function ModelsPage({ search, onSearch }: Props) {
  const { t } = useWords();
  const query = useModels();
  const train = () => onSearch({ train: TRAINED_KINDS[0] ?? '' });
  return (
    <Stack gap="md">
      <IgnoredKeys known={search} />
      <div className={panel.head} style={{ marginBottom: 0 }}>
        <div style={{ minWidth: 0 }}>
          <Title order={1} fz={24}>{t('nav.models')}</Title>
          <Text c="dimmed" size="sm">{t('model.summary')}</Text>
        </div>
        <div className={panel.tools}>
          <ImportModel />
          {search.train === undefined ? <Button size="sm" leftSection={<IconBrain size={17} />} onClick={train} data-train>{t('model.train')}</Button> : null}
        </div>
      </div>
      {search.train === undefined ? null : <TrainPanel kind={search.train} like={search.like ?? null} onKind={(kind) => onSearch({ train: kind })} onClose={() => onSearch({})} />}
      <AnswerFrame query={query} isEmpty={(all) => all.length === 0} empty={search.train === undefined ? <Empty onTrain={train} /> : <></>}>
        {(all) => <List all={all} />}
      </AnswerFrame>
    </Stack>
  );
}

/** What a model is, and what to do first. */
function Empty({ onTrain }: { onTrain: () => void }) {
  const { t } = useWords();
  const { data: catalog } = useCatalog();
  const hasEvents = catalog === undefined || catalog.n_events > 0;
  return (
    <section className={panel.panel} aria-label={t('model.none')} data-models-empty>
      <h2 className={panel.title}>{t('model.none')}</h2>
      <Text size="sm" mt={6} maw={680}>{t('model.what')}</Text>
      <ol style={{ margin: '12px 0', paddingInlineStart: 20, fontSize: 14, lineHeight: 1.7, maxWidth: 680 }}>
        <li>{t('model.step_train')}</li>
        <li>{t('model.step_judge')}</li>
        <li>{t('model.step_score')}</li>
      </ol>
      {hasEvents
        ? <Button onClick={onTrain} data-train-first>{t('model.train')}</Button>
        : <Text size="sm">{t('model.no_events')} <Link to="/imports" className={classes.link}>{t('nav.imports')}</Link></Text>}
    </section>
  );
}

/** One card per name; the list has the newest version of a name first. */
export function List({ all }: { all: KeptModel[] }) {
  const names = [...new Set(all.map(({ name }) => name))];
  return (
    <div className={classes.cards}>
      {names.map((name) => <Card key={name} versions={all.filter((one) => one.name === name)} />)}
    </div>
  );
}

function Card({ versions }: { versions: KeptModel[] }) {
  const words = useWords();
  const { t, count, instant, share } = words;
  const { data: kinds } = useKinds();
  const inUse = versions.filter((one) => one.retired_at === null);
  const model = inUse[0] ?? versions[0];
  if (!model) return null;
  const { base_rate: baseRate } = trainedOf(model);
  const figures = headline(model.report);
  const first = figures.filter(({ name }) => name === 'auc' || name === 'brier');
  return (
    <article className={classes.card} aria-label={model.name} data-model={model.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Link to="/models/$name" params={{ name: model.name }} className={classes.name}>{model.name}</Link>
        <InUse isInUse={inUse.length > 0} />
      </Group>
      <Text size="sm" c="dimmed">{kindName(model.kind, kinds, words)}</Text>
      <Figures rows={[
        [t('model.version'), inUse.length ? titleOf(model) : '–'],
        [t('model.versions'), t('model.n_in_use', { n: count(inUse.length), of: count(versions.length) })],
        [t('model.trained_at'), model.created_at && instant(model.created_at)],
        [t('figure.base_rate'), baseRate === null ? null : share(baseRate)],
        ...(first.length ? first : figures.slice(0, 2)).map(({ name, value }): [string, string] => [t(FIGURES[name]), figure(name, value, words)]),
      ]} />
      <LastDay name={model.name} />
    </article>
  );
}

export function InUse({ isInUse }: { isInUse: boolean }) {
  const { t } = useWords();
  return <Badge variant="light" color={isInUse ? 'leaf' : 'gray'} tt="none" style={{ flexShrink: 0 }} data-in-use={isInUse}>{t(isInUse ? 'model.in_use' : 'model.retired')}</Badge>;
}

/** The newest scored day, which the list of models does not tell. */
function LastDay({ name }: { name: string }) {
  const { t, date } = useWords();
  const { data } = useModel(name);
  const day = data ? lastDay(data.scorings) : null;
  return <Text size="sm" c="dimmed" data-last-day={day ?? undefined}>{data ? (day === null ? t('model.never_scored') : t('model.scored_until', { day: date(day) })) : ' '}</Text>;
}
