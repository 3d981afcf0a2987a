/** The page an analyst keeps open: the rate with its trend, then the triangle and its curve. */
import { Stack, Text, Title } from '@mantine/core';
import type { Catalog } from '../../api/types';
import { IgnoredKeys } from '../../components/IgnoredKeys';
import { WhenThereIsData } from '../../components/WhenThereIsData';
import { useWords } from '../../i18n/useWords';
import { CrrSection } from '../../insights/crr/page';
import { UnitChoice } from '../../insights/crr/Controls';
import * as crr from '../../insights/crr/question';
import { RetentionSection } from '../../insights/retention/page';
import type { RetentionSearch } from '../../insights/retention/question';

/** The retention question as on its own page; the other one under its name. */
export interface OverviewSearch extends RetentionSearch { crr?: crr.CrrSearch }

interface Props { search: OverviewSearch; onSearch: (search: OverviewSearch) => void }

export function OverviewPage({ search, onSearch }: Props) {
  return (
    <Stack gap="md">
      <IgnoredKeys known={search} />
      <WhenThereIsData>
        {(catalog) => (
          <>
            <Head catalog={catalog} />
            <Both search={search} onSearch={onSearch} catalog={catalog} />
          </>
        )}
      </WhenThereIsData>
    </Stack>
  );
}

function Head({ catalog }: { catalog: Catalog }) {
  const { t, count, date } = useWords();
  return (
    <div>
      <Title order={1} fz={24} lh={1.3}>{t('overview.title')}</Title>
      <Text c="dimmed" size="sm">
        {t('overview.data', { customers: count(catalog.n_customers), events: count(catalog.n_events) })}
        {catalog.first && catalog.last ? ` · ${date(catalog.first)} – ${date(catalog.last)}` : ''}
      </Text>
    </div>
  );
}

function Both({ search: { crr: rate = {}, ...retention }, onSearch, catalog }: Props & { catalog: Catalog }) {
  const base = crr.defaultsFor(catalog);
  const put = (next: crr.CrrSearch) => onSearch({ ...retention, ...(Object.keys(next).length ? { crr: next } : {}) });
  return (
    <Stack gap="md">
      <CrrSection search={rate} onSearch={put} catalog={catalog} withTable={false}
        tools={<UnitChoice size="xs" hideLabel value={crr.resolve(rate, base).period} onChange={(period) => put(crr.changed(rate, base, { period }))} />} />
      <RetentionSection search={retention} catalog={catalog}
        onSearch={(next) => onSearch({ ...next, ...(Object.keys(rate).length ? { crr: rate } : {}) })} />
    </Stack>
  );
}
