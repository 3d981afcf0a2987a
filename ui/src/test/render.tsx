import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { theme } from '../app/theme';
import { startLanguages, type Language } from '../i18n';

export function show(element: ReactNode, language: Language = 'en') {
  startLanguages(language);
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>{element}</QueryClientProvider>
    </MantineProvider>,
  );
}
