/**
 * The only door to the server: one function per route, and the two ways in which one can say no.
 *
 * A refusal (422) is an answer of its own: the question cannot be computed, and says why. A
 * failure is anything else that went wrong, the network included.
 */
import type { Language } from '../i18n';
import type { Explained } from '../lib/explained';
import type {
  Catalog, DryRun, ExportFormat, ImportRecord, InsightKind, Insights, Json, Kind, Letters, Presented,
} from './types';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly code: string, private readonly reason: Said, private readonly mend: Said) {
    super(reason.en);
  }
  /** What stands in the way and how to mend it. */
  in(language: Language): { reason: string; hint: string } {
    return { reason: this.reason[language] || this.reason.en, hint: this.mend[language] || this.mend.en };
  }
}

/** A sentence in both languages, as the server gives it. */
type Said = Record<Language, string>;

export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(readonly code: string, private readonly what: Said, private readonly mend: Said, readonly status: number) {
    super(what.en);
  }
  /** What went wrong and how to mend it; in English where the server says it in English only. */
  in(language: Language): { message: string; hint: string } {
    return { message: this.what[language] || this.what.en, hint: this.mend[language] || this.mend.en };
  }
}

const UNSAID: Said = { en: '', zh: '' };

const BASE = '/api/v1';

/** Turns what a server said no with into a `Refusal` or a `Failure`. */
export function explain(status: number, text: string): Refusal | Failure {
  const body = parseObject(text);
  const refused = asObject(body?.refused);
  if (refused) return new Refusal(
    str(refused.code),
    { en: str(refused.reason), zh: str(refused.reason_zh) },
    { en: str(refused.hint), zh: str(refused.hint_zh) },
  );
  const error = asObject(body?.error);
  if (error) return new Failure(
    str(error.code),
    { en: str(error.message), zh: str(error.message_zh) },
    { en: str(error.hint), zh: str(error.hint_zh) },
    status,
  );
  return new Failure('http_status', { en: `HTTP ${status}`, zh: '' }, UNSAID, status);
}

export async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(BASE + path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Failure('unreachable', UNSAID, UNSAID, 0);
  }
  if (!response.ok) throw explain(response.status, await response.text());
  return response;
}

export async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await request(path, init)).json()) as T;
}

const asked = (question: object, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(question),
  signal: signal ?? null,
});

export function ask<K extends InsightKind>(
  kind: K, question: Insights[K]['question'], signal?: AbortSignal,
): Promise<Insights[K]['answer']> {
  return json(`/insights/${kind}`, asked(question, signal));
}

export const getKinds = (signal?: AbortSignal) => json<Kind[]>('/insights', { signal: signal ?? null });

/** The answer of any kind, laid out for people. */
export const askPresented = (kind: string, question: object, language: Language, signal?: AbortSignal) =>
  json<Presented>(`/insights/${encodeURIComponent(kind)}?format=presentation&language=${language}`, asked(question, signal));

/** The SQL of an answer, or why there is none. */
export async function askExplained(kind: string, question: object, signal?: AbortSignal): Promise<Explained> {
  const answer = await json<{ [key: string]: Json }>(
    `/insights/${encodeURIComponent(kind)}`, asked({ ...question, explain: true }, signal));
  const told = asObject(answer.explain) ?? {};
  const statements = Array.isArray(told.statements) ? told.statements : [];
  const reason = asObject(told.reason);
  return {
    attach: str(told.attach),
    statements: statements.map((one) => ({ rows: str(asObject(one)?.rows), sql: str(asObject(one)?.sql) })),
    ...(reason ? {
      reason: {
        en: { reason: str(reason.reason), hint: str(reason.hint) },
        zh: { reason: str(reason.reason_zh), hint: str(reason.hint_zh) },
      },
    } : {}),
  };
}

/** How a file of an answer is written. */
export interface Written { format: ExportFormat; language: Language; picture?: 'curve' | number }

