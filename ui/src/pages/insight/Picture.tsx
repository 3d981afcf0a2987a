/** A picture of any answer, drawn by the server. */
import { useEffect, useState } from 'react';
import { usePicture } from '../../api/hooks';
import { AnswerFrame } from '../../components/AnswerFrame';
import { useWords } from '../../i18n/useWords';
import classes from './Insight.module.css';
import type { Question } from './text';

export function Picture({ kind, question, place, of }: { kind: string; question: Question; place: number; of: number }) {
  const { t, language } = useWords();
  const query = usePicture(kind, question, place, language);
  return (
    <AnswerFrame query={query} height={280}>
      {(blob) => <Drawn blob={blob} alt={t('insight.picture', { n: place + 1, of })} />}
    </AnswerFrame>
  );
}

function Drawn({ blob, alt }: { blob: Blob; alt: string }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (!address) return null;
  return <div className={classes.picture} role="region" tabIndex={0} aria-label={alt}><img src={address} alt={alt} data-picture /></div>;
}
