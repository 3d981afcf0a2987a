import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/useWords';

export function Welcome({ children }: { children: ReactNode }) {
  const { t } = useWords();
  return (
    <Stack gap="lg" maw={920} mx="auto" py={{ base: 8, sm: 32 }} w="100%">
      <div>
        <Title order={1} fz={{ base: 24, sm: 30 }} lh={1.25}>{t('welcome.title')}</Title>
        <Text c="dimmed" mt={8} maw={640}>{t('welcome.hint')}</Text>
      </div>
      {children}
    </Stack>
  );
}
