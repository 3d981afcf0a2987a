/** Forgets something kept under a name, with all its versions; it asks once. */
import { Button, Group, Popover, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useWords } from '../i18n/useWords';
import { Trouble } from './AnswerFrame';

export function Forget({ name, label, sure, forget, onGone }: {
  name: string;
  /** What the button says to those who do not see its picture. */
  label: string;
  sure: string;
  forget: UseMutationResult<unknown, Error, string>;
  onGone?: () => void;
}) {
  const { t } = useWords();
  const [asked, setAsked] = useState(false);
  const toggle = () => {
    forget.reset();
    setAsked(!asked);
  };
  return (
    <Popover opened={asked} onChange={setAsked} width={300} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant="subtle" color="gray" aria-label={label} title={label} onClick={toggle}><IconTrash size={15} /></Button>
      </Popover.Target>
      <Popover.Dropdown maw="calc(100vw - 24px)">
        <Text size="sm" mb="sm">{sure}</Text>
        {forget.isError ? <Trouble error={forget.error} /> : null}
        <Group gap="xs" mt={forget.isError ? 'xs' : 0}>
          <Button size="xs" color="red" loading={forget.isPending} data-delete onClick={() => forget.mutate(name, { onSuccess: () => onGone?.() })}>{t('dashboard.delete_yes')}</Button>
          <Button size="xs" variant="subtle" color="gray" onClick={() => setAsked(false)}>{t('import.cancel')}</Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
