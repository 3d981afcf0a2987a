/** What can be done with a model: ask with it, score a day, train it anew, export it, retire it. */
import { Button, Group, Popover, Stack, Text } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { IconArchive, IconCalendar, IconCalendarPlus, IconDownload, IconMessageQuestion, IconRefresh } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { exportModel, titleOf, useRetire, useScore, type DayScores, type ShownModel } from '../../api/models';
import { Trouble } from '../../components/AnswerFrame';
import { MONTH_LABEL } from '../../components/controls/Fields';
import panel from '../../components/Panel.module.css';
import { useWords } from '../../i18n/useWords';
import { download, fileName } from '../../lib/files';

export function Actions({ model }: { model: ShownModel }) {
  const { t } = useWords();
  const called = titleOf(model);
  const save = useMutation({
    mutationFn: async () => download(await exportModel(called), `${fileName(model.name, String(model.version))}.json`),
  });
  const link = { size: 'xs', variant: 'default' } as const;
  return (
    <div className={panel.tools}>
      {model.retired_at === null ? (
        <>
          <Button {...link} leftSection={<IconMessageQuestion size={16} />} data-ask-with
            renderRoot={(props) => <Link {...props} to="/insights/$kind" params={{ kind: model.kind }} search={{ question: { model: called } }} />}>{t('model.ask_with')}</Button>
          <ScoreDay called={called} />
        </>
      ) : null}
      <Button {...link} leftSection={<IconRefresh size={16} />} data-train-anew
        renderRoot={(props) => <Link {...props} to="/models" search={{ train: model.kind, like: called }} />}>{t('model.train_anew')}</Button>
      <Button {...link} leftSection={<IconDownload size={16} />} loading={save.isPending} onClick={() => save.mutate()} data-export-model>{t('model.export')}</Button>
      {model.versions.some((one) => one.retired_at === null) ? <Retire model={model} /> : null}
      {save.isError ? <Trouble error={save.error} /> : null}
    </div>
  );
}

/** Scores a day that is over; what was found stands under the button until it is closed. */
function ScoreDay({ called }: { called: string }) {
  const { t, language } = useWords();
  const [isOpen, setOpen] = useState(false);
  const [day, setDay] = useState<string | null>(null);
  const score = useScore(called);
  const toggle = () => {
    score.reset();
    setOpen(!isOpen);
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} width={320} position="bottom-end" shadow="md" trapFocus withinPortal closeOnClickOutside={false}>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconCalendarPlus size={16} />} onClick={toggle} data-score>{t('model.score')}</Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        <Stack gap="sm">
          <DatePickerInput label={t('figure.day')} description={t('model.score_hint')} placeholder={t('model.last_over')} clearable value={day} onChange={setDay} valueFormat="YYYY-MM-DD"
            leftSection={<IconCalendar size={16} />} monthLabelFormat={MONTH_LABEL[language]} popoverProps={{ withinPortal: false }} clearButtonProps={{ 'aria-label': t('range.clear') }} />
          {score.isError ? <Trouble error={score.error} /> : null}
          {score.data ? <Scored found={score.data} /> : null}
          <Group gap="xs">
            <Button size="xs" loading={score.isPending} onClick={() => score.mutate(day)} data-score-now>{t('model.score')}</Button>
            <Button size="xs" variant="subtle" color="gray" onClick={toggle}>{t('customers.close')}</Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Scored({ found }: { found: DayScores }) {
  const { t, count, date } = useWords();
  const day = date(found.day);
  return (
    <Text size="sm" role="status" data-scored={found.day}>
      {found.known ? t('model.known_day', { day, model: found.model }) : t('model.scored', { day, n: count(found.n_rows), names: found.scores.map(({ name }) => name).join(', ') })}
    </Text>
  );
}

/** Retires this version or all of them; it asks once. Nothing is deleted. */
function Retire({ model }: { model: ShownModel }) {
  const { t, count } = useWords();
  const [asked, setAsked] = useState(false);
  const retire = useRetire(model.name);
  const nInUse = model.versions.filter((one) => one.retired_at === null).length;
  const close = { onSuccess: () => setAsked(false) };
  return (
    <Popover opened={asked} onChange={setAsked} width={320} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconArchive size={16} />} onClick={() => setAsked(!asked)} data-retire>{t('model.retire')}</Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        <Text size="sm" mb="sm">{t('model.retire_sure')}</Text>
        {retire.isError ? <Trouble error={retire.error} /> : null}
        <Group gap="xs">
          {model.retired_at === null ? (
            <Button size="xs" color="red" loading={retire.isPending} onClick={() => retire.mutate(model.version, close)} data-retire-version>{t('model.retire_version', { title: titleOf(model) })}</Button>
          ) : null}
          {nInUse > 1 || model.retired_at !== null ? (
            <Button size="xs" color="red" variant="light" loading={retire.isPending} onClick={() => retire.mutate(null, close)} data-retire-all>{t('model.retire_all', { n: count(nInUse) })}</Button>
          ) : null}
          <Button size="xs" variant="subtle" color="gray" onClick={() => setAsked(false)}>{t('import.cancel')}</Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
