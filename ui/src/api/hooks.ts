/** Questions and lists as hooks: what is cached, for how long, and what makes it stale. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Language } from '../i18n';
import { ask, askFile, askPresented, Failure, getCatalog, getDeadLetters, getImports, getKinds, Refusal, undoImport } from './client';
import type { ImportRecord, InsightKind, Insights } from './types';

/** Asks a question and keeps the last answer on screen until the next one is there. */
export function useAnswer<K extends InsightKind>(kind: K, question: Insights[K]['question'], enabled = true) {
  return useQuery<Insights[K]['answer'], Error>({
    queryKey: ['answer', kind, question],
    queryFn: ({ signal }) => ask(kind, question, signal),
    // The customers of another cell are no stand-in for these.
    placeholderData: question.cell ? undefined : keepPreviousData,
    enabled,
  });
}

/** The kinds of questions; they change with the program only. */
export function useKinds() {
  return useQuery({ queryKey: ['kinds'], queryFn: ({ signal }) => getKinds(signal), staleTime: Infinity });
}

/** Asks a question of any kind, laid out for readers of a language. */
export function usePresented(kind: string, question: object, language: Language) {
  return useQuery({
    queryKey: ['presented', kind, question, language],
    queryFn: ({ signal }) => askPresented(kind, question, language, signal),
  });
}

/** A picture of an answer. */
export function usePicture(kind: string, question: object, picture: number, language: Language) {
  return useQuery({
    queryKey: ['picture', kind, question, picture, language],
    queryFn: async ({ signal }) => (await askFile(kind, question, { format: 'svg', picture, language }, signal)).blob,
  });
}

export function useCatalog() {
  return useQuery({ queryKey: ['catalog'], queryFn: ({ signal }) => getCatalog(signal) });
}

export function useImports() {
  return useQuery({
    queryKey: ['imports'],
    queryFn: ({ signal }) => getImports(signal),
    refetchInterval: (query) => (query.state.data?.some(isAtWork) ? 700 : false),
  });
}

export const isAtWork = ({ state }: ImportRecord): boolean => state === 'running' || state === 'waiting';

/** Dead letters page by page, in the order of the file. */
export function useDeadLetters(id: string) {
  return useInfiniteQuery({
    queryKey: ['dead-letters', id],
    queryFn: ({ signal, pageParam }) => getDeadLetters(id, 200, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    select: ({ pages }) => pages.flatMap((page) => page.letters),
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
