/** Links in the server's Markdown, for this editor. */

/** The server links the file it wrote a rule's page to, which would open as source. */
const PAGE = /\[(The whole page of ([A-Za-z0-9-]+))\]\(file:[^)\s]*\)/g;

/** The same Markdown with links to rule pages as commands that show the page. */
export function withCommands(markdown: string): string {
  return markdown.replace(PAGE, (_, text: string, rule: string) => {
    const args = encodeURIComponent(JSON.stringify([rule]));
    return `[${text}](command:sqlassay.openRule?${args})`;
  });
}
