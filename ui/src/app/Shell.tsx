/** The frame around every page: brand, ways, language, light and dark. */
import { ActionIcon, Button, Menu, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconChevronDown, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useKinds } from '../api/hooks';
import { choose, LANGUAGES, type Language } from '../i18n';
import { useWords } from '../i18n/useWords';
import classes from './Shell.module.css';

export function Shell() {
  const { t } = useWords();
  const main = useRef<HTMLElement>(null);
  useTitle();
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t('app.skip')}</a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.brand}>
            <img src="/perennial.svg" alt="" width={26} height={26} />
            Perennial
          </Link>
          <nav className={classes.nav} aria-label={t('app.ways')}><Ways /></nav>
          <div className={classes.tools}>
            <LanguageMenu />
            <SchemeButton />
          </div>
        </div>
        <PhoneWays />
      </header>
      <main className={classes.main} id="main" ref={main} tabIndex={-1}><Outlet /></main>
    </>
  );
}

/** On a narrow screen the ways scroll; the one that is open is brought into sight. */
function PhoneWays() {
  const { t } = useWords();
  const bar = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    const nav = bar.current;
    const open = nav?.querySelector<HTMLElement>('[data-status="active"]');
    if (nav && open) nav.scrollLeft = open.offsetLeft - (nav.clientWidth - open.offsetWidth) / 2;
  }, [path]);
  return <nav ref={bar} className={classes.phoneNav} aria-label={t('app.ways')}><Ways /></nav>;
}

function Ways() {
  const { t } = useWords();
  return (
    <>
      <Link to="/" className={classes.link} activeOptions={{ exact: true, includeSearch: false }}>{t('nav.overview')}</Link>
      <Link to="/dashboards" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.dashboards')}</Link>
      <Link to="/retention" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.retention')}</Link>
      <Link to="/crr" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.crr')}</Link>
      <Kinds />
      <Link to="/segments" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.segments')}</Link>
      <Link to="/models" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.models')}</Link>
      <Link to="/imports" className={classes.link} activeOptions={{ includeSearch: false }}>{t('nav.imports')}</Link>
    </>
  );
}

/** Every kind the server can answer has a page, whether or not it has one of its own as well. */
function Kinds() {
  const { t, language } = useWords();
  const { data: kinds } = useKinds();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <Menu position="bottom-start" width={340} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.link} data-kinds data-status={path.startsWith('/insights/') ? 'active' : undefined}>
          {t('nav.questions')}<IconChevronDown size={14} className={classes.chevron} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown className={classes.kinds}>
        {(kinds ?? []).map((one) => (
          <Menu.Item key={one.kind} component={Link} to={`/insights/${one.kind}`}>
            <Text size="sm" fw={550}>{language === 'zh' ? one.title_zh : one.title}</Text>
            <Text size="xs" c="dimmed">{language === 'zh' ? one.summary_zh || one.summary : one.summary}</Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function LanguageMenu() {
  const { t, language } = useWords();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-md" leftSection={<IconLanguage size={18} />} aria-label={t('app.language')}>
          {language === 'zh' ? '中文' : 'EN'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(LANGUAGES) as Language[]).map((one) => (
          <Menu.Item key={one} lang={one} onClick={() => choose(one)}
            leftSection={<IconCheck size={16} opacity={one === language ? 1 : 0} />}>
            {LANGUAGES[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function SchemeButton() {
  const { t } = useWords();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={dark ? t('app.light') : t('app.dark')}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
      {dark ? <IconSun size={19} /> : <IconMoon size={19} />}
    </ActionIcon>
  );
}

const TITLES = { '/': 'nav.overview', '/retention': 'nav.retention', '/crr': 'nav.crr', '/dashboards': 'nav.dashboards', '/segments': 'nav.segments', '/models': 'nav.models', '/imports': 'nav.imports' } as const;

/** A page names itself to the browser, and so to history and screen readers. */
function useTitle(): void {
  const { t, language } = useWords();
  const { data: kinds } = useKinds();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    const key = TITLES[path as keyof typeof TITLES];
    const kind = kinds?.find((one) => path === `/insights/${one.kind}`);
    const title = key ? t(key) : language === 'zh' ? kind?.title_zh : kind?.title;
    document.title = title ? `${title} · Perennial` : 'Perennial';
  }, [path, t, language, kinds]);
}
