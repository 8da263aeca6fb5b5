import ora from "ora";
import pc from "picocolors";

/** Runs named steps one after the other, shows what each is doing, and keeps their seconds. */
export class Steps<Name extends string> {
  private readonly taken = new Map<Name, number>();

  /** @param quiet show nothing. */
  constructor(private readonly quiet: boolean) {}

  /**
   * @param work gets a function that shows one line of progress; what it returns is the step's result.
   * @param done a few words on the result for the finished line.
   */
  async run<T>(
    name: Name,
    title: string,
    work: (progress: (line: string) => void) => Promise<T>,
    done: (result: T) => string = () => "",
  ): Promise<T> {
    const spinner = ora({ text: title, isSilent: this.quiet, discardStdin: false }).start();
    const started = performance.now();
    try {
      const result = await work((line) => {
        // Without a terminal each change of text would be a line of its own.
        if (process.stderr.isTTY) spinner.text = `${title} ${pc.dim(line.slice(0, 90))}`;
      });
      const seconds = this.note(name, started);
      spinner.succeed(`${title} ${pc.dim(`${seconds.toFixed(1)} s`)} ${done(result)}`.trimEnd());
      return result;
    } catch (error) {
      this.note(name, started);
      spinner.fail(title);
      throw error;
    }
  }

  /** Seconds that a step took; 0 where it did not run. */
  seconds(name: Name): number {
    return Math.round((this.taken.get(name) ?? 0) * 1000) / 1000;
  }

  private note(name: Name, started: number): number {
    const seconds = (performance.now() - started) / 1000;
    this.taken.set(name, (this.taken.get(name) ?? 0) + seconds);
    return seconds;
  }
}
