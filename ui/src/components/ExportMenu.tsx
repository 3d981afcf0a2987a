/** The answer on screen as a file, made by the server from the same question. */
import { Button, Menu, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { askFile } from '../api/client';
import type { ExportFormat } from '../api/types';
import { useWords } from '../i18n/useWords';
import { download } from '../lib/files';
import { Trouble } from './AnswerFrame';

const PICTURES: readonly ExportFormat[] = ['png', 'svg'];
const FORMATS: readonly ExportFormat[] = ['csv', 'xlsx', 'parquet', 'json', ...PICTURES];

/** With `picture`, pictures show that one, and only pictures are offered. */
export function ExportMenu({ kind, question, picture }: { kind: string; question: object; picture?: 'curve' }) {
  const { t, language } = useWords();
  const save = useMutation({
    mutationFn: async (format: ExportFormat) => {
      const { blob, name } = await askFile(kind, question, { format, language, ...(picture ? { picture } : {}) });
      download(blob, name);
    },
  });
  return (
    <Menu position="bottom-end" width={280} closeOnItemClick={false} onOpen={() => save.reset()}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconDownload size={16} />} loading={save.isPending}>{t('export.button')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(picture ? PICTURES : FORMATS).map((format) => (
          <Menu.Item key={format} onClick={() => save.mutate(format)} rightSection={<Text size="xs" c="dimmed" ff="monospace">.{format}</Text>}>
            {t(`export.${format}`)}
          </Menu.Item>
        ))}
        {save.isError ? <div style={{ padding: 8 }}><Trouble error={save.error} /></div> : null}
      </Menu.Dropdown>
    </Menu>
  );
}
