/** The SQL that gives the numbers on screen again on DuckDB, to be copied; or why there is none. */
import { Alert, Button, Code, CopyButton, Modal, ScrollArea, Stack, Text } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { askExplained } from '../api/client';
import type { Explained } from '../lib/explained';
import { script } from '../lib/explained';
import { useWords } from '../i18n/useWords';
import { Trouble } from './AnswerFrame';

export function ShowSql({ kind, question }: { kind: string; question: object }) {
  const { t } = useWords();
  const [opened, setOpened] = useState(false);
  const ask = useMutation({ mutationFn: () => askExplained(kind, question) });
  const open = () => {
    setOpened(true);
    ask.mutate();
  };
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconCode size={16} />} onClick={open}>{t('sql.button')}</Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t('sql.title')} size="xl">
        {ask.isPending ? <Text c="dimmed">{t('state.loading')}</Text> : null}
        {ask.isError ? <Trouble error={ask.error} /> : null}
        {ask.data ? <Statements explained={ask.data} /> : null}
      </Modal>
    </>
  );
}

function Statements({ explained }: { explained: Explained }) {
  const { t, language } = useWords();
  const { reason, statements } = explained;
  if (!statements.length) {
    const said = reason?.[language];
    return <Alert color="yellow" title={said?.reason ?? t('sql.none')}>{said?.hint}</Alert>;
  }
  const text = script(explained);
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">{t('sql.note')}</Text>
      <CopyButton value={text}>
        {({ copied, copy }) => <Button size="xs" onClick={copy} style={{ alignSelf: 'flex-start' }}>{copied ? t('sql.copied') : t('sql.copy')}</Button>}
      </CopyButton>
      <ScrollArea.Autosize mah="60vh">
        <Code block data-sql>{text}</Code>
      </ScrollArea.Autosize>
    </Stack>
  );
}
