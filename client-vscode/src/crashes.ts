/** How often a server that dies is started again. */

export const LIMIT = 4;
export const MINUTES = 3;

export class Crashes {
  private times: number[] = [];

  /** A crash at `now` (milliseconds). Says whether to start again: not after more than LIMIT within MINUTES. */
  note(now: number): boolean {
    this.times = [...this.times.filter((time) => now - time < MINUTES * 60_000), now];
    return this.times.length <= LIMIT;
  }
}
