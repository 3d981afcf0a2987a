/** A link may be misspelt or come from another version: what it says in vain is named. */
import { Alert } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { useWords } from '../i18n/useWords';
import { ignoredKeys, isObject } from '../lib/decode';

/** `known` is what the page understood of the address; a change of the question drops the rest. */
export function IgnoredKeys({ known }: { known: object }) {
  const { t } = useWords();
  const raw = useRouterState({ select: (state): unknown => state.location.search });
  const ignored = isObject(raw) ? ignoredKeys(raw, known) : [];
  if (!ignored.length) return null;
  return <Alert color="yellow" py="xs" data-state="ignored">{t('state.ignored', { names: ignored.join(', ') })}</Alert>;
}