/** The same answer as a file, named by the server. */
export async function askFile(kind: string, question: object, written: Written, signal?: AbortSignal): Promise<{ blob: Blob; name: string }> {
  const { format, language, picture } = written;
  const query = new URLSearchParams({ format, language });
  if (picture !== undefined) query.set('picture', String(picture));
  const response = await request(`/insights/${encodeURIComponent(kind)}?${query.toString()}`, asked(question, signal));
  const named = /filename="?([^";]+)"?/.exec(response.headers.get('content-disposition') ?? '');
  return { blob: await response.blob(), name: named?.[1] ?? `${kind}.${format}` };
}

export const getCatalog = (signal?: AbortSignal) => json<Catalog>('/catalog', { signal: signal ?? null });

export const getImports = (signal?: AbortSignal) => json<ImportRecord[]>('/imports', { signal: signal ?? null });

export const getImport = (id: string, signal?: AbortSignal) =>
  json<ImportRecord>(`/imports/${encodeURIComponent(id)}`, { signal: signal ?? null });

export const undoImport = (id: string) =>
  request(`/imports/${encodeURIComponent(id)}/undo`, { method: 'POST' });

/** One page of them; `next` is where the following one begins. */
export const getDeadLetters = (id: string, limit: number, after: number, signal?: AbortSignal) =>
  json<Letters>(
    `/imports/${encodeURIComponent(id)}/dead-letters?limit=${limit}&after=${after}`, { signal: signal ?? null });

/** How a file is to be read; names and meanings are those of `perennial import`. */
export interface ImportOptions {
  preset: string;
  /** `customer` → `CustomerID` and so on; only what differs from the guess. */
  map: Record<string, string>;
  zone: string;
  currency: string;
  date_format: string;
  where: string;
}

export function importQuery(name: string, options: ImportOptions, dryRun: boolean, upload?: string): string {
  const query = new URLSearchParams({ preset: options.preset, name });
  if (Object.keys(options.map).length) query.set('map', JSON.stringify(options.map));
  for (const key of ['zone', 'currency', 'date_format', 'where'] as const) {
    if (options[key]) query.set(key, options[key]);
  }
  if (dryRun) query.set('dry_run', 'true');
  if (upload) query.set('upload', upload);
  return query.toString();
}

/** Sends a file whole; `fetch` cannot report the progress of an upload, so this is the older way. */
function send<T>(path: string, file: Blob | null, onSent?: (sent: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', BASE + path);
    call.setRequestHeader('content-type', 'application/octet-stream');
    if (onSent) call.upload.onprogress = (event) => onSent(event.loaded);
    call.onload = () => {
      if (call.status < 200 || call.status >= 300) return reject(explain(call.status, call.responseText));
      const body = parseObject(call.responseText);
      if (body) resolve(body as T);
      else reject(new Failure('not_json', UNSAID, UNSAID, call.status));
    };
    call.onerror = () => reject(new Failure('unreachable', UNSAID, UNSAID, 0));
    call.send(file);
  });
}

/** A file crosses the wire once: by its token where the server still keeps it, else whole. */
async function sendOnce<T>(file: File, options: ImportOptions, dryRun: boolean, upload?: string, onSent?: (sent: number) => void): Promise<T> {
  if (upload) {
    try {
      return await send<T>(`/imports?${importQuery(file.name, options, dryRun, upload)}`, null);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== 'upload_gone') throw cause;
    }
  }
  return send<T>(`/imports?${importQuery(file.name, options, dryRun)}`, file, onSent);
}

export const dryRun = (file: File, options: ImportOptions, upload?: string) => sendOnce<DryRun>(file, options, true, upload);

export const startImport = (file: File, options: ImportOptions, upload: string | undefined, onSent: (sent: number) => void) =>
  sendOnce<{ id: string }>(file, options, false, upload, onSent);

function parseObject(text: string): { [key: string]: Json } | null {
  try {
    return asObject(JSON.parse(text) as Json);
  } catch {
    return null;
  }
}

function asObject(value: Json | undefined): { [key: string]: Json } | null {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
}

const str = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
