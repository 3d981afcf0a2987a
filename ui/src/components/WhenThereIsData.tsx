/** Every page of answers begins the same way: without events there is one thing to do, bring some. */
import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useCatalog } from '../api/hooks';
import type { Catalog } from '../api/types';
import { Importer } from './importer/Importer';
import { AnswerFrame } from './AnswerFrame';
import { Welcome } from './Welcome';

export function WhenThereIsData({ children }: { children: (catalog: Catalog) => ReactNode }) {
  const query = useCatalog();
  return (
    <AnswerFrame query={query} height={320} isEmpty={(catalog) => catalog.n_events === 0} empty={<Welcome><Importer {...(query.data ? { zone: query.data.zone } : {})} /></Welcome>}>
      {(catalog) => <Stack gap="md">{children(catalog)}</Stack>}
    </AnswerFrame>
  );
}
