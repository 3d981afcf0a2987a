/** One segment: what it means, who is in it, who uses it, how it came to be so. */
import { Anchor, Button, Code, Stack, Table, Text, Title } from '@mantine/core';
import { IconMessageQuestion, IconPencil, IconUsers } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { useMembers, usePreview, useSegment, type ShownSegment } from '../../api/segments';
import { AnswerFrame, Trouble } from '../../components/AnswerFrame';
import { CustomerList, CustomersDrawer } from '../../components/CustomersDrawer';
import { Panel } from '../../components/Panel';
import panel from '../../components/Panel.module.css';
import { Meaning } from '../../components/segments/Meaning';
import { SegmentForm } from '../../components/segments/SegmentForm';
import classes from '../../components/segments/Segments.module.css';
import { useWords } from '../../i18n/useWords';
import board from '../dashboards/Dashboards.module.css';
import { ForgetSegment } from './list';

export function SegmentPage({ name }: { name: string }) {
  const query = useSegment(name);
  return <AnswerFrame query={query} height={420}>{(segment) => <Shown segment={segment} />}</AnswerFrame>;
}

function Shown({ segment }: { segment: ShownSegment }) {
  const { t, language, instant } = useWords();
  const { name } = segment;
  const navigate = useNavigate();
  const [isChanging, setChanging] = useState(false);
  const [isListed, setListed] = useState(false);
  const preview = usePreview(segment.condition);
  return (
    <Stack gap="md" data-segment={name}>
      <div className={panel.head} style={{ marginBottom: 0 }}>
        <div style={{ minWidth: 0 }}>
          <Link to="/segments" className={board.open}>{t('nav.segments')}</Link>
          <Title order={1} fz={24} lh={1.3} style={{ overflowWrap: 'anywhere' }}>{name}</Title>
          {segment.description ? <Text c="dimmed" size="sm">{segment.description}</Text> : null}
        </div>
        <div className={panel.tools}>
          <Button size="xs" variant="default" leftSection={<IconUsers size={16} />} onClick={() => setListed(true)} data-members>{t('segment.members')}</Button>
          <Button size="xs" variant="default" leftSection={<IconMessageQuestion size={16} />}
            renderRoot={(props) => <Link {...props} to="/insights/$kind" params={{ kind: 'retention' }} search={{ question: { who: { segment: name } } }} />}>{t('segment.ask_of')}</Button>
          <Button size="xs" variant="default" leftSection={<IconPencil size={16} />} onClick={() => setChanging(!isChanging)} aria-expanded={isChanging} data-change>{t('segment.change')}</Button>
          <ForgetSegment name={name} onGone={() => void navigate({ to: '/segments' })} />
        </div>
      </div>
      {isChanging ? (
        <Panel title={t('segment.change')} note={t('segment.change_note')}>
          <SegmentForm of={segment} onKept={() => setChanging(false)} onCancel={() => setChanging(false)} />
        </Panel>
      ) : null}
      <Panel title={t('segment.meaning')}>
        {preview.isError ? <><Text size="sm" mb="sm">{segment[language]}</Text><Trouble error={preview.error} onRetry={() => void preview.refetch()} /></> : <Meaning preview={preview.data} />}
        <Code block mt="sm" className={classes.condition}>{segment.text}</Code>
      </Panel>
      <Panel title={t('segment.kept_as')}>
        <dl className={classes.facts}>
          <dt>{t('segment.owner')}</dt><dd>{segment.owner ?? '–'}</dd>
          <dt>{t('segment.made')}</dt><dd>{instant(segment.created_at)}</dd>
          <dt>{t('segment.used_by')}</dt><dd><Users segment={segment} /></dd>
        </dl>
        {segment.versions.length > 1 ? <Versions segment={segment} /> : null}
      </Panel>
      <Members name={name} opened={isListed} onClose={() => setListed(false)} />
    </Stack>
  );
}

function Users({ segment: { used_by: segments, dashboards } }: { segment: ShownSegment }) {
  const { t } = useWords();
  const links: ReactNode[] = [
    ...segments.map((one) => <Anchor key={`segment ${one}`} size="sm" renderRoot={(props) => <Link {...props} to="/segments/$name" params={{ name: one }} />}>{t('segment.named_segment', { name: one })}</Anchor>),
    ...dashboards.map((one) => <Anchor key={`dashboard ${one}`} size="sm" renderRoot={(props) => <Link {...props} to="/dashboards/$name" params={{ name: one }} search={{}} />}>{t('segment.named_dashboard', { name: one })}</Anchor>),
  ];
  return links.length ? <Stack gap={2}>{links}</Stack> : <>{t('segment.unused')}</>;
}

function Versions({ segment }: { segment: ShownSegment }) {
  const { t, instant } = useWords();
  return (
    <Table.ScrollContainer minWidth={480} mt="md">
      <Table fz="sm" aria-label={t('segment.versions')}>
        <Table.Thead><Table.Tr><Table.Th ta="right">{t('segment.version')}</Table.Th><Table.Th>{t('segment.made')}</Table.Th><Table.Th>{t('segment.owner')}</Table.Th><Table.Th>{t('segment.condition')}</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {segment.versions.map((one) => (
            <Table.Tr key={one.version}>
              <Table.Td ta="right">{one.version}</Table.Td><Table.Td style={{ whiteSpace: 'nowrap' }}>{instant(one.updated_at)}</Table.Td><Table.Td>{one.owner ?? '–'}</Table.Td>
              <Table.Td><Code className={classes.condition}>{JSON.stringify(one.condition)}</Code></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Members({ name, opened, onClose }: { name: string; opened: boolean; onClose: () => void }) {
  const { t } = useWords();
  const query = useMembers(name, opened);
  return (
    <CustomersDrawer opened={opened} onClose={onClose} title={t('segment.members_title')}>
      <AnswerFrame query={query} height={400}>{(customers) => <CustomerList customers={customers} place={name} name={[name]} />}</AnswerFrame>
    </CustomersDrawer>
  );
}
