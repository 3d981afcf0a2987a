/** One version of a model: what can be done with it, how it was trained, how it fared, what it scored. */
import { Badge, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useKinds } from '../../api/hooks';
import { titleOf, useModel, type ShownModel } from '../../api/models';
import { AnswerFrame } from '../../components/AnswerFrame';
import panel from '../../components/Panel.module.css';
import { Panel } from '../../components/Panel';
import { useWords } from '../../i18n/useWords';
import table from '../insight/Insight.module.css';
import { Actions } from './Actions';
import { InUse } from './list';
import classes from './Models.module.css';
import { ReportPanel, TrainedPanel } from './Report';
import { ScoringsPanel } from './Scorings';
import { kindName } from './words';

/** `called` is `churn`, which is its newest version in use, or `churn@3`. */
export function ModelPage({ called }: { called: string }) {
  const query = useModel(called);
  return (
    <AnswerFrame query={query} height={640}>
      {(model) => (
        <Stack gap="md" data-model-page={titleOf(model)}>
          <Head model={model} />
          <TrainedPanel model={model} />
          <ReportPanel report={model.report} />
          <ScoringsPanel scorings={model.scorings} />
          <Versions model={model} />
        </Stack>
      )}
    </AnswerFrame>
  );
}

function Head({ model }: { model: ShownModel }) {
  const words = useWords();
  const { t, instant } = words;
  const { data: kinds } = useKinds();
  return (
    <div className={panel.head} style={{ marginBottom: 0 }}>
      <div style={{ minWidth: 0 }}>
        <Link to="/models" search={{}} className={classes.back}>{t('nav.models')}</Link>
        <Title order={1} fz={24} lh={1.3} style={{ overflowWrap: 'anywhere' }}>{model.name} <Badge variant="default" size="lg" tt="none">{t('dashboard.version', { n: model.version })}</Badge></Title>
        <Text c="dimmed" size="sm" component="div">
          {[kindName(model.kind, kinds, words), model.created_at ? t('model.trained_on', { when: instant(model.created_at) }) : ''].filter(Boolean).join(' · ')} <InUse isInUse={model.retired_at === null} />
        </Text>
        {model.note ? <Text size="sm" mt={4}>{model.note}</Text> : null}
      </div>
      <Actions model={model} />
    </div>
  );
}

function Versions({ model: { name, version: shown, versions } }: { model: ShownModel }) {
  const { t, instant } = useWords();
  return (
    <Panel id="versions" title={t('model.versions')} note={t('model.versions_note', { name })}>
      <div className={table.scroll} role="region" tabIndex={0} aria-label={t('model.versions')}>
        <table className={table.table} data-versions>
          <thead><tr>{(['version', 'trained_at', 'state', 'note'] as const).map((key) => <th key={key} scope="col">{t(`model.${key}`)}</th>)}</tr></thead>
          <tbody>
            {versions.map(({ version, created_at: createdAt, retired_at: retiredAt, note }) => (
              <tr key={version} aria-current={version === shown ? 'true' : undefined}>
                <td><Link to="/models/$name" params={{ name: titleOf({ name, version }) }} className={classes.link}>{titleOf({ name, version })}</Link></td>
                <td>{createdAt ? instant(createdAt) : '–'}</td>
                <td>{retiredAt ? t('model.retired_on', { when: instant(retiredAt) }) : t('model.in_use')}</td>
                <td title={note ?? undefined}>{note || '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
