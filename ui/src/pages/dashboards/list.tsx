/** Every dashboard there is; the one that comes with the program until somebody saves more. */
import { Alert, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Failure } from '../../api/client';
import { useDashboards, useDeleteDashboard, useImportDashboard } from '../../api/dashboards';
import { useKinds } from '../../api/hooks';
import type { KeptDashboard } from '../../api/types';
import { AnswerFrame, Nothing, Trouble } from '../../components/AnswerFrame';
import { Forget } from '../../components/Forget';
import panel from '../../components/Panel.module.css';
import { useWords } from '../../i18n/useWords';
import classes from './Dashboards.module.css';

export function DashboardsPage() {
  const { t } = useWords();
  const query = useDashboards();
  return (
    <Stack gap="md">
      <div className={panel.head} style={{ marginBottom: 0 }}>
        <div>
          <Title order={1} fz={24}>{t('nav.dashboards')}</Title>
          <Text c="dimmed" size="sm">{t('dashboard.summary')}</Text>
        </div>
        <div className={panel.tools}><ImportButton /></div>
      </div>
      <AnswerFrame query={query}>{(all) => <List all={all} />}</AnswerFrame>
    </Stack>
  );
}

export function List({ all }: { all: KeptDashboard[] }) {
  const { t } = useWords();
  const isFresh = all.every((one) => one.version === 0);
  return (
    <Stack gap="md">
      {isFresh ? <Nothing title={t('dashboard.none')} hint={t('dashboard.none_hint')} /> : null}
      <div className={classes.cards}>{all.map((one) => <Card key={one.name} kept={one} />)}</div>
    </Stack>
  );
}

function Card({ kept }: { kept: KeptDashboard }) {
  const { t, language, instant } = useWords();
  const { data: kinds } = useKinds();
  const nameOf = (kind: string): string => {
    const known = kinds?.find((one) => one.kind === kind);
    return (language === 'zh' ? known?.title_zh : known?.title) ?? kind;
  };
  return (
    <article className={classes.card} aria-label={kept.title[language]} data-card={kept.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Link to="/dashboards/$name" params={{ name: kept.name }} search={{}} className={classes.name}>{kept.title[language]}</Link>
        {kept.version ? <ForgetDashboard name={kept.name} title={kept.title[language]} /> : <Badge variant="light" tt="none">{t('dashboard.built_in')}</Badge>}
      </Group>
      {kept.trouble
        ? <Alert color="red" py="xs">{t('dashboard.unreadable')} <span lang="en">{kept.trouble}</span></Alert>
        : <div className={classes.kinds}>{kept.kinds.map(nameOf).join(' · ')}</div>}
      <Text size="xs" c="dimmed">
        {[kept.name, kept.version ? t('dashboard.version', { n: kept.version }) : '', kept.owner, kept.updated_at ? instant(kept.updated_at) : ''].filter(Boolean).join(' · ')}
      </Text>
    </article>
  );
}

function ForgetDashboard({ name, title }: { name: string; title: string }) {
  const { t } = useWords();
  return <Forget name={name} label={t('dashboard.delete', { title })} sure={t('dashboard.delete_sure', { title })} forget={useDeleteDashboard()} />;
}

/** A file becomes a dashboard under the name it says; over another of that name only when told to. */
export function ImportButton() {
  const { t } = useWords();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const bring = useImportDashboard();
  const isTaken = bring.error instanceof Failure && bring.error.code === 'taken';
  const take = async (file: File) => {
    const read = await file.text();
    setText(read);
    bring.mutate({ text: read, replaces: false });
  };
  return (
    <>
      <Button size="sm" leftSection={<IconFileUpload size={17} />} loading={bring.isPending} onClick={() => input.current?.click()}>{t('dashboard.import')}</Button>
      <input ref={input} type="file" hidden accept=".yaml,.yml,.json" data-dashboard-file aria-label={t('dashboard.import')}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) void take(file);
        }} />
      {isTaken ? (
        <Alert color="yellow" py="xs" w="100%" title={t('dashboard.taken')} data-state="taken">
          <Group gap="xs" mt={4}>
            <Button size="xs" onClick={() => bring.mutate({ text, replaces: true })}>{t('dashboard.replace')}</Button>
            <Button size="xs" variant="subtle" color="gray" onClick={() => bring.reset()}>{t('import.cancel')}</Button>
          </Group>
        </Alert>
      ) : bring.isError ? <Trouble error={bring.error} /> : null}
      {bring.isSuccess ? <Text size="sm" role="status">{t('dashboard.imported', { name: bring.data.name, n: bring.data.version })}</Text> : null}
    </>
  );
}
