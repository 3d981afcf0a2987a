/** One dashboard: its shared filters, its tiles, its file. */
import { Button, Menu, Select, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconFileCode, IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { exportDashboard, useRanDashboard, writeDashboard, type BoardFormat } from '../../api/dashboards';
import { useSegments } from '../../api/segments';
import type { Catalog, DashboardFilters, RanDashboard } from '../../api/types';
import { AnswerFrame, Trouble } from '../../components/AnswerFrame';
import { Choice, DateRange } from '../../components/controls/Fields';
import { IgnoredKeys } from '../../components/IgnoredKeys';
import panel from '../../components/Panel.module.css';
import { WhenThereIsData } from '../../components/WhenThereIsData';
import { useWords } from '../../i18n/useWords';
import { POPULATIONS } from '../../insights/retention/question';
import { download, fileName } from '../../lib/files';
import classes from './Dashboards.module.css';
import { changed, given, segmentOf, type DashboardSearch } from './filters';
import { Tiles, Unanswered } from './view';

interface Props { name: string; search: DashboardSearch; onSearch: (search: DashboardSearch) => void }

export function DashboardPage(props: Props) {
  return (
    <Stack gap="md">
      <IgnoredKeys known={props.search} />
      <WhenThereIsData>{(catalog) => <Ran {...props} catalog={catalog} />}</WhenThereIsData>
    </Stack>
  );
}

function Ran({ name, search, onSearch, catalog }: Props & { catalog: Catalog }) {
  const { language } = useWords();
  const filters = given(search);
  const query = useRanDashboard(name, filters, language);
  return (
    <AnswerFrame query={query} height={640}>
      {(ran) => (
        <Stack gap="md">
          <Head ran={ran} filters={filters} />
          <Filters ran={ran} search={search} onSearch={onSearch} catalog={catalog} />
          <Unanswered ran={ran} />
          <Tiles ran={ran} />
        </Stack>
      )}
    </AnswerFrame>
  );
}

function Head({ ran, filters }: { ran: RanDashboard; filters: DashboardFilters }) {
  const { t, language, instant } = useWords();
  return (
    <div className={panel.head} style={{ marginBottom: 0 }}>
      <div style={{ minWidth: 0 }}>
        <Link to="/dashboards" className={classes.open}>{t('nav.dashboards')}</Link>
        <Title order={1} fz={24} lh={1.3}>{ran.title[language]}</Title>
        <Text c="dimmed" size="sm">
          {ran.version ? t('dashboard.version', { n: ran.version }) : t('dashboard.built_in')} · {t('dashboard.as_of', { when: instant(ran.as_of, ran.filters.zone ?? undefined) })}
        </Text>
      </div>
      <Files name={ran.name} filters={filters} />
    </div>
  );
}

const FORMATS: readonly BoardFormat[] = ['xlsx', 'png', 'svg'];

function Files({ name, filters }: { name: string; filters: DashboardFilters }) {
  const { t, language } = useWords();
  const save = useMutation({
    mutationFn: async (format: BoardFormat | 'yaml') => {
      const blob = format === 'yaml' ? await exportDashboard(name) : await writeDashboard(name, filters, format, language);
      download(blob, `${fileName(name)}.${format}`);
    },
  });
  return (
    <div className={panel.tools}>
      <Button size="xs" variant="default" leftSection={<IconFileCode size={16} />} onClick={() => save.mutate('yaml')} data-export-yaml>{t('dashboard.export_yaml')}</Button>
      <Menu position="bottom-end" width={280} closeOnItemClick={false} onOpen={() => save.reset()}>
        <Menu.Target>
          <Button size="xs" variant="default" leftSection={<IconDownload size={16} />} loading={save.isPending}>{t('export.button')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {FORMATS.map((format) => (
            <Menu.Item key={format} onClick={() => save.mutate(format)} rightSection={<Text size="xs" c="dimmed" ff="monospace">.{format}</Text>}>{t(`export.${format}`)}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {save.isError ? <Trouble error={save.error} /> : null}
    </div>
  );
}

/** What all tiles share. A filter that is not in the address is the dashboard's own. */
function Filters({ ran, search, onSearch, catalog }: { ran: RanDashboard; search: DashboardSearch; onSearch: Props['onSearch']; catalog: Catalog }) {
  const { t } = useWords();
  const { data: segments } = useSegments();
  const { filters } = ran;
  const put = (patch: Parameters<typeof changed>[1]) => onSearch(changed(search, patch));
  const segment = segmentOf(filters.who);
  const names = [...new Set([...(segments ?? []).map((one) => one.name), ...(segment ? [segment] : [])])];
  const own = filters.who !== undefined && segment === null;
  return (
    <section className={panel.panel} aria-label={t('dashboard.filters')}>
      <div className={classes.filters}>
        <DateRange label={t('controls.range')} from={filters.from ?? null} to={filters.to ?? null} catalog={catalog} onChange={(from, to) => put({ from, to })} />
        <Choice label={t('controls.population')} value={filters.population ?? ''} onChange={(population) => put({ population: population || null })}
          options={[{ value: '', label: t('dashboard.each_tile') }, ...POPULATIONS.map((value) => ({ value, label: t(`population.${value}`) }))]} />
        <Select label={t('dashboard.segment')} searchable clearable data={names} value={segment} placeholder={own ? t('dashboard.own_condition') : t('dashboard.all_customers')}
          nothingFoundMessage={t('dashboard.no_segment')} onChange={(name) => put({ segment: name })} clearButtonProps={{ 'aria-label': t('range.clear') }} />
        <Button variant="subtle" color="gray" disabled={!Object.keys(search).length} leftSection={<IconRefresh size={15} />} onClick={() => onSearch({})}>{t('controls.reset')}</Button>
      </div>
    </section>
  );
}
