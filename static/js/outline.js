// The sections of a text: Markdown headings, XML-like tags and lines in capitals. The rules are those of
// app/core/outline.py; a change here is a change there. outline_list.js puts them on the page.

import { countCodePoints } from "./code_points.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/s;
const MARKDOWN = /^ {0,3}(#{1,6})[ \t]+(.*)$/s;
const OPENING = /^[ \t]*<([\p{L}_][\p{L}\p{N}_.:-]*)(?:[ \t]+[\p{L}_][\p{L}\p{N}_.:-]*[ \t]*=[ \t]*"[^"]*")*[ \t]*>[ \t]*$/u;
const CLOSING = /^[ \t]*<\/([\p{L}_][\p{L}\p{N}_.:-]*)[ \t]*>[ \t]*$/u;
const NOT_CAPITALS = /^[-*+|>\d]|\p{Ll}/u;
const CASED = /[\p{Lu}\p{Lt}]/gu;
const WORD = /(?<![^\s])\p{L}{3,}(?![^\s])/u;
const DEEPEST = 6;

// Each section as {title, level, start, end, size}: offsets in UTF-16 units, size in code points.
export function outline(text) {
  const lines = linesOutsideCode(text);
  const closings = lastClosings(lines);
  const open = [];
  const sections = [];
  for (const { start, line } of lines) {
    const heading = markdown(line) ?? tag(line, start, open, closings) ?? capitals(line);
    if (heading) sections.push({ ...heading, start });
  }
  sections.forEach((section, index) => {
    section.end = sections[index + 1]?.start ?? text.length;
    section.size = countCodePoints(text, section.start, section.end);
  });
  return sections;
}

function linesOutsideCode(text) {
  const lines = [];
  let fence = null;
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    const mark = FENCE.exec(line);
    if (fence) {
      if (mark && mark[1].startsWith(fence) && mark[2].trim() === "") fence = null;
    } else if (mark) fence = mark[1];
    else lines.push({ start, line });
    start = end + 1;
  }
  return lines;
}

// Where each name is closed for the last time: an opening tag before that has its end further down.
function lastClosings(lines) {
  const closings = new Map();
  for (const { start, line } of lines) {
    const name = CLOSING.exec(line)?.[1];
    if (name) closings.set(name, start);
  }
  return closings;
}

function markdown(line) {
  const mark = MARKDOWN.exec(line);
  if (!mark) return null;
  const title = mark[2].trim().replace(/(^|[ \t])#+$/, "").trim();
  return title && { title, level: mark[1].length };
}

// `open` holds the names of the tags around the line, the innermost last.
function tag(line, start, open, closings) {
  const closed = CLOSING.exec(line)?.[1];
  if (closed && open.includes(closed)) while (open.pop() !== closed);
  const name = OPENING.exec(line)?.[1];
  if (!name || !(closings.get(name) > start)) return null;
  open.push(name);
  return { title: `<${name}>`, level: Math.min(open.length, DEEPEST) };
}

function capitals(line) {
  const whole = line.trim();
  if (whole.length < 3 || whole.length > 160 || NOT_CAPITALS.test(whole)) return null;
  const length = countCodePoints(whole);
  if (length < 3 || length > 80 || (whole.match(CASED)?.length ?? 0) < 3) return null;
  const title = whole.endsWith(":") ? whole.slice(0, -1).trim() : whole;
  return WORD.test(title) ? { title, level: 2 } : null;
}
