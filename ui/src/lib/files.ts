/** Files the page itself makes: lists as CSV, and the hand-over of any blob to the browser. */

/** RFC 4180: ids go out exactly as they came in. */
export function csv(header: string[], rows: string[][]): string {
  return [header, ...rows].map((row) => row.map(quote).join(',')).join('\r\n') + '\r\n';
}

const quote = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the address after this turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A name every file system takes. */
export const fileName = (...parts: string[]): string =>
  parts.map((part) => part.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')).filter(Boolean).join('-');
