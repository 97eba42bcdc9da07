/** Style of the report: light and dark by the reader's setting or choice, and a print form. */
export const STYLE: string = `
:root{--back:#fff;--soft:#f6f7f9;--text:#1c2330;--dim:#667085;--line:#dfe3ea;--link:#0b62c4;--bad:#b42318;--badback:#fef3f2;
--keyword:#8250df;--string:#0a6640;--number:#0550ae;--comment:#6e7781;--title:#953800;color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--back:#12161d;--soft:#1b212b;--text:#e3e7ee;--dim:#98a2b3;--line:#303a49;--link:#7ab7ff;
--bad:#ff8a80;--badback:#2b1719;--keyword:#c297ff;--string:#7ee2a8;--number:#79c0ff;--comment:#8b949e;--title:#ffa657;color-scheme:dark}}
:root[data-theme=dark]{--back:#12161d;--soft:#1b212b;--text:#e3e7ee;--dim:#98a2b3;--line:#303a49;--link:#7ab7ff;
--bad:#ff8a80;--badback:#2b1719;--keyword:#c297ff;--string:#7ee2a8;--number:#79c0ff;--comment:#8b949e;--title:#ffa657;color-scheme:dark}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.6 system-ui,sans-serif}
.page{display:grid;grid-template-columns:minmax(0,1fr);max-width:1280px;margin:0 auto;padding:24px;gap:32px}
@media (min-width:1080px){.page.with-contents{grid-template-columns:220px minmax(0,1fr)}}
nav.contents{font-size:14px;line-height:1.4;align-self:start}
@media (min-width:1080px){nav.contents{position:sticky;top:24px;max-height:calc(100vh - 48px);overflow:auto}}
nav.contents ul{list-style:none;margin:0;padding:0}nav.contents li{margin:6px 0}
nav.contents a{color:var(--dim)}nav.contents a:hover{color:var(--link)}
.level-2{padding-left:0}.level-3{padding-left:14px}.level-4,.level-5,.level-6{padding-left:28px}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
h1,h2,h3,h4{line-height:1.25;margin:1.4em 0 .5em}main>section:first-of-type h1:first-child{margin-top:0}
.tools{display:flex;gap:8px;justify-content:flex-end;margin-bottom:16px}
.tools button{font:inherit;font-size:13px;color:var(--dim);background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:3px 10px;cursor:pointer}
.tools button:hover{color:var(--text)}
section{margin:0 0 18px}
details.code{border:1px solid var(--line);border-radius:8px;background:var(--soft)}
details.code summary{cursor:pointer;padding:4px 12px;font:12px/1.8 ui-monospace,monospace;color:var(--dim)}
details.code pre{margin:0;padding:4px 12px 12px}
pre{overflow:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Consolas,monospace;tab-size:2}
pre.plain,pre.stream,pre.error{margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere;max-height:480px}
pre.stderr{color:var(--dim);border-left:3px solid var(--line);padding-left:10px}
pre.error{color:var(--bad);background:var(--badback);padding:12px;border-radius:8px}
:not(pre)>code{font:.9em ui-monospace,monospace;background:var(--soft);padding:.1em .35em;border-radius:4px}
.result{overflow-x:auto;margin:8px 0}.result img,section img{max-width:100%;height:auto}
figure.chart{margin:8px 0}figure.chart img{width:100%}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:4px 12px;border-bottom:1px solid var(--line);text-align:left}th{color:var(--dim);font-weight:600}
blockquote{margin:1em 0;padding:0 1em;border-left:3px solid var(--line);color:var(--dim)}
.hljs-keyword,.hljs-built_in,.hljs-literal{color:var(--keyword)}.hljs-string,.hljs-regexp{color:var(--string)}
.hljs-number{color:var(--number)}.hljs-comment{color:var(--comment);font-style:italic}.hljs-title,.hljs-attr,.hljs-section{color:var(--title)}
footer{color:var(--dim);font-size:13px;border-top:1px solid var(--line);margin-top:32px;padding-top:12px}
@media print{.tools,nav.contents{display:none}.page{display:block;max-width:none;padding:0}body{font-size:11pt}
details.code,figure.chart,table,img{break-inside:avoid}pre.plain,pre.stream,pre.error{max-height:none}h1,h2,h3{break-after:avoid}}
`;

/** Buttons of the page: fold all code, change the theme. Folded code is opened for print. */
export const SCRIPT: string = `
(function () {
  var root = document.documentElement, codes = function () { return Array.from(document.querySelectorAll("details.code")); };
  document.getElementById("fold").addEventListener("click", function () {
    var open = codes().some(function (code) { return code.open; });
    codes().forEach(function (code) { code.open = !open; });
  });
  document.getElementById("theme").addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.dispatchEvent(new Event("themechange"));
  });
  addEventListener("beforeprint", function () { codes().forEach(function (code) { code.open = true; }); });
})();
`;
