/** Dashboards: what the server keeps of them, and their questions asked together. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Language } from '../i18n';
import { Failure, json, Refusal, request } from './client';
import type { DashboardFilters, KeptDashboard, RanDashboard, RanTile } from './types';

/** What a whole dashboard is written as. */
export type BoardFormat = 'xlsx' | 'png' | 'svg';

const at = (name: string): string => `/dashboards/${encodeURIComponent(name)}`;

const filtered = (filters: DashboardFilters, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(filters),
  signal: signal ?? null,
});

/** Saves what a file holds, YAML or JSON, under the name it says. */
const importDashboard = (text: string, replaces: boolean) =>
  json<KeptDashboard>(`/dashboards${replaces ? '?replace=true' : ''}`, { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: text });

/** The file of a dashboard. */
export const exportDashboard = async (name: string): Promise<Blob> => (await request(`${at(name)}?format=yaml`)).blob();

/** The answers of a dashboard as one file. */
export async function writeDashboard(name: string, filters: DashboardFilters, format: BoardFormat, language: Language): Promise<Blob> {
  return (await request(`${at(name)}/run?format=${format}&language=${language}`, filtered(filters))).blob();
}

export function useDashboards() {
  return useQuery({ queryKey: ['dashboards'], queryFn: ({ signal }) => json<KeptDashboard[]>('/dashboards', { signal: signal ?? null }) });
}

/** Every tile's answer, laid out for readers of a language, in one request. */
export function useRanDashboard(name: string, filters: DashboardFilters, language: Language) {
  return useQuery({
    queryKey: ['dashboard', name, filters, language],
    queryFn: ({ signal }) => json<RanDashboard>(`${at(name)}/run?format=presentation&language=${language}`, filtered(filters, signal)),
    placeholderData: keepPreviousData,
  });
}

export function useImportDashboard() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: ({ text, replaces }: { text: string; replaces: boolean }) => importDashboard(text, replaces), onSuccess: refresh });
}

export function useDeleteDashboard() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (name: string) => request(at(name), { method: 'DELETE' }), onSuccess: refresh });
}

function useRefresh() {
  const client = useQueryClient();
  return () => Promise.all([client.invalidateQueries({ queryKey: ['dashboards'] }), client.invalidateQueries({ queryKey: ['dashboard'] })]);
}

/** What a tile says no with, if it does: a refusal or a failure of its own. */
export function troubleOf({ refused, error }: RanTile): Refusal | Failure | null {
  if (refused) return new Refusal(refused.code, { en: refused.reason, zh: refused.reason_zh }, { en: refused.hint, zh: refused.hint_zh });
  if (error) return new Failure(error.code, { en: error.message, zh: error.message_zh }, { en: error.hint, zh: error.hint_zh }, 400);
  return null;
}
