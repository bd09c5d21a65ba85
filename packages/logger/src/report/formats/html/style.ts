/** The style sheet of the page. Colours by meaning, each for light and dark; contrast is at least 4.5 to 1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f5f8; --paper: #fff; --ink: #17212e; --soft: #55616f; --rule: #dde2e9; --link: #0a5aa5;
  --line: #1565b8; --band: #1565b8; --gap: #8894a3; --masthead: #123b5d;
  --good: #14693f; --good-paper: #e3f4ea; --warning: #8a5200; --warning-paper: #fdf0d8;
  --critical: #ab1f1a; --critical-paper: #fde7e5; --unknown: #4d5a69; --unknown-paper: #e9edf2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d141c; --paper: #151f2a; --ink: #e6ebf1; --soft: #a3b0be; --rule: #2a3746; --link: #7fbcf5;
    --line: #6cb2f7; --band: #6cb2f7; --gap: #8595a6; --masthead: #10273c;
    --good: #7ddba4; --good-paper: #123423; --warning: #f2c36b; --warning-paper: #3b2a0b;
    --critical: #ff9d96; --critical-paper: #451a1a; --unknown: #b3bfcc; --unknown-paper: #263341;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
}
a { color: var(--link); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; }
h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.6rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 700; }
h2 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -.01em; font-weight: 680; }
h3 { font-size: 1rem; line-height: 1.35; font-weight: 650; }
code { font: .85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.signs { position: absolute; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .5rem 1rem; background: var(--paper); border-radius: 0 0 8px 8px; }
.skip:focus { top: 0; }
.inner, nav ul, main, footer { width: min(100%, 75rem); margin-inline: auto; padding-inline: clamp(1rem, 3vw, 2.5rem); }

.masthead { background: var(--masthead); color: #fff; border-bottom: 6px solid var(--state, transparent); }
.masthead .inner { padding-block: clamp(1.75rem, 4vw, 3rem) clamp(1.5rem, 3vw, 2.25rem); }
.masthead.good { --state: #35a86d; } .masthead.warning { --state: #e5a02b; }
.masthead.critical { --state: #e5534b; } .masthead.unknown { --state: #8a99aa; }
.masthead .when { margin-top: .6rem; font-size: 1.1rem; }
.masthead .label { display: inline-block; max-width: 100%; margin-inline-start: .4rem; padding: .1rem .6rem; border: 1px solid #ffffff66; border-radius: 1rem; font-size: .85rem; }
.masthead .compared { margin-top: .25rem; color: #cfdcea; font-size: .92rem; }

nav { background: var(--paper); border-bottom: 1px solid var(--rule); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.4rem; list-style: none; padding-block: .35rem; }
nav a { display: inline-block; padding: .4rem 0; color: var(--ink); text-decoration: none; font-size: .92rem; }
nav a:hover { text-decoration: underline; color: var(--link); }

main { padding-block: 2rem 3rem; display: grid; gap: 2.75rem; grid-template-columns: minmax(0, 1fr); }
main:focus { outline: none; }
.heading { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem; }
.lead { margin-top: .35rem; max-width: 46rem; }
.none { margin-top: .5rem; color: var(--soft); }
section > h2 + :not(.headline) { margin-top: .9rem; }

.badge { display: inline-flex; align-items: center; gap: .35em; padding: .1em .6em .1em .45em; border-radius: 1em; font-size: .8rem; line-height: 1.5; font-weight: 620; white-space: nowrap; border: 1px solid transparent; color: var(--tone); background: var(--tone-paper); }
.good { --tone: var(--good); --tone-paper: var(--good-paper); }
.warning, .high, .medium { --tone: var(--warning); --tone-paper: var(--warning-paper); }
.critical { --tone: var(--critical); --tone-paper: var(--critical-paper); }
.unknown, .low { --tone: var(--unknown); --tone-paper: var(--unknown-paper); }
.sign { width: 1em; height: 1em; flex: none; }
.sign, symbol { overflow: visible; }
symbol circle, symbol rect, symbol .shape { fill: var(--tone); stroke: none; }
symbol path { fill: none; stroke: var(--tone-paper); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }

.summary { background: var(--paper); border: 1px solid var(--rule); border-radius: 14px; padding: clamp(1.1rem, 2.5vw, 2rem); }
.headline { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .9rem; font-size: clamp(1.2rem, 1rem + .8vw, 1.5rem); line-height: 1.35; }
.headline .badge { font-size: .95rem; }
.headline strong { font-weight: 660; letter-spacing: -.01em; flex: 1 1 18rem; }
.sentences { margin-top: 1rem; padding-inline-start: 1.2rem; max-width: 50rem; }
.sentences li + li { margin-top: .3rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); gap: .8rem; }
.summary .figures { margin-top: 1.4rem; }
.figure { padding: .8rem 1rem .9rem; border: 1px solid var(--rule); border-top: 4px solid var(--tone); border-radius: 10px; background: var(--paper); }
.figure dt { color: var(--soft); font-size: .85rem; }
.figure .unit { font-size: 1rem; letter-spacing: 0; }
.figure .value { display: block; overflow-wrap: break-word; margin: .05rem 0 .4rem; font-size: 1.65rem; line-height: 1.2; font-weight: 640; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }

.recommendations { list-style: none; padding: 0; display: grid; gap: .8rem; }
.card { padding: .9rem 1.2rem 1rem; background: var(--paper); border: 1px solid var(--rule); border-inline-start: 5px solid var(--tone); border-radius: 10px; }
.card .kind { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .7rem; font-size: .88rem; color: var(--soft); }
.card .id { margin-inline-start: auto; }
.card .message { margin-top: .35rem; font-weight: 600; max-width: 56rem; }
.card ul { margin-top: .3rem; padding-inline-start: 1.1rem; color: var(--soft); font-size: .94rem; max-width: 56rem; }

.scroll { margin-top: 1rem; overflow-x: auto; background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { padding: .7rem .85rem 0; text-align: start; font-weight: 620; }
th, td { padding: .5rem .55rem; text-align: start; vertical-align: middle; border-top: 1px solid var(--rule); overflow-wrap: normal; }
tr > :first-child { padding-inline-start: .85rem; } tr > :last-child { padding-inline-end: .85rem; }
thead th { border-top: 0; font-size: .8rem; font-weight: 560; color: var(--soft); white-space: nowrap; vertical-align: bottom; }
tbody th { position: sticky; inset-inline-start: 0; background: var(--paper); font-weight: 600; min-width: 8.5rem; max-width: 18rem; overflow-wrap: anywhere; }
.number { text-align: end; white-space: nowrap; }
td time { white-space: nowrap; }
td code { overflow-wrap: anywhere; }
.wide { display: inline-block; min-width: 15rem; }
.unit { color: var(--soft); font-weight: 400; font-size: .86em; }
.change { white-space: nowrap; }
.judgement.worse { color: var(--critical); font-weight: 600; }
.judgement.better { color: var(--good); font-weight: 600; }
.judgement { color: var(--soft); }
.judgement.worse::before { content: "✕ " / ""; } .judgement.better::before { content: "✓ " / ""; }
.direction { white-space: nowrap; }
.direction.rising::before { content: "↗ " / ""; } .direction.falling::before { content: "↘ " / ""; }

.sparkline { display: block; width: 7rem; height: 1.75rem; fill: none; stroke: var(--line); stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.sparkline circle { fill: var(--line); stroke: none; }
.legend { color: var(--soft); font-size: .88rem; margin-bottom: -1.5rem; }
.legend ul { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; list-style: none; padding: 0; margin-top: 0; }
.legend li { display: flex; align-items: center; gap: .5rem; }
.legend svg { width: 2rem; height: 1rem; flex: none; }
.legend p { margin-top: .3rem; }
.charts { margin-top: 1rem; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
.metric { padding: 1rem 1.1rem; background: var(--paper); border: 1px solid var(--rule); border-radius: 10px; min-width: 0; }
.metric .heading { justify-content: space-between; }
.metric .description { font-size: .88rem; color: var(--soft); }
.metric .reason { margin-top: .4rem; font-size: .92rem; }
.against { font-size: .88rem; margin-top: .5rem; display: grid; gap: .4rem; }
.against dt { font-weight: 600; }
.against .numbers { color: var(--soft); }
details { margin-top: .6rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; }
details .scroll { max-height: 22rem; overflow: auto; margin-top: .4rem; }
details table { font-size: .84rem; } details th, details td { padding: .3rem .7rem; }
details thead th { position: sticky; top: 0; z-index: 1; background: var(--paper); }
details tbody th { font-weight: 400; white-space: nowrap; min-width: 0; }

.chart { display: block; width: 100%; height: auto; margin-top: .5rem; overflow: visible; }
.chart text { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.axis path { stroke: var(--soft); stroke-width: 1; }
.grid path { stroke: var(--rule); stroke-width: 1; }
.band path { fill: var(--band); fill-opacity: .17; stroke: none; }
.line path { fill: none; stroke: var(--line); stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.gap rect { fill: var(--gap); fill-opacity: .14; }
.target path { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 5 4; fill: none; }
.chart .target text { fill: var(--ink); }
.anomaly rect { fill: var(--tone); fill-opacity: .16; }
.anomaly path { fill: var(--tone); }
.anomaly.info { --tone: var(--unknown); }
.notes { padding-inline-start: 1.2rem; }
footer { padding-block: 1.2rem 2.5rem; color: var(--soft); font-size: .85rem; }

@media (max-width: 36rem) {
  .card .id { margin-inline-start: 0; }
  .figures { grid-template-columns: repeat(auto-fit, minmax(min(100%, 8rem), 1fr)); }
  th, td { padding: .45rem .6rem; }
  tbody th { max-width: 9rem; min-width: 7.25rem; }
}
@media (forced-colors: active) {
  .badge, .figure, .card { border-color: CanvasText; }
  symbol circle, symbol rect, symbol .shape { fill: CanvasText; }
  symbol path { stroke: Canvas; }
  .line path, .sparkline { stroke: CanvasText; }
  .sparkline circle, .anomaly path, .chart text, .chart .target text { fill: CanvasText; }
  .band path, .gap rect, .anomaly rect { fill: GrayText; }
  .target path, .axis path { stroke: CanvasText; }
  .grid path { stroke: GrayText; stroke-opacity: .35; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --paper: #fff; --ink: #000; --soft: #444; --rule: #c8ced6; --link: #000; --masthead: #fff;
    --line: #1565b8; --band: #1565b8; --gap: #8894a3;
    --good: #14693f; --good-paper: #e3f4ea; --warning: #8a5200; --warning-paper: #fdf0d8;
    --critical: #ab1f1a; --critical-paper: #fde7e5; --unknown: #4d5a69; --unknown-paper: #e9edf2;
  }
  @page { margin: 15mm; }
  html { font-size: 75%; }
  body { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .skip, details, .legend p { display: none; }
  .masthead { color: #000; } .masthead .compared { color: #444; } .masthead .label { display: inline-block; max-width: 100%; border-color: #444; }
  .inner, main, footer { width: 100%; padding-inline: 0; }
  .masthead .inner { padding-block: 0 .6rem; }
  main { display: block; padding-block: 1rem; }
  main > section { margin-bottom: 1.4rem; }
  .legend { margin-bottom: .5rem; }
  h2, h3, .heading, .lead, .legend { break-after: avoid; }
  .metric, .card, .figure, .summary, tr { break-inside: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  .figures { grid-template-columns: repeat(3, 1fr); }
  .scroll { overflow: visible; border: 0; }
  table { font-size: .78rem; } th, td { padding: .25rem .35rem; } thead th, td .badge { font-size: .7rem; }
  tbody th { position: static; min-width: 0; overflow-wrap: break-word; } .wide { min-width: 0; } .sparkline { width: 5rem; }
}
`;
