/** Two languages from the first page on; a missing key fails both the compiler and a test. */
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import zh from './zh.json';

export const LANGUAGES = { en: 'English', zh: '简体中文' } as const;
export type Language = keyof typeof LANGUAGES;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const KEPT = 'perennial.language';

export function preferred(): Language {
  const kept = readKept();
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    // A browser may forbid storage; then the choice lasts as long as the page.
    return null;
  }
}

export function choose(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // See `readKept`.
  }
  void i18next.changeLanguage(language);
}

/** The tag by which `Intl` and the document know a language. */
export const tag = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en');

function follow(language: string): void {
  document.documentElement.lang = tag(language as Language);
  dayjs.locale(language === 'zh' ? 'zh-cn' : 'en');
}

i18next.on('languageChanged', follow);

export function startLanguages(language: Language = preferred()): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: en }, zh: { translation: zh } },
  });
}
