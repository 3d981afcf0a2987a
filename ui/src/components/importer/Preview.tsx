/** What an import would make of a file, and the knobs to mend it before anything is written. */
import { Alert, Button, Group, LoadingOverlay, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ImportOptions } from '../../api/client';
import type { DryRun, SampleRow } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { ZoneSelect } from '../controls/Fields';
import { Panel } from '../Panel';
import { Counts } from './Counts';
import { FACTS, factsOf, FIELDS, said } from './detected';
import classes from './Importer.module.css';

export function Preview({ files, dry, options, isChecking, onOptions, onStart, onCancel }: {
  files: File[]; dry: DryRun; options: ImportOptions; isChecking: boolean;
  onOptions: (options: ImportOptions) => void; onStart: () => void; onCancel: () => void;
}) {
  const { t, language, count, bytes } = useWords();
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <Panel title={files.length === 1 ? (files[0]?.name ?? '') : t('import.files', { n: count(files.length) })} note={bytes(size)}
      tools={<SegmentedControl size="xs" value={options.preset} onChange={(preset) => onOptions({ ...options, preset, map: {} })} aria-label={t('import.preset')}
        data={[{ value: 'orders', label: t('import.preset_orders') }, { value: 'events', label: t('import.preset_events') }, { value: 'none', label: t('import.preset_none') }]} />}>
      <Stack gap="lg" pos="relative">
        <LoadingOverlay visible={isChecking} overlayProps={{ blur: 1 }} />
        <Facts dry={dry} />
        {(language === 'zh' ? dry.detected.notes_zh : dry.detected.notes).map((note) => <Alert key={note} color="yellow" py="xs">{note}</Alert>)}
        <Mapping dry={dry} options={options} onOptions={onOptions} />
        <Reading options={options} onOptions={onOptions} />
        <SampleRows rows={dry.rows} />
        <div data-dry-counts><Counts counts={dry.counts} /></div>
        {dry.counts.accepted === 0 ? <Alert color="yellow">{t('import.nothing_accepted')}</Alert> : null}
        {files.length > 1 ? <Text size="sm" c="dimmed">{t('import.same_for_all')}</Text> : null}
        <Group>
          <Button onClick={onStart} disabled={isChecking} data-import-start>{t('import.start')}</Button>
          <Button variant="subtle" color="gray" onClick={onCancel}>{t('import.cancel')}</Button>
        </Group>
      </Stack>
    </Panel>
  );
}

function Facts({ dry }: { dry: DryRun }) {
  const { t } = useWords();
  const name = (key: string) => {
    const known = FACTS.find((fact) => fact === key);
    return known ? t(`fact.${known}`) : key.replaceAll('_', ' ');
  };
  return <dl className={classes.facts}>{factsOf(dry.detected).map(([key, text]) => <div key={key}><dt>{name(key)}</dt><dd>{text}</dd></div>)}</dl>;
}

function Mapping({ dry, options, onOptions }: { dry: DryRun; options: ImportOptions; onOptions: (options: ImportOptions) => void }) {
  const { t, language } = useWords();
  const { columns } = dry.detected;
  const mapped = new Map(dry.detected.mapping.map((one) => [one.field, one]));
  return (
    <div>
      <Text fw={600} size="sm">{t('import.mapping')}</Text>
      <Text size="xs" c="dimmed" mb={8}>{t('import.mapping_hint')}</Text>
      <div className={classes.mapping}>
        {FIELDS.map((field) => {
          const now = options.map[field] ?? mapped.get(field)?.from ?? '';
          const choices = [...new Set([...columns, now].filter(Boolean))];
          return (
            <Select key={field} size="xs" inputWrapperOrder={['label', 'input', 'description', 'error']} label={t(`field.${field}`)} value={now || null} data={choices} searchable clearable={field in options.map} placeholder={t('import.unmapped')}
              description={(language === 'zh' ? mapped.get(field)?.why_zh : mapped.get(field)?.why) || undefined} withAsterisk={field === 'customer' || field === 'ts'}
              onChange={(column) => {
                const { [field]: _, ...rest } = options.map;
                onOptions({ ...options, map: column ? { ...rest, [field]: column } : rest });
              }} />
          );
        })}
      </div>
    </div>
  );
}

function Reading({ options, onOptions }: { options: ImportOptions; onOptions: (options: ImportOptions) => void }) {
  const { t } = useWords();
  return (
    <div className={classes.mapping}>
      <ZoneSelect value={options.zone} onChange={(zone) => onOptions({ ...options, zone })} />
      <Late label={t('import.currency')} placeholder="EUR" value={options.currency} onChange={(currency) => onOptions({ ...options, currency: currency.toUpperCase() })} />
      <Late label={t('import.date_format')} placeholder="%d/%m/%Y %H:%M" value={options.date_format} onChange={(date_format) => onOptions({ ...options, date_format })} />
      <Late label={t('import.where')} placeholder="Quantity > 0" value={options.where} onChange={(where) => onOptions({ ...options, where })} />
    </div>
  );
}

/** A text that counts when the hand leaves it. */
function Late({ label, placeholder, value, onChange }: { label: string; placeholder: string; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const commit = () => { if (typed.trim() !== value) onChange(typed.trim()); };
  return (
    <TextInput label={label} placeholder={placeholder} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={commit}
      onKeyDown={(event) => { if (event.key === 'Enter') commit(); }} />
  );
}

function SampleRows({ rows }: { rows: DryRun['rows'] }) {
  const { t } = useWords();
  const [first] = rows;
  if (!first) return null;
  const columns = Object.keys(first) as (keyof SampleRow)[];
  return (
    <div>
      <Text fw={600} size="sm" mb={8}>{t('import.sample')}</Text>
      <div className={classes.scroll} role="region" tabIndex={0} aria-label={t('import.sample')}>
        <table className={classes.rows} data-sample-rows>
          <thead><tr>{columns.map((column) => <th key={column} scope="col">{column}</th>)}</tr></thead>
          <tbody>{rows.map((row, at) => <tr key={at}>{columns.map((column) => <td key={column} title={said(row[column])}>{said(row[column])}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </div>
  );
}
