/**
 * Models: trained, kept in versions, applied to days, retired.
 *
 * Question, training and report differ from kind to kind, so the server describes them as bare
 * objects; what all have in common is written here, after docs/reference/models.md.
 */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { json, request } from './client';
import type { Json } from './types';

/** Kinds with something to train. The list of kinds does not say it of a kind. */
export const TRAINED_KINDS: readonly string[] = ['churn_risk', 'health', 'lifetime_value'];

/** What a document says of itself, without what it has learnt. */
export interface ModelSummary {
  kind: string;
  question: Json;
  trained: Json;
  report: Json;
  /** After so many days it is refused; `null` where a document does not say. */
  stale_after_days: number | null;
}

/** A version of a model. */
export interface KeptModel extends ModelSummary {
  name: string;
  version: number;
  created_at: string | null;
  note: string | null;
  retired_at: string | null;
  snapshot: number;
  sequence: number;
}

export type Version = Pick<KeptModel, 'version' | 'created_at' | 'note' | 'retired_at'>;

/** The scores of one name and day by one version. */
export interface Scoring {
  day: string;
  name: string;
  /** `churn@3`. */
  model: string;
  n_rows: number;
  /** Of the scorings of a name and day, the one with the larger is in force. */
  sequence: number;
  detail: Json;
}

/** A version with all versions of its name, newest first, and the days they scored, newest first. */
export interface ShownModel extends KeptModel {
  versions: Version[];
  scorings: Scoring[];
}

export interface DayScores {
  model: string;
  day: string;
  /** Whether it had scored that day before; nothing was added then. */
  known: boolean;
  n_rows: number;
  scores: { name: string; n_rows: number; detail: Json }[];
}

/** What is to be trained; `keep` false only reports. */
export interface Training {
  kind: string;
  name?: string;
  question: object;
  note?: string;
  keep: boolean;
}

const at = (called: string): string => `/models/${encodeURIComponent(called)}`;

const sent = (method: 'POST' | 'PUT', body: string): RequestInit => ({ method, headers: { 'content-type': 'application/json' }, body });

/** How a version is called wherever a model is wanted. */
export const titleOf = ({ name, version }: Pick<KeptModel, 'name' | 'version'>): string => `${name}@${version}`;

/** The whole document, byte for byte as the server has it. */
export const exportModel = async (called: string): Promise<Blob> => (await request(`${at(called)}/document`)).blob();

export function useModels() {
  return useQuery({ queryKey: ['models'], queryFn: ({ signal }) => json<KeptModel[]>('/models', { signal: signal ?? null }) });
}

/** A model as it is called: its newest version in use, or `name@version`. */
export function useModel(called: string) {
  return useQuery({
    queryKey: ['model', called],
    queryFn: ({ signal }) => json<ShownModel>(at(called), { signal: signal ?? null }),
  });
}

/** Gives a version where it is kept, else what it would have been. */
export function useTrain() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (training: Training) => json<KeptModel | ModelSummary>('/models', sent('POST', JSON.stringify(training))),
    onSuccess: (_, { keep }) => (keep ? refresh() : undefined),
  });
}

export function useScore(called: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (day: string | null) => json<DayScores>(`${at(called)}/score`, sent('POST', JSON.stringify({ day }))),
    onSuccess: refresh,
  });
}

/** Retires a version, or all of them. */
export function useRetire(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (version: number | null) => json<{ retired: string[] }>(`${at(name)}/retire`, sent('POST', JSON.stringify({ version }))),
    onSuccess: refresh,
  });
}

/** Keeps a document as the next version of a name; its text goes out as it came in. */
export function useImportModel() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ name, text }: { name: string; text: string }) => json<Pick<KeptModel, 'name' | 'version'>>(`${at(name)}/document`, sent('PUT', text)),
    onSuccess: refresh,
  });
}

/** Answers are stale too: a question that names a model means another version now. */
function useRefresh() {
  const client = useQueryClient();
  return () => Promise.all(['models', 'model', 'presented', 'picture', 'dashboard'].map((key) => client.invalidateQueries({ queryKey: [key] })));
}
