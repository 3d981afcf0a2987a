/** Every segment there is: what it means, how many are in it now, who uses it. */
import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useDeleteSegment, usePreview, useSegments, type Segment } from '../../api/segments';
import { AnswerFrame, Nothing } from '../../components/AnswerFrame';
import { Forget } from '../../components/Forget';
import { Panel } from '../../components/Panel';
import panel from '../../components/Panel.module.css';
import { SegmentForm } from '../../components/segments/SegmentForm';
import { useWords } from '../../i18n/useWords';
import cards from '../dashboards/Dashboards.module.css';

export function SegmentsPage() {
  const { t } = useWords();
  const query = useSegments();
  const navigate = useNavigate();
  const [isNew, setNew] = useState(false);
  return (
    <Stack gap="md">
      <div className={panel.head} style={{ marginBottom: 0 }}>
        <div style={{ minWidth: 0 }}>
          <Title order={1} fz={24}>{t('nav.segments')}</Title>
          <Text c="dimmed" size="sm">{t('segment.summary')}</Text>
        </div>
        {isNew ? null : <div className={panel.tools}><Button size="sm" leftSection={<IconPlus size={17} />} onClick={() => setNew(true)} data-segment-new>{t('segment.new')}</Button></div>}
      </div>
      {isNew ? (
        <Panel title={t('segment.new')}>
          <SegmentForm onKept={(segment) => void navigate({ to: '/segments/$name', params: { name: segment.name } })} onCancel={() => setNew(false)} />
        </Panel>
      ) : null}
      <AnswerFrame query={query} isEmpty={(all) => all.length === 0} empty={<Nothing title={t('segment.none')} hint={t('segment.none_hint')} />}>
        {(all) => <div className={cards.cards}>{all.map((one) => <Card key={one.name} segment={one} />)}</div>}
      </AnswerFrame>
    </Stack>
  );
}

function Card({ segment }: { segment: Segment }) {
  const { t, language, instant } = useWords();
  return (
    <article className={cards.card} aria-label={segment.name} data-segment={segment.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Link to="/segments/$name" params={{ name: segment.name }} className={cards.name}>{segment.name}</Link>
        <ForgetSegment name={segment.name} />
      </Group>
      <Size name={segment.name} />
      {segment.description ? <Text size="sm" style={{ overflowWrap: 'anywhere' }}>{segment.description}</Text> : null}
      <Text size="sm" c="dimmed" lineClamp={4} style={{ flex: 1, overflowWrap: 'anywhere' }}>{segment[language]}</Text>
      <Text size="xs" c="dimmed">
        {[t('dashboard.version', { n: segment.version }), segment.owner, instant(segment.updated_at)].filter(Boolean).join(' · ')}
      </Text>
      <Text size="xs" c="dimmed">{usedText(segment, t)}</Text>
    </article>
  );
}

/** How many places name it. */
function usedText({ used_by: segments, dashboards }: Segment, t: ReturnType<typeof useWords>['t']): string {
  const n = segments.length + dashboards.length;
  return n ? t('segment.used', { count: n }) : t('segment.unused');
}

/** Counted when it is looked at, one pass over the data each. */
function Size({ name }: { name: string }) {
  const { t, count } = useWords();
  const { data, isError } = usePreview({ segment: name });
  if (isError) return <Text size="sm" c="red">{t('segment.uncountable')}</Text>;
  if (!data) return <Skeleton height={20} width={120} aria-label={t('segment.counting')} />;
  return <Text size="sm" fw={600} data-n-customers={data.n_customers}>{t('segment.size', { n: count(data.n_customers), of: count(data.of) })}</Text>;
}

export function ForgetSegment({ name, onGone }: { name: string; onGone?: () => void }) {
  const { t } = useWords();
  return (
    <Forget name={name} label={t('dashboard.delete', { title: name })} sure={t('dashboard.delete_sure', { title: name })}
      forget={useDeleteSegment()} {...(onGone ? { onGone } : {})} />
  );
}
