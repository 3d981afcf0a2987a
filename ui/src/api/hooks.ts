/** Questions and lists as hooks: what is cached, for how long, and what makes it stale. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ask, Failure, getCatalog, getDeadLetters, getImports, Refusal, undoImport } from './client';
import type { InsightKind, Insights } from './types';

/** Asks a question and keeps the last answer on screen until the next one is there. */
export function useAnswer<K extends InsightKind>(kind: K, question: Insights[K]['question'], enabled = true) {
  return useQuery<Insights[K]['answer'], Error>({
    queryKey: ['answer', kind, question],
    queryFn: ({ signal }) => ask(kind, question, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useCatalog() {
  return useQuery({ queryKey: ['catalog'], queryFn: ({ signal }) => getCatalog(signal) });
}

export function useImports() {
  return useQuery({
    queryKey: ['imports'],
    queryFn: ({ signal }) => getImports(signal),
    refetchInterval: (query) => (query.state.data?.some((one) => one.state === 'running') ? 700 : false),
  });
}

export function useDeadLetters(id: string | null, limit: number) {
  return useQuery({
    queryKey: ['dead-letters', id, limit],
    queryFn: ({ signal }) => getDeadLetters(id ?? '', limit, signal),
    enabled: id !== null,
    placeholderData: keepPreviousData,
  });
}

export function useUndoImport() {
  const refresh = useRefreshData();
  return useMutation({ mutationFn: (id: string) => undoImport(id), onSettled: refresh });
}

/** Everything that events can change is asked again. */
export function useRefreshData() {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}

/** Only what may differ the next time is tried again: never a refusal, never a bad question. */
export function shouldRetry(attempt: number, error: Error): boolean {
  if (error instanceof Refusal) return false;
  if (error instanceof Failure && error.status >= 400 && error.status < 500) return false;
  return attempt < 2;
}
