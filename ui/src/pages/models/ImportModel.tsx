/** A document from another workspace becomes the next version of a name. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useImportModel } from '../../api/models';
import { Trouble } from '../../components/AnswerFrame';
import { useWords } from '../../i18n/useWords';

/** `churn-2.json` was exported as version 2 of `churn`. */
const nameIn = (file: string): string => file.replace(/\.json$/i, '').replace(/-\d+$/, '');

export function ImportModel() {
  const { t } = useWords();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState('');
  const bring = useImportModel();
  const choose = (chosen: File) => {
    bring.reset();
    setName(nameIn(chosen.name));
    setFile(chosen);
  };
  const take = async (chosen: File) => bring.mutate({ name: name.trim(), text: await chosen.text() }, { onSuccess: () => setFile(null) });
  return (
    <>
      <Button size="sm" variant="default" leftSection={<IconFileUpload size={17} />} onClick={() => input.current?.click()}>{t('model.import')}</Button>
      <input ref={input} type="file" hidden accept=".json" data-model-file aria-label={t('model.import')}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (chosen) choose(chosen);
        }} />
      <Modal opened={file !== null} onClose={() => setFile(null)} title={t('model.import')} closeButtonProps={{ 'aria-label': t('customers.close') }}>
        <form onSubmit={(event) => { event.preventDefault(); if (file && name.trim()) void take(file); }}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">{t('model.import_note', { file: file?.name ?? '' })}</Text>
            <TextInput label={t('model.name')} value={name} required onChange={(event) => setName(event.currentTarget.value)} data-autofocus data-import-name />
            {bring.isError ? <Trouble error={bring.error} /> : null}
            <Group gap="xs">
              <Button type="submit" loading={bring.isPending} disabled={!name.trim()} data-import-now>{t('import.start')}</Button>
              <Button variant="subtle" color="gray" onClick={() => setFile(null)}>{t('import.cancel')}</Button>
            </Group>
          </Stack>
        </form>
      </Modal>
      {bring.isSuccess ? <Text size="sm" role="status">{t('model.kept_as', { title: `${bring.data.name}@${bring.data.version}` })}</Text> : null}
    </>
  );
}
