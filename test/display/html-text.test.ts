import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeHtml, htmlText, table } from "../../src/display/index.js";

describe("HTML as text", () => {
  test.each([
    ["blocks are lines, white space is one space", "<div>a\n   <b>b</b>c</div>\n<p>d<p>e", "a bc\nd\ne"],
    ["breaks and rules", "a<br><br/>b<hr>c", `a\n\nb\n${"─".repeat(40)}\nc`],
    ["entities of every form", "&lt;b&gt; &amp;amp; 5&nbsp;&euro; &#8364; &#x20AC; &Sigma;&sigma; &eacute;", "<b> &amp; 5 € € € Σσ é"],
    ["what is no entity stays", "AT&T &unknown; & &#xffffffff; &#0;", "AT&T &unknown; & \ufffd \ufffd"],
    ["scripts, styles and comments are nothing to read", "a<script>if (1<2) '</b>'</script><STYLE>p{}</STYLE ><!-- <p>no -->b", "ab"],
    ["a script without an end", "a<script>b", "a"],
    ["a bare < is text", "1 < 2 and 3<4 and <5", "1 < 2 and 3<4 and <5"],
    ["a > within quotes ends no tag", `<a title="x > y" href='z>'>link</a>`, "link"],
    ["a stray quote swallows nothing", `<p class=a">one</p><p id="b">two</p>`, "one\ntwo"],
    ["an unfinished tag is none", "a<b class='x", "a"],
    ["lists", "<ul><li>a<li>b<ol><li>c</li><li>d</ol></ul><ol><li>e", "• a\n• b\n  1. c\n  2. d\n1. e"],
    ["preformatted text stands as it is", "<pre>\n  a\n    b  &lt;\n</pre>c", "  a\n    b  <\nc"],
    ["a picture says what it shows", `<p>See <img src="x.png" alt="equity &amp; drawdown"> here`, "See equity & drawdown here"],
    ["a drawing's words", `<svg><title>t</title><text x="1">Jan</text><text x="2">Feb</text></svg>`, "Jan\nFeb"],
    ["no text", "<svg/>", "(HTML without text, 6 characters)"],
    ["nothing", "", "(HTML without text, 0 characters)"],
  ])("%s", (_, html, text) => {
    expect(htmlText(html)).toBe(text);
  });

  test("a table is aligned, with a caption and a rule below its headings", () => {
    const html = `<p>Before</p><table><caption>Fees</caption><thead><tr><th></th><th>maker</th><th>note</th></tr></thead>
      <tbody><tr><th>BTC</th><td>0.02&nbsp;%</td><td>a <b>b</b></td></tr>
      <tr><th>ETH</th><td>-10.5&nbsp;%</td><td><div>c</div><div>d</div></td></tr></tbody></table>After`;
    expect(htmlText(html).split("\n")).toEqual([
      "Before",
      "Fees",
      "       maker  note",
      "───  ───────  ────",
      "BTC   0.02 %  a b",
      "ETH  -10.5 %  c d",
      "After",
    ]);
  });

  test("cells that span columns and rows keep the others in their columns", () => {
    const html =
      "<table><tr><th colspan=2>both<th>x<tr><td rowspan=2>a<td>1<td>2<tr><td>3<td>4<tr><td colspan=3>a long line over all of them</table>";
    expect(htmlText(html).split("\n")).toEqual(["both  x", "─  ─  ─", "a  1  2", "   3  4", "a long line over all of them"]);
  });

  test("a table within a cell, and one that is not closed", () => {
    expect(htmlText("<table><tr><td>a<td><table><tr><td>b<td>c</table><tr><td>d")).toBe("a  b  c\nd");
  });

  test("a table of ours reads as its own text", () => {
    const trades = table([
      { side: "long", quantity: 1, price: 64250.1 },
      { side: "short", quantity: -20, price: 9.25 },
    ]);
    expect(htmlText(trades.toHtml())).toBe(trades.toString());
  });

  test("any text comes back from its escaped form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(text.trim() !== "");
        expect(htmlText(`<p>${escapeHtml(text)}</p>`)).toBe(
          text
            .replaceAll("\u00a0", " ")
            .replaceAll(/[ \t\r\n\f]+/g, " ")
            .replace(/^ /, "")
            .trimEnd(),
        );
      }),
    );
  });

  test("it ends for anything, and gives text", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "</",
      "<td",
      "<tr>",
      "<table>",
      "</table>",
      "<li>",
      "<ol>",
      "<!--",
      "-->",
      "<script>",
      "'",
      '="',
      "&",
      "&#",
      ";",
      "<pre>",
      " rowspan=3 ",
      "a",
      "1",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(typeof htmlText(pieces.join(""))).toBe("string");
      }),
    );
  });

  test("very long text is cut at a line, and says how long it was", () => {
    const text = htmlText(`<p>${"x".repeat(99)}`.repeat(2_000));
    expect(text.length).toBeLessThan(100_100);
    expect(text.split("\n").at(-1)).toBe("… (199999 characters in all)");
  });
});
