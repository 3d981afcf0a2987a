/** Segments: what the server keeps of them, and what a condition would mean before it is kept. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { json, request } from './client';
import type { Json, Members, Warning } from './types';

/** A segment as it is listed. The server describes it as an object only, so its fields are named here. */
export interface Segment {
  name: string;
  version: number;
  condition: Json;
  /** The condition as text. */
  text: string;
  /** The condition as a sentence, in both languages. */
  en: string;
  zh: string;
  owner: string | null;
  description: string | null;
  created_at: string;
  updated_at: string;
  /** Names of the segments and of the dashboards that name it. */
  used_by: string[];
  dashboards: string[];
}

export interface Version {
  version: number;
  condition: Json;
  owner: string | null;
  description: string | null;
  updated_at: string;
}

export type ShownSegment = Segment & { versions: Version[] };

/** What a condition means, and how many satisfy it. */
export interface Preview {
  text: string;
  en: string;
  zh: string;
  as_of: string;
  zone: string;
  n_customers: number;
  /** How many customers there are by then. */
  of: number;
  warnings: Warning[];
}

/** A segment to be written. */
export interface NewSegment {
  name: string;
  /** As text or as JSON. */
  condition: Json;
  owner?: string;
  description?: string;
}

const at = (name: string): string => `/segments/${encodeURIComponent(name)}`;

const sent = (method: string, body: object, signal?: AbortSignal): RequestInit => ({
  method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal: signal ?? null,
});

export function useSegments() {
  return useQuery({ queryKey: ['segments'], queryFn: ({ signal }) => json<Segment[]>('/segments', { signal: signal ?? null }) });
}

export function useSegment(name: string) {
  return useQuery({ queryKey: ['segments', 'one', name], queryFn: ({ signal }) => json<ShownSegment>(at(name), { signal: signal ?? null }) });
}

/** Who is in it now. */
export function useMembers(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ['segments', 'members', name], enabled,
    queryFn: async ({ signal }) => (await json<{ customers: Members }>(`${at(name)}/members`, { signal: signal ?? null })).customers,
  });
}

/** The meaning and the size of a condition; the last one stays until the next is there. */
export function usePreview(condition: Json, enabled = true) {
  return useQuery({
    queryKey: ['segments', 'preview', condition], enabled, placeholderData: keepPreviousData,
    queryFn: ({ signal }) => json<Preview>('/conditions/preview', sent('POST', { condition }, signal)),
  });
}

/** Makes a segment, or with `replaces` a new version of one. */
export function useWriteSegment(replaces: boolean) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (segment: NewSegment) =>
      replaces ? json<Segment>(at(segment.name), sent('PUT', segment)) : json<Segment>('/segments', sent('POST', segment)),
    // A new name changes no size that was counted before; a new version may.
    onSuccess: () => client.invalidateQueries({ queryKey: ['segments'], predicate: ({ queryKey }) => replaces || queryKey[1] !== 'preview' }),
  });
}

export function useDeleteSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => request(at(name), { method: 'DELETE' }),
    // What is gone is not asked for again, and nobody's size depended on it.
    onSuccess: (_, name) => {
      client.removeQueries({ queryKey: ['segments', 'one', name] });
      return client.invalidateQueries({ queryKey: ['segments'], predicate: ({ queryKey }) => queryKey[1] !== 'preview' && queryKey[2] !== name });
    },
  });
}
