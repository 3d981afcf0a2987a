/** Which events, and under what condition. None chosen means any event. */
import { ActionIcon, Autocomplete, Button, CloseButton, Code, Group, Indicator, MultiSelect, Popover, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { IconFilter, IconPlus } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Catalog, Condition, EventFilter, Op, Test, TestValue } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { eventsOf, flatten, OPS, unflatten, withEvents } from '../../insights/retention/question';
import { Choice, useFieldNames } from './Fields';

export function EventPicker({ label, value, catalog, onChange }: {
  label: string; value: EventFilter; catalog: Catalog; onChange: (value: EventFilter) => void;
}) {
  const { t, count } = useWords();
  const chosen = eventsOf(value);
  const rows = new Map(catalog.events.map((event) => [event.name, event.n_rows]));
  const names = [...new Set([...catalog.events.map((event) => event.name), ...chosen])];
  return (
    <MultiSelect styles={{ inputField: { minWidth: 16 } }} label={label} value={chosen} data={names} searchable hidePickedOptions={false}
      placeholder={chosen.length ? undefined : t('controls.any_event')} nothingFoundMessage={t('controls.nothing')}
      onChange={(picked) => onChange(withEvents(value, picked))}
      renderOption={({ option }) => (
        <Group justify="space-between" wrap="nowrap" w="100%" gap="xs">
          <Text size="sm" truncate>{option.value}</Text>
          <Text size="xs" c="dimmed">{rows.has(option.value) ? count(rows.get(option.value) ?? 0) : '–'}</Text>
        </Group>
      )}
      rightSectionPointerEvents="all"
      rightSection={<ConditionButton label={label} condition={value.where ?? undefined} catalog={catalog}
        onChange={(where) => onChange(where ? { event: value.event, where } : { event: value.event })} />} />
  );
}

