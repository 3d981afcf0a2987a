/** accepted + rejected + duplicate = read, and why rows were rejected. */
import { Badge, Group } from '@mantine/core';
import type { ImportCounts } from '../../api/types';
import { useWords } from '../../i18n/useWords';
import { reasonName } from './reasons';
import classes from './Importer.module.css';

const PARTS = ['read', 'accepted', 'rejected', 'duplicate'] as const;

export function Counts({ counts }: { counts: ImportCounts }) {
  const words = useWords();
  const reasons = Object.entries(counts.by_reason ?? {}).filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a);
  return (
    <>
      <dl className={classes.counts}>
        {PARTS.map((part) => (
          <div key={part}><dt>{words.t(`import.${part}`)}</dt><dd data-count={part}>{words.count(counts[part])}</dd></div>
        ))}
      </dl>
      {reasons.length ? (
        <Group gap={6} mt={10}>
          {reasons.map(([reason, n]) => (
            <Badge key={reason} variant="light" color="yellow" tt="none" size="lg" fw={500} title={reason}>{reasonName(reason, words)}: {words.count(n)}</Badge>
          ))}
        </Group>
      ) : null}
    </>
  );
}
