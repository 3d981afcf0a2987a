/** What exactly was computed: one sentence always, every term of it on demand. */
import { Badge, Group } from '@mantine/core';
import type { Definition } from '../api/types';
import { useWords, type Words } from '../i18n/useWords';
import { POPULATIONS } from '../insights/retention/question';
import classes from './DefinitionNote.module.css';

/** The marks a definition may carry; a mark without words stands as it is. */
export const FLAGS = {
  open_ended: 'flag.open_ended',
  own_cycle_falls_back_to_the_usual_one: 'flag.usual_cycle',
  window_follows_data: 'flag.window_follows_data',
  cutoffs_follow_data: 'flag.cutoffs_follow_data',
} as const;

function flagName(flag: string, t: Words['t']): string {
  return flag in FLAGS ? t(FLAGS[flag as keyof typeof FLAGS]) : flag;
}

export function DefinitionNote({ definition }: { definition: Definition }) {
  const { t, language, date, instant } = useWords();
  const { from, to, zone, population } = definition;
  /** A term in the language of the reader. */
  const said = (term: 'denominator' | 'window' | 'mean' | 'interval') =>
    (language === 'zh' ? definition[`${term}_zh`] || definition[term] : definition[term]);
  const known = POPULATIONS.find((one) => one === population);
  const terms: [string, string | null | undefined][] = [
    [t('definition.population'), known ? t(`population.${known}`) : population],
    [t('definition.denominator'), said('denominator')],
    [t('definition.window'), said('window')],
    [t('definition.range'), from && to ? t('definition.from_to', { from: date(from), to: date(to) }) : t('definition.all_history')],
    [t('definition.zone'), zone],
    [t('definition.as_of'), instant(definition.as_of, zone)],
    [t('definition.mean'), said('mean')],
    [t('definition.interval'), said('interval')],
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
          <Badge variant="light" color={definition.closed ? 'leaf' : 'yellow'} tt="none" h="auto" classNames={{ label: classes.mark }}>
            {definition.closed ? t('definition.closed') : t('definition.open')}
          </Badge>
          {definition.flags.map((flag) => <Badge key={flag} variant="default" tt="none" h="auto" classNames={{ label: classes.mark }}>{flagName(flag, t)}</Badge>)}
        </Group>
      </details>
    </div>
  );
}
