import { completeSpec, type Plot } from "./plot";
import { plotConfig } from "./theme";

/** A plot as SVG text, with its title and description for whoever cannot see it. */
export async function drawPlot(plot: Plot, width: number, suffix: string): Promise<string> {
  // Loaded late: Vega is only there for a report, and its modules cannot be required.
  const { compile } = await import("vega-lite");
  const { parse, View, Warn, logger } = await import("vega");
  const id = `${plot.id}-${suffix}`;
  const log = failingLogger(logger(Warn), plot.id);
  const { spec } = compile(completeSpec(plot, width), { config: plotConfig(width), logger: log });
  const view = new View(parse(spec), { renderer: "none", logger: log });
  try {
    return accessible(await view.toSVG(), plot, id);
  } finally {
    view.finalize();
  }
}

type Logger = ReturnType<(typeof import("vega"))["logger"]>;

/** Whatever Vega warns of is a mistake in a specification: the plot would lack something. */
function failingLogger(base: Logger, plot: string): Logger {
  const fail = (...words: readonly unknown[]): Logger => {
    throw new Error(`The plot ${plot} is not right: ${words.join(" ")}`);
  };
  return Object.assign(base, { warn: fail, error: fail });
}

/** Names the drawing, and makes its ids unique on the page: each drawing counts its clip paths from 1. */
function accessible(svg: string, { title, what }: Plot, id: string): string {
  const named = `role="img" aria-labelledby="${id}-title ${id}-desc"`;
  return (
    svg
      .replace(/^<svg /, `<svg ${named} `)
      .replace(
        />/,
        `><title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(what)}</desc>`,
      )
      .replaceAll(/id="(clip|gradient)/g, `id="${id}-$1`)
      .replaceAll(/url\(#(clip|gradient)/g, `url(#${id}-$1`)
      // A hundredth of a pixel is finer than any screen.
      .replaceAll(/ (?:d|transform|x2|y2)="[^"]*"/g, (attribute) =>
        attribute.replaceAll(/\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))),
      )
  );
}

/** Text for HTML, in content and in attributes with double quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
