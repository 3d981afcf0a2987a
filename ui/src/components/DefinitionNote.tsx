/** What exactly was computed: one sentence always, every term of it on demand. */
import { Badge, Group } from '@mantine/core';
import type { Definition } from '../api/types';
import { useWords } from '../i18n/useWords';
import classes from './DefinitionNote.module.css';

export function DefinitionNote({ definition }: { definition: Definition }) {
  const { t, language, date, instant } = useWords();
  const { from, to, zone } = definition;
  const terms: [string, string | null | undefined][] = [
    [t('definition.population'), definition.population],
    [t('definition.denominator'), definition.denominator],
    [t('definition.window'), definition.window],
    [t('definition.range'), from && to ? t('definition.from_to', { from: date(from), to: date(to) }) : t('definition.all_history')],
    [t('definition.zone'), zone],
    [t('definition.as_of'), instant(definition.as_of, zone)],
    [t('definition.mean'), definition.mean],
    [t('definition.interval'), definition.interval],
  ];
  return (
    <div className={classes.note}>
      <p className={classes.sentence} data-definition>{definition[language]}</p>
      <details>
        <summary>{t('definition.more')}</summary>
        <dl className={classes.terms}>
          {terms.filter(([, text]) => text).map(([name, text]) => (
            <div key={name}><dt>{name}</dt><dd>{text}</dd></div>
          ))}
        </dl>
        <Group gap={6}>
          <Badge variant="light" color={definition.closed ? 'leaf' : 'yellow'} tt="none" style={{ height: 'auto', whiteSpace: 'normal' }}>
            {definition.closed ? t('definition.closed') : t('definition.open')}
          </Badge>
          {definition.flags.map((flag) => <Badge key={flag} variant="default" tt="none">{flag}</Badge>)}
        </Group>
      </details>
    </div>
  );
}
