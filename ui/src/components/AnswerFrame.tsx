/**
 * What stands where an answer will stand: waiting, refused, failed, empty, or the answer.
 * No page writes these states itself.
 */
import { Alert, Box, Button, Loader, Progress, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle, IconMoodEmpty, IconPlugConnectedX } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure, Refusal } from '../api/client';
import type { Warning } from '../api/types';
import { useWords, type Words } from '../i18n/useWords';

export function AnswerFrame<T>({ query, isEmpty, empty, height = 220, children }: {
  query: Pick<UseQueryResult<T, Error>, 'isError' | 'error' | 'data' | 'isPlaceholderData' | 'refetch'>;
  isEmpty?: (answer: T) => boolean;
  empty?: ReactNode;
  height?: number;
  children: (answer: T) => ReactNode;
}) {
  const { t } = useWords();
  const { data } = query;
  if (query.isError && query.error) return <Trouble error={query.error} onRetry={() => void query.refetch()} />;
  if (data === undefined) {
    return (
      <Box aria-busy="true" role="status" aria-label={t('state.loading')}>
        <Skeleton height={height} radius="md" />
      </Box>
    );
  }
  const isOld = query.isPlaceholderData;
  return (
    <Box aria-busy={isOld} style={{ position: 'relative' }}>
      {isOld ? <Progress value={100} animated size={3} aria-label={t('state.loading')} style={{ position: 'absolute', inset: '-8px 0 auto 0' }} /> : null}
      <Box style={{ opacity: isOld ? 0.55 : 1, transition: 'opacity 120ms' }}>
        {isEmpty?.(data) ? (empty ?? <Nothing />) : children(data)}
      </Box>
    </Box>
  );
}

export function Nothing({ title, hint }: { title?: string; hint?: string }) {
  const { t } = useWords();
  return (
    <Stack align="center" gap={4} py={36}>
      <IconMoodEmpty size={30} stroke={1.4} color="var(--soft)" aria-hidden />
      <Text fw={600}>{title ?? t('state.empty')}</Text>
      <Text c="dimmed" size="sm" ta="center" maw={460}>{hint ?? t('state.empty_hint')}</Text>
    </Stack>
  );
}

/** A refusal or a failure, in words, with the way out. */
export function Trouble({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const words = useWords();
  const { t } = words;
  if (error instanceof Refusal) {
    const { reason, hint } = error.in(words.language);
    return (
      <Alert color="yellow" icon={<IconInfoCircle />} title={t('state.refused')} role="alert" data-state="refused">
        <Text size="sm">{reason}</Text>
        {hint ? <Text size="sm" mt={4}><b>{t('state.hint')}</b> {hint}</Text> : null}
        <Text size="xs" c="dimmed" mt={6} ff="monospace">{error.code}</Text>
      </Alert>
    );
  }
  const { title, message, hint } = failureWords(error, words);
  return (
    <Alert color="red" icon={error instanceof Failure && error.status === 0 ? <IconPlugConnectedX /> : <IconAlertTriangle />} title={title} role="alert" data-state="failed">
      {message ? <Text size="sm">{message}</Text> : null}
      {hint ? <Text size="sm" mt={4}><b>{t('state.hint')}</b> {hint}</Text> : null}
      {onRetry ? <Button size="compact-sm" variant="light" color="red" mt="xs" onClick={onRetry}>{t('state.retry')}</Button> : null}
    </Alert>
  );
}

/** What failures of these codes are called; every other one just went wrong. */
export const FAILURES = [
  'bad_question', 'bad_dashboard', 'bad_request', 'bad_mapping', 'forbidden', 'not_found', 'too_slow', 'taken', 'in_use', 'changed', 'no_model',
  'retired_model', 'other_kind', 'day_not_over', 'bad_model', 'bad_model_name', 'built_in', 'too_large', 'not_writable', 'internal',
] as const;

function failureWords(error: Error, { t, language }: Words): { title: string; message: string; hint: string } {
  if (!(error instanceof Failure)) return { title: t('state.failed'), message: error.message, hint: '' };
  if (error.code === 'unreachable') return { title: t('state.unreachable'), message: '', hint: t('state.unreachable_hint') };
  const known = FAILURES.find((code) => code === error.code);
  return { title: known ? t(`failure.${known}`) : t('state.failed'), ...error.in(language) };
}

/** What the reader of an answer should know. */
export function Warnings({ warnings }: { warnings: Warning[] }) {
  const { t, language } = useWords();
  if (!warnings.length) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} mb="sm" data-state="warning" title={t('state.warnings')}>
      {warnings.map((warning) => (
        <Text size="sm" key={warning.code + warning.message}>
          {language === 'zh' ? warning.message_zh || warning.message : warning.message}
          {warning.nearest?.length ? <> {t('state.nearest', { names: warning.nearest.join(', ') })}</> : null}
        </Text>
      ))}
    </Alert>
  );
}

export function Waiting() {
  const { t } = useWords();
  return <Loader size="sm" aria-label={t('state.loading')} />;
}
