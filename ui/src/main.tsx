import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import './app/global.css';
import { MantineProvider } from '@mantine/core';
import { DatesProvider } from '@mantine/dates';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { shouldRetry } from './api/hooks';
import { router } from './app/router';
import { theme } from './app/theme';
import { startLanguages } from './i18n';
import { useWords } from './i18n/useWords';

startLanguages();

const queries = new QueryClient({
  defaultOptions: { queries: { retry: shouldRetry, staleTime: 30_000, refetchOnWindowFocus: false } },
});

function Dates({ children }: { children: ReactNode }) {
  const { language } = useWords();
  return <DatesProvider settings={{ locale: language === 'zh' ? 'zh-cn' : 'en', firstDayOfWeek: 1, weekendDays: [] }}>{children}</DatesProvider>;
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <Dates><RouterProvider router={router} /></Dates>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
