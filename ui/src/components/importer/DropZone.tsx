/** Where files are let fall or chosen; a keyboard reaches it like any button. */
import { IconFileUpload } from '@tabler/icons-react';
import { useId, useRef, useState, type DragEvent } from 'react';
import { useWords } from '../../i18n/useWords';
import classes from './Importer.module.css';

const ENDINGS = '.csv,.tsv,.txt,.jsonl,.ndjson,.json,.parquet,.xlsx,.gz,.zst';

export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { t } = useWords();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (files.length) onFiles(files);
  };
  return (
    <div className={`${classes.drop} ${over ? classes.over : ''}`} data-dropzone
      onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
      <button type="button" className={classes.choose} onClick={() => input.current?.click()} aria-describedby={id}>
        <IconFileUpload size={40} stroke={1.3} aria-hidden />
        <span className={classes.chooseTitle}>{t('import.drop')}</span>
        <span className={classes.chooseLink}>{t('import.choose')}</span>
      </button>
      <p id={id} className={classes.formats}>{t('import.formats')}</p>
      <input ref={input} type="file" multiple hidden accept={ENDINGS} data-file-input
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length) onFiles(files);
        }} />
    </div>
  );
}