function ConditionButton({ label, condition, catalog, onChange }: {
  label: string; condition: Condition | undefined; catalog: Catalog; onChange: (condition: Condition | undefined) => void;
}) {
  const { t } = useWords();
  const flat = flatten(condition);
  const n = flat ? flat.tests.length : 1;
  return (
    <Popover width={440} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Indicator label={n} size={15} disabled={n === 0} offset={3} styles={{ indicator: { fontSize: 10, padding: 0 } }}>
          <ActionIcon variant={n ? 'light' : 'subtle'} color={n ? 'leaf' : 'gray'} size="md" aria-label={t('filter.button', { label, n })}>
            <IconFilter size={16} />
          </ActionIcon>
        </Indicator>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        {flat
          ? <Tests join={flat.join} tests={flat.tests} catalog={catalog} onChange={onChange} />
          : <Nested condition={condition} onRemove={() => onChange(undefined)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

/** A condition deeper than a list is shown as it is; it came from a link or a file. */
function Nested({ condition, onRemove }: { condition: Condition | undefined; onRemove: () => void }) {
  const { t } = useWords();
  return (
    <Stack gap="xs">
      <Text size="sm">{t('filter.nested')}</Text>
      <Code block fz={12}>{JSON.stringify(condition, null, 1)}</Code>
      <Button size="xs" variant="light" color="red" onClick={onRemove}>{t('filter.remove_all')}</Button>
    </Stack>
  );
}

function Tests({ join, tests, catalog, onChange }: {
  join: 'all' | 'any'; tests: Test[]; catalog: Catalog; onChange: (condition: Condition | undefined) => void;
}) {
  const { t } = useWords();
  const [isNew, setNew] = useState(tests.length === 0);
  const put = (at: number, test: Test | null) =>
    onChange(unflatten(join, tests.flatMap((one, i) => (i === at ? (test ? [test] : []) : [one]))));
  return (
    <Stack gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" fw={600}>{t('filter.title')}</Text>
        {tests.length > 1 ? (
          <SegmentedControl size="xs" value={join} onChange={(next) => onChange(unflatten(next === 'any' ? 'any' : 'all', tests))}
            data={[{ value: 'all', label: t('filter.all') }, { value: 'any', label: t('filter.any') }]} />
        ) : null}
      </Group>
      {tests.map((test, at) => (
        <TestRow key={at} test={test} catalog={catalog} onChange={(next) => put(at, next)} onRemove={() => put(at, null)} />
      ))}
      {isNew ? (
        <TestRow key={`new-${tests.length}`} test={{ field: '', op: '=', value: '' }} catalog={catalog}
          onChange={(test) => { setNew(false); onChange(unflatten(join, [...tests, test])); }} onRemove={() => setNew(false)} />
      ) : (
        <Button size="compact-sm" variant="subtle" w="fit-content" leftSection={<IconPlus size={14} />} onClick={() => setNew(true)}>{t('filter.add')}</Button>
      )}
    </Stack>
  );
}

/** A row becomes a test once it is whole: a field, an operator and, where one is needed, a value. */
function TestRow({ test, catalog, onChange, onRemove }: {
  test: Test; catalog: Catalog; onChange: (test: Test) => void; onRemove: () => void;
}) {
  const { t } = useWords();
  const fields = useFieldNames(catalog);
  const [field, setField] = useState(test.field);
  const [op, setOp] = useState<Op>(test.op);
  const [text, setText] = useState(written(test.value));
  useEffect(() => { setField(test.field); setOp(test.op); setText(written(test.value)); }, [test.field, test.op, test.value]);
  const needsValue = op !== 'is_set' && op !== 'is_not_set';
  const commit = (next: { field?: string; op?: Op } = {}) => {
    const made = { field: next.field ?? field, op: next.op ?? op };
    const bare = made.op === 'is_set' || made.op === 'is_not_set';
    if (!made.field || (!bare && text === '')) return;
    onChange(bare ? made : { ...made, value: read(text, made.op) });
  };
  return (
    <Group gap={6} wrap="nowrap" align="center" onKeyDown={(event) => { if (event.key === 'Enter') commit(); }}>
      <Autocomplete size="xs" openOnFocus={false} flex={3} miw={0} data={fields} value={field} onChange={setField} onOptionSubmit={(name) => commit({ field: name })} onBlur={() => commit()}
        aria-label={t('filter.field')} placeholder={t('filter.field')} />
      <Choice size="xs" w={112} value={op} options={OPS.map((name) => ({ value: name, label: t(`op.${OP_KEYS[name]}`) }))}
        onChange={(next) => { setOp(next); commit({ op: next }); }} aria-label={t('filter.op')} />
      {needsValue ? (
        <TextInput size="xs" flex={2} miw={0} value={text} onChange={(event) => setText(event.currentTarget.value)} onBlur={() => commit()}
          aria-label={t('filter.value')} placeholder={op === 'in' || op === 'not_in' ? t('filter.values') : t('filter.value')} />
      ) : null}
      <CloseButton size="sm" onClick={onRemove} aria-label={t('filter.remove')} />
    </Group>
  );
}

const OP_KEYS = {
  '=': 'eq', '!=': 'ne', '>': 'gt', '>=': 'ge', '<': 'lt', '<=': 'le', in: 'in', not_in: 'not_in', contains: 'contains',
  starts_with: 'starts_with', ends_with: 'ends_with', is_set: 'is_set', is_not_set: 'is_not_set',
} as const;

const written = (value: TestValue | undefined): string =>
  value === undefined ? '' : Array.isArray(value) ? value.map(scalar).join(', ') : scalar(value);

/** Text that looks like a number stands in quotes, so that reading it back gives the same value. */
const scalar = (value: string | number | boolean): string =>
  typeof value === 'string' && (typeof readScalar(value) !== 'string' || value.includes(',')) ? JSON.stringify(value) : String(value);

export function read(text: string, op: Op): TestValue {
  if (op !== 'in' && op !== 'not_in') return readScalar(text);
  return text.split(',').map((part) => readScalar(part.trim())).filter((part) => part !== '');
}

function readScalar(text: string): string | number | boolean {
  if (/^".*"$/s.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  const n = Number(text);
  return text.trim() !== '' && String(n) === text.trim() && Number.isFinite(n) ? n : text;
}
