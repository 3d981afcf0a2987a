import { Anchor, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useWords } from '../i18n/useWords';

export function Lost() {
  const { t } = useWords();
  return (
    <Stack align="center" py={80} gap="xs">
      <Title order={1} fz={24}>{t('app.lost')}</Title>
      <Text c="dimmed">{t('app.lost_hint')}</Text>
      <Anchor component={Link} to="/">{t('nav.overview')}</Anchor>
    </Stack>
  );
}
