/** The customers behind one number: as many as the number says, findable, copyable, downloadable. */
import { Button, CloseButton, Drawer, Group, Stack, Text, TextInput } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy, IconDownload, IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import type { Members } from '../api/types';
import { useWords } from '../i18n/useWords';
import { csv, download, fileName } from '../lib/files';
import { Nothing } from './AnswerFrame';
import { KeepButton, KeepForm } from './segments/KeepSegment';
import classes from './CustomersDrawer.module.css';

export function CustomersDrawer({ opened, onClose, title, children }: { opened: boolean; onClose: () => void; title?: string; children: ReactNode }) {
  const { t } = useWords();
  return (
    <Drawer opened={opened} onClose={onClose} position="right" size="md" title={title ?? t('customers.title')}
      closeButtonProps={{ 'aria-label': t('customers.close') }} styles={{ title: { fontWeight: 650 }, body: { height: 'calc(100% - 64px)' } }}>
      {children}
    </Drawer>
  );
}

/** `place` says whose customers they are, `name` what their file is called, `from` the question they stand behind. */
export function CustomerList({ customers, place, name, from }: {
  customers: Members; place: string; name: string[]; from?: { kind: string; question: object };
}) {
  const { t, count } = useWords();
  const clipboard = useClipboard({ timeout: 1800 });
  const [wanted, setWanted] = useState('');
  const [isKeeping, setKeeping] = useState(false);
  const found = useMemo(() => {
    const needle = wanted.trim().toLowerCase();
    return needle ? customers.ids.filter((id) => id.toLowerCase().includes(needle)) : customers.ids;
  }, [customers, wanted]);
  const save = () => download(
    new Blob(['\ufeff', csv(['customer'], customers.ids.map((id) => [id]))], { type: 'text/csv;charset=utf-8' }),
    fileName('customers', ...name) + '.csv',
  );
  return (
    <Stack gap="sm" h="100%">
      <div>
        <Text fz={26} fw={650} lh={1.2} data-customers-total={customers.total}>{t('customers.count', { count: customers.total, n: count(customers.total) })}</Text>
        <Text c="dimmed" size="sm">{place}</Text>
      </div>
      <Group gap="xs">
        <Button size="xs" variant="default" leftSection={clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={() => clipboard.copy(customers.ids.join('\n'))}>{t(clipboard.copied ? 'customers.copied' : 'customers.copy')}</Button>
        <Button size="xs" variant="default" leftSection={<IconDownload size={16} />} onClick={save}>{t('customers.csv')}</Button>
        {from && !isKeeping ? <KeepButton onClick={() => setKeeping(true)} /> : null}
      </Group>
      {clipboard.error ? <Text size="xs" c="red">{t('customers.copy_failed')}</Text> : null}
      {from && isKeeping ? <KeepForm {...from} listed={customers.total} onDone={() => setKeeping(false)} /> : <Found ids={found} total={customers.total} wanted={wanted} onWanted={setWanted} />}
    </Stack>
  );
}

/** The list, with the field that narrows it. */
function Found({ ids, total, wanted, onWanted }: { ids: string[]; total: number; wanted: string; onWanted: (wanted: string) => void }) {
  const { t, count } = useWords();
  return (
    <>
      <TextInput value={wanted} onChange={(event) => onWanted(event.currentTarget.value)} leftSection={<IconSearch size={16} />}
        placeholder={t('customers.search')} aria-label={t('customers.search')}
        rightSection={wanted ? <CloseButton size="sm" onClick={() => onWanted('')} aria-label={t('customers.clear')} /> : null} />
      {wanted ? <Text size="xs" c="dimmed" role="status">{t('customers.found', { n: count(ids.length), of: count(total) })}</Text> : null}
      {ids.length ? <Rows ids={ids} /> : <Nothing title={t('customers.none')} hint=" " />}
    </>
  );
}

/** Only the rows in sight are drawn; a cell may hold a million. */
function Rows({ ids }: { ids: string[] }) {
  const { t } = useWords();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: ids.length, getScrollElement: () => box.current, estimateSize: () => 34, overscan: 12 });
  return (
    <div ref={box} className={classes.box} tabIndex={0} role="region" aria-label={t('customers.list')}>
      <ol style={{ height: rows.getTotalSize(), position: 'relative' }} className={classes.list}>
        {rows.getVirtualItems().map((row) => (
          <li key={row.key} className={classes.row} aria-setsize={ids.length} aria-posinset={row.index + 1} style={{ transform: `translateY(${row.start}px)` }}>
            {ids[row.index]}
          </li>
        ))}
      </ol>
    </div>
  );
}
