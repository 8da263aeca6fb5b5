/** The page's style: light and dark by what the reader prefers, one column on a phone. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1d2733; --soft: #5b6876; --line: #e3e7ec;
  --c0: #8a95a1; --c1: #0b6fb3; --c2: #d98a00; --c3: #2a9d8f; --c4: #a8558c;
  --good: #1d8a5f; --bad: #c8442b; --warn: #b87900;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171d; --card: #1b222a; --ink: #e4e9ee; --soft: #9aa7b4; --line: #2c3640;
    --c0: #7f8c99; --c1: #5aaee6; --c2: #f0b24a; --c3: #55c5b7; --c4: #d78cbd;
    --good: #4fc596; --bad: #f0806a; --warn: #e5b04f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 1240px; margin: 0 auto; padding: 28px 20px 40px; }
header { margin-bottom: 22px; }
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 2px; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 12px; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0; }
a { color: var(--c1); }
.soft { color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(5, 1fr); gap: 12px; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 13px 16px; min-width: 0; }
.figure strong { display: block; font-size: 23px; line-height: 1.35; font-weight: 600; letter-spacing: -0.01em; }
.figure span { display: block; font-size: 13px; }
.figure strong span { display: inline; font-size: inherit; }
.met { color: var(--good); } .missed { color: var(--bad); } .unknown { color: var(--soft); }
.now { margin: 12px 0 0; padding: 0; list-style: none; display: grid; gap: 8px; }
.now li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--good); border-radius: 8px; padding: 9px 14px; overflow-wrap: anywhere; }
.now .critical { border-left-color: var(--bad); } .now .warning { border-left-color: var(--warn); }
.plots { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
.plot { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px 12px; min-width: 0; display: flex; flex-direction: column; }
.plot.wide { grid-column: 1 / -1; }
.plot figcaption { margin-bottom: 10px; }
.plot figcaption p { color: var(--soft); font-size: 13px; }
.plot svg { display: block; width: 100%; height: auto; overflow: visible; }
.plot svg [aria-roledescription] { cursor: default; }
.dashed { float: right; color: var(--bad); font-size: 13px; font-weight: normal; white-space: nowrap; }
.dashed::before { content: ""; display: inline-block; width: 26px; margin-right: 7px; border-top: 2px dashed var(--bad); vertical-align: middle; }
.phone { display: none; }
.empty { margin: auto 0; border: 1px dashed var(--line); border-radius: 8px; padding: 22px 16px; color: var(--soft); text-align: center; overflow-wrap: anywhere; }
details { margin-top: auto; padding-top: 8px; font-size: 13px; }
summary { color: var(--soft); cursor: pointer; }
.scroll { max-height: 260px; overflow: auto; margin-top: 6px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); }
footer { margin-top: 34px; color: var(--soft); font-size: 13px; }
#tip {
  position: fixed; z-index: 1; pointer-events: none; background: var(--ink); color: var(--card);
  font-size: 13px; padding: 4px 9px; border-radius: 6px; max-width: 280px;
}
#tip[hidden] { display: none; }
@media (max-width: 900px) { .figures { grid-template-columns: repeat(2, 1fr); } .plots { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 520px) {
  main { padding: 20px 14px 32px; }
  .plot { padding: 14px 14px 10px; }
  .big { display: none; } .phone { display: block; }
}
@media print { body { background: none; } details { display: none; } .plot, .figure { break-inside: avoid; } }
`;

/** Shows what a mark says when it is pointed at; the plots themselves need no script. */
export const PAGE_SCRIPT = `
(() => {
  const tip = document.getElementById("tip");
  const show = (event) => {
    const mark = event.target.closest && event.target.closest("svg [aria-roledescription][aria-label]");
    const label = mark && mark.closest(".role-mark") ? mark.getAttribute("aria-label") : null;
    tip.hidden = label === null;
    if (label === null) return;
    tip.textContent = label;
    const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 12) + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });
})();
`;
