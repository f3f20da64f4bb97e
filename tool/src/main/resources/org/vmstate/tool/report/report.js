// SPDX-License-Identifier: Apache-2.0
// The script of the page that `vmstate report` writes. All names and values of the stream are written as text nodes.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const KINDS = ["device", "device", "structure", "subsection", "array", "queue or list", "tree", "composite value", "integer",
    "boolean", "floating-point number", "timer", "null pointer", "text", "bytes", "bitmap", "unused bytes", "defect", "guest memory"];
  const CLASSES = ["", "", "", "", "", "", "", "", "number", "bool", "number", "number", "bool", "string", "raw", "raw", "", "defect", ""];
  const FINDING = 17, MEMORY = 18;
  const REMOVED = 0, ADDED = 1, CHANGED = 2;
  const MARKS = [["−", "cut", "only in this stream"], ["+", "add", "only in the other stream"], ["~", "change", "changed"]];
  const CHANGE_WORDS = ["Only in this stream", "Only in the other stream", "Changed"];

  function el(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  const hex = (n) => "0x" + n.toString(16);
  const grouped = (n) => n.toLocaleString("en-US");
  function binary(n) {
    const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let unit = 0;
    while (n >= 1024 && unit < units.length - 1) { n /= 1024; unit++; }
    return (Number.isInteger(n) ? n : n.toFixed(1)) + " " + (unit === 0 && n === 1 ? "byte" : units[unit]);
  }

  // ---- the tree as arrays, in the order of the stream ----
  const ROW = 7;
  const described = data.nodes.length / ROW;
  const ranges = data.bytes.filter((b) => b[3]);
  const count = described + ranges.length;
  const depth = new Uint16Array(count), kind = new Uint8Array(count);
  const offset = new Float64Array(count), size = new Float64Array(count);
  const steps = new Array(count), types = new Array(count), values = new Array(count);
  const parent = new Int32Array(count).fill(-1), end = new Int32Array(count), root = new Int32Array(count);
  const changes = new Map(), folded = new Map();
  const ghost = new Uint8Array(count), changedIn = new Uint8Array(count), open = new Uint8Array(count);
  for (let i = 0; i < data.changes.length; i += 4) {
    changes.set(data.changes[i], { kind: data.changes[i + 1], before: data.texts[data.changes[i + 2]], after: data.texts[data.changes[i + 3]] });
  }
  for (let i = 0; i < data.folded.length; i += 2) folded.set(data.folded[i], data.folded[i + 1]);
  {
    const stack = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (i < described) {
        const row = i * ROW;
        depth[i] = data.nodes[row];
        kind[i] = data.nodes[row + 1];
        at += data.nodes[row + 2];
        offset[i] = at;
        size[i] = data.nodes[row + 3];
        steps[i] = data.texts[data.nodes[row + 4]];
        types[i] = data.texts[data.nodes[row + 5]];
        values[i] = data.texts[data.nodes[row + 6]];
      } else {
        const range = ranges[i - described];
        kind[i] = MEMORY;
        offset[i] = range[1];
        size[i] = range[2];
        steps[i] = range[0] + "@" + hex(range[1]) + "+" + range[2];
        types[i] = "guest memory";
        values[i] = "";
      }
      while (stack.length > depth[i]) end[stack.pop()] = i;
      parent[i] = stack.length ? stack[stack.length - 1] : -1;
      root[i] = stack.length ? stack[0] : i;
      stack.push(i);
      const change = changes.get(i);
      ghost[i] = (change && change.kind === ADDED) || (parent[i] >= 0 && ghost[parent[i]]) ? 1 : 0;
      if (change) for (let p = i; p >= 0 && !changedIn[p]; p = parent[p]) changedIn[p] = 1;
    }
    while (stack.length) end[stack.pop()] = count;
    data.nodes = null;
  }
  const sections = new Map();
  data.bytes.filter((b) => !b[3]).forEach((b) => sections.set(b[1], b));
  const hasChildren = (i) => end[i] > i + 1;
  /** The name in the tree: the step without its dot and its quotes. */
  function label(i) {
    if (kind[i] === FINDING) return "!";
    return plain(parent[i] < 0 ? steps[i] : steps[i].replace(/^\.(?=.)/, ""));
  }
  /** A step without its quotes. */
  function plain(step) {
    return step.replace(/"((?:[^"\\]|\\.)*)"/, (_, name) => name.replace(/\\(.)/g, "$1"));
  }
  const whole = (step) => step;

  /** The path as the other commands print it: without quotes, unless another value has the same text. */
  function path(i) {
    let text = "", bare = "";
    for (let at = i; at >= 0; at = parent[at]) { text = steps[at] + text; bare = plain(steps[at]) + bare; }
    return bare !== text && !bare.includes('"') && find(bare, plain) === i ? bare : text;
  }
  function find(wanted, form, from = 0, to = count, prefix = "") {
    for (let i = from; i < to; i = end[i]) {
      const mine = prefix + form(steps[i]);
      if (kind[i] !== FINDING && wanted === mine) return i;
      if (kind[i] !== FINDING && wanted.startsWith(mine) && hasChildren(i)) {
        const inside = find(wanted, form, i + 1, end[i], mine);
        if (inside >= 0) return inside;
      }
    }
    return -1;
  }
  const childCache = new Map();
  /** The children with bytes of their own, in ascending order of offsets. */
  function byteChildren(i) {
    let found = childCache.get(i);
    if (!found) {
      found = [];
      for (let c = i + 1; c < end[i]; c = end[c]) if (kind[c] !== FINDING && !ghost[c] && size[c] > 0) found.push(c);
      childCache.set(i, found);
    }
    return found;
  }
  function nodeAt(top, position) {
    let node = top;
    for (;;) {
      const inside = byteChildren(node);
      let low = 0, high = inside.length - 1, hit = -1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        if (offset[inside[middle]] <= position) { hit = middle; low = middle + 1; } else high = middle - 1;
      }
      if (hit < 0 || position >= offset[inside[hit]] + size[inside[hit]]) return node;
      node = inside[hit];
    }
  }
  function contentOf(i) {
    const top = root[i];
    if (ghost[top]) return null;
    const entry = kind[top] === MEMORY ? ranges[top - described] : sections.get(offset[top]);
    if (!entry || (kind[top] !== MEMORY && entry[2] !== size[top])) return null;
    if (typeof entry[4] === "string") {
      const text = atob(entry[4]);
      const bytes = new Uint8Array(text.length);
      for (let b = 0; b < text.length; b++) bytes[b] = text.charCodeAt(b);
      entry[4] = bytes;
    }
    return entry;
  }

  // ---- a list of rows of the same height, of which only the visible ones exist ----
  class Rows {
    constructor(box, height, render) {
      this.box = box;
      this.canvas = box.firstElementChild;
      this.height = height;
      this.render = render;
      this.count = 0;
      this.shown = new Map();
      this.waiting = false;
      box.addEventListener("scroll", () => this.later());
      new ResizeObserver(() => this.later()).observe(box);
    }
    later() {
      if (this.waiting) return;
      this.waiting = true;
      requestAnimationFrame(() => { this.waiting = false; this.update(); });
    }
    reset(rows) {
      this.count = rows;
      this.canvas.style.height = Math.max(rows * this.height, 1) + "px";
      this.shown.forEach((row) => row.remove());
      this.shown.clear();
      this.update();
    }
    update() {
      const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 4);
      const last = Math.min(this.count, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 4);
      for (const [at, row] of this.shown) if (at < first || at >= last) { row.remove(); this.shown.delete(at); }
      for (let at = first; at < last; at++) {
        if (this.shown.has(at)) continue;
        const row = this.render(at);
        row.style.top = at * this.height + "px";
        this.shown.set(at, row);
        this.canvas.append(row);
      }
    }
    reveal(at) {
      const top = at * this.height, box = this.box;
      if (top < box.scrollTop || top + this.height > box.scrollTop + box.clientHeight) {
        box.scrollTop = Math.max(0, top - box.clientHeight / 3);
      }
      this.update();
    }
    page() { return Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1); }
  }

  // ---- the tree pane ----
  let selected = -1, hovered = -1, only = false;
  let visible = new Int32Array(0);
  let place = new Map();
  const matched = new Set();
  const tree = new Rows($("tree"), 24, (at) => {
    const i = visible[at];
    const row = el("div", "row" + (parent[i] < 0 ? " top" : "") + (matched.has(i) ? " match" : ""));
    row.id = "row-" + i;
    row.dataset.node = i;
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", depth[i] + 1);
    row.setAttribute("aria-selected", String(i === selected));
    const [position, siblings] = amongSiblings(i);
    row.setAttribute("aria-posinset", position);
    row.setAttribute("aria-setsize", siblings);
    row.style.paddingLeft = 6 + Math.min(depth[i], 20) * 14 + "px";
    const twist = el("span", "twist", hasChildren(i) ? (open[i] ? "▼" : "▶") : "");
    twist.setAttribute("aria-hidden", "true");
    if (hasChildren(i)) row.setAttribute("aria-expanded", String(!!open[i]));
    row.append(twist);
    const change = changes.get(i);
    if (change) {
      const mark = el("span", "mark " + MARKS[change.kind][1], MARKS[change.kind][0]);
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", MARKS[change.kind][2]);
      row.append(mark);
    } else if (changedIn[i]) {
      const mark = el("span", "mark inside", "•");
      mark.setAttribute("role", "img");
      mark.setAttribute("aria-label", "contains changes");
      row.append(mark);
    }
    row.append(el("span", "name", label(i)));
    const text = change && change.kind === CHANGED ? change.before + " → " + change.after : values[i];
    row.append(el("span", "value " + CLASSES[kind[i]], text.length > 200 ? text.slice(0, 200) + "…" : text));
    if (folded.has(i)) row.append(el("span", "value", "+" + grouped(folded.get(i)) + " not in this page"));
    row.append(el("span", "type", types[i]));
    return row;
  });
  const setCache = new Map();
  function amongSiblings(i) {
    const key = parent[i];
    let places = setCache.get(key);
    if (!places) {
      places = new Map();
      const to = key < 0 ? count : end[key];
      for (let c = key < 0 ? 0 : key + 1; c < to; c = end[c]) if (!only || changedIn[c]) places.set(c, places.size + 1);
      setCache.set(key, places);
    }
    return [places.get(i) || 1, places.size];
  }
  function layOut() {
    const found = [];
    for (let i = 0; i < count;) {
      if (only && !changedIn[i] && !(parent[i] >= 0 && ghost[i])) { i = end[i]; continue; }
      found.push(i);
      i = open[i] ? i + 1 : end[i];
    }
    visible = Int32Array.from(found);
    place = new Map();
    visible.forEach((node, at) => place.set(node, at));
    setCache.clear();
    tree.reset(visible.length);
    activeRow();
  }
  function activeRow() {
    const shown = selected >= 0 && document.getElementById("row-" + selected);
    if (shown) $("tree").setAttribute("aria-activedescendant", "row-" + selected);
    else $("tree").removeAttribute("aria-activedescendant");
  }
  function toggle(i, to = !open[i]) {
    if (!hasChildren(i) || !!open[i] === to) return;
    open[i] = to ? 1 : 0;
    if (!to && selected > i && selected < end[i]) select(i);
    layOut();
  }
  function select(i, range) {
    if (i < 0) return;
    const before = document.getElementById("row-" + selected);
    if (before) before.setAttribute("aria-selected", "false");
    selected = i;
    let opened = false;
    for (let p = parent[i]; p >= 0; p = parent[p]) if (!open[p]) { open[p] = 1; opened = true; }
    if (only && !place.has(i) && !changedIn[i] && !ghost[i]) { only = false; $("only").checked = false; opened = true; }
    if (opened || !place.has(i)) layOut();
    tree.reveal(place.get(i));
    const row = document.getElementById("row-" + i);
    if (row) row.setAttribute("aria-selected", "true");
    activeRow();
    inspect(i);
    showBytes(i, range);
    history.replaceState(null, "", "#" + encodeURIComponent(path(i)));
  }
  function move(at) {
    if (visible.length) select(visible[Math.max(0, Math.min(visible.length - 1, at))]);
  }
  $("tree").addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    const i = Number(row.dataset.node);
    if (event.target.closest(".twist")) toggle(i);
    select(i);
  });
  $("tree").addEventListener("dblclick", (event) => {
    const row = event.target.closest(".row");
    if (row && !event.target.closest(".twist")) toggle(Number(row.dataset.node));
  });
  $("tree").addEventListener("mousemove", (event) => {
    const row = event.target.closest(".row");
    hover(row ? Number(row.dataset.node) : -1);
  });
  $("tree").addEventListener("mouseleave", () => hover(-1));
  $("tree").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = place.has(selected) ? place.get(selected) : -1;
    switch (event.key) {
      case "ArrowDown": move(at + 1); break;
      case "ArrowUp": move(at - 1); break;
      case "PageDown": move(at + tree.page()); break;
      case "PageUp": move(at - tree.page()); break;
      case "Home": move(0); break;
      case "End": move(visible.length - 1); break;
      case "ArrowRight":
        if (at >= 0 && hasChildren(selected)) { if (open[selected]) move(at + 1); else toggle(selected, true); }
        break;
      case "ArrowLeft":
        if (at >= 0 && open[selected] && hasChildren(selected)) toggle(selected, false);
        else if (at >= 0 && parent[selected] >= 0) select(parent[selected]);
        break;
      case "Enter": case " ": if (at >= 0) toggle(selected); break;
      case "*":
        if (at >= 0) { for (let i = selected, n = 0; i < end[selected] && n < 50000; i++, n++) if (hasChildren(i)) open[i] = 1; layOut(); tree.reveal(place.get(selected)); activeRow(); }
        break;
      default: return;
    }
    event.preventDefault();
  });
  function hover(i) {
    if (i === hovered) return;
    const before = document.getElementById("row-" + hovered);
    if (before) before.classList.remove("hover");
    hovered = i;
    const row = document.getElementById("row-" + i);
    if (row) row.classList.add("hover");
    paintBytes();
  }

  // ---- the pane of bytes ----
  let content = null, picked = null, found = null, cursor = -1, per = 16, digits = 6, owner = -1;
  const bytes = new Rows($("bytes"), 22, (at) => {
    const row = el("div", "row");
    const from = content[1] + at * per;
    const base = at * per;
    row.append(el("span", "offset", from.toString(16).padStart(digits, "0")));
    const cells = el("span", "cells"), chars = el("span", "chars");
    for (let b = base; b < Math.min(base + per, content[4].length); b++) {
      const value = content[4][b];
      const cell = el("span", "cell", value.toString(16).padStart(2, "0"));
      const char = el("span", "char", value > 32 && value < 127 ? String.fromCharCode(value) : "·");
      cell.dataset.at = char.dataset.at = b;
      cells.append(cell);
      chars.append(char);
    }
    for (let b = content[4].length; b < base + per; b++) cells.append(el("span", "cell", " "));
    row.append(cells, chars);
    paintRow(row);
    return row;
  });
  function paintRow(row) {
    const over = hovered >= 0 && content && contentOf(hovered) === content ? [offset[hovered], offset[hovered] + size[hovered]] : null;
    for (const cell of row.querySelectorAll("[data-at]")) {
      const at = Number(cell.dataset.at), where = content[1] + at;
      const kindOf = cell.classList.contains("cell") ? "cell" : "char";
      const value = content[4][at];
      cell.className = kindOf + (value === 0 || (kindOf === "char" && (value <= 32 || value > 126)) ? " nul" : "")
        + (picked && where >= picked[0] && where < picked[1] ? " pick" : "")
        + (found && where >= found[0] && where < found[1] ? " found" : "")
        + (over && where >= over[0] && where < over[1] ? " hover" : "");
    }
  }
  function paintBytes() { if (content) bytes.shown.forEach(paintRow); }
  function showBytes(i, range) {
    const next = contentOf(i);
    const width = $("bytes").clientWidth;
    const fit = width > 560 ? 16 : width > 300 ? 8 : 4;
    const changed = next !== content || fit !== per || owner !== root[i];
    content = next;
    owner = root[i];
    per = fit;
    picked = next && !ghost[i] ? [offset[i], offset[i] + size[i]] : null;
    found = range || null;
    $("bytes-title").textContent = next
      ? "Bytes of " + next[0] + " · " + grouped(next[2]) + (next[3] ? " from " + hex(next[1]) : " at offset " + hex(next[1]))
        + (next[4].length < next[2] ? " · the first " + grouped(next[4].length) + " are in this page" : "")
      : "Bytes";
    if (changed) {
      digits = next ? Math.max(6, (next[1] + next[4].length).toString(16).length) : 6;
      $("bytes").querySelectorAll(".empty").forEach((e) => e.remove());
      $("bytes").scrollTop = 0;
      bytes.reset(next ? Math.ceil(next[4].length / per) : 0);
      if (!next) {
        $("bytes").append(el("div", "empty", ghost[i]
          ? "Only the other stream has this. This page has the bytes of the first one."
          : "This device was sent in several sections, such as memory, whose bytes are not in this page."));
      }
    }
    if (next) {
      const target = (range || picked || [next[1]])[0];
      cursor = target - next[1];
      if (cursor >= 0 && cursor < next[4].length && i !== root[i]) bytes.reveal(Math.floor(cursor / per));
      paintBytes();
    }
  }
  const byteOf = (event) => {
    const cell = event.target.closest("[data-at]");
    return cell && content ? Number(cell.dataset.at) : -1;
  };
  $("bytes").addEventListener("click", (event) => {
    const at = byteOf(event);
    if (at >= 0) select(nodeAt(owner, content[1] + at));
  });
  $("bytes").addEventListener("mousemove", (event) => {
    const at = byteOf(event);
    hover(at >= 0 ? nodeAt(owner, content[1] + at) : -1);
    $("bytes").title = hovered >= 0 ? path(hovered) + (values[hovered] ? " = " + values[hovered] : "") : "";
  });
  $("bytes").addEventListener("mouseleave", () => hover(-1));
  $("bytes").addEventListener("keydown", (event) => {
    if (!content || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: per, ArrowUp: -per, PageDown: per * bytes.page(), PageUp: -per * bytes.page() };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(content[4].length - 1, cursor + steps[event.key]));
    select(nodeAt(owner, content[1] + at), [content[1] + at, content[1] + at + 1]);
    cursor = at;
    bytes.reveal(Math.floor(at / per));
  });
  new ResizeObserver(() => { if (selected >= 0 && content) { const f = found; showBytes(selected, f); } }).observe($("bytes"));

  // ---- the inspector ----
  function fact(list, name, value, mono) {
    if (value === "" || value === undefined) return;
    list.append(el("dt", "", name), el("dd", mono ? "mono" : "", value));
  }
  function inspect(i) {
    const box = $("inspector");
    box.replaceChildren();
    box.scrollTop = 0;
    box.append(el("p", "path", path(i) || label(i)));
    const change = changes.get(i);
    if (change || (ghost[i] && parent[i] >= 0)) {
      const which = change ? change.kind : ADDED;
      const note = el("div", "change-box " + MARKS[which][1]);
      note.append(el("p", "", CHANGE_WORDS[which]));
      if (which === CHANGED) {
        const list = el("dl", "facts");
        fact(list, data.name, change.before, true);
        fact(list, data.other, change.after, true);
        note.append(list);
      }
      box.append(note, el("p", "", ""));
    }
    const list = el("dl", "facts");
    fact(list, "Value", values[i], true);
    fact(list, "Type", types[i], true);
    fact(list, "Kind", KINDS[kind[i]]);
    if (kind[i] !== FINDING) {
      fact(list, ghost[i] ? "Offset (other)" : kind[i] === MEMORY ? "Address" : "Offset", hex(offset[i]) + "  (" + grouped(offset[i]) + ")", true);
      fact(list, "Size", size[i] === 1 ? "1 byte" : grouped(size[i]) + " bytes");
    }
    const raw = contentOf(i);
    if (raw && !ghost[i] && size[i] > 0) {
      const from = offset[i] - raw[1];
      const part = raw[4].subarray(from, Math.min(from + size[i], from + 64));
      if (part.length) {
        fact(list, "Bytes", Array.from(part, (b) => b.toString(16).padStart(2, "0")).join(" ") + (size[i] > 64 ? " …" : ""), true);
        if (size[i] > 1 && size[i] <= 8 && !hasChildren(i)) {
          let big = 0n, little = 0n;
          part.forEach((b, at) => { big = (big << 8n) | BigInt(b); little |= BigInt(b) << BigInt(8 * at); });
          fact(list, "Big-endian", big + "  0x" + big.toString(16), true);
          fact(list, "Little-endian", little + "  0x" + little.toString(16), true);
        }
        const text = Array.from(part, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : b === 0 ? "" : "\u0000")).join("");
        if (text.length > 2 && !text.includes("\u0000")) fact(list, "As text", text, true);
      }
    }
    if (folded.has(i)) fact(list, "Not in this page", grouped(folded.get(i)) + " more elements");
    if (kind[i] !== FINDING && kind[i] !== MEMORY && !ghost[i]) {
      const quote = (t) => "'" + t.replaceAll("'", "'\\''") + "'";
      fact(list, "Command", "vmstate show " + quote(data.name) + " " + quote(path(i)), true);
    }
    box.append(list);
    if (parent[i] >= 0) {
      const crumbs = el("nav", "crumbs");
      crumbs.setAttribute("aria-label", "Enclosing values");
      const above = [];
      for (let p = parent[i]; p >= 0; p = parent[p]) above.unshift(p);
      for (const p of above) {
        const button = el("button", "", label(p));
        button.type = "button";
        button.addEventListener("click", () => select(p));
        crumbs.append(button);
      }
      box.append(crumbs);
    }
  }

  // ---- search ----
  let matches = [], current = -1, timer = 0, searched = "";
  function pattern(text) {
    const quoted = /^"(.*)"?$/.exec(text);
    if (quoted) return Array.from(new TextEncoder().encode(text.slice(1).replace(/"$/, "")));
    const compact = text.replace(/0x|[\s:,]/g, "");
    if (!/^([0-9a-f]{2}|\?\?|\.\.)+$/i.test(compact)) return null;
    return compact.match(/../g).map((pair) => (/[?.]/.test(pair) ? -1 : parseInt(pair, 16)));
  }
  function number(text) {
    return /^(0x[0-9a-f]+|[0-9]+|-[0-9]+)$/i.test(text) ? BigInt(text.replace(/^-/, "")) * (text.startsWith("-") ? -1n : 1n) : null;
  }
  function search() {
    const text = $("query").value.trim(), mode = $("mode").value;
    searched = mode + " " + text;
    matches = [];
    matched.clear();
    current = -1;
    if (text === "") return say("");
    if (mode === "bytes") {
      const wanted = pattern(text);
      if (!wanted || wanted.length === 0) return say("hexadecimal bytes, as de ad ?? ef, or text in quotes");
      for (let top = 0; top < count && matches.length < 100000; top = end[top]) {
        const entry = contentOf(top);
        if (!entry) continue;
        const b = entry[4];
        outer: for (let at = 0; at + wanted.length <= b.length; at++) {
          for (let k = 0; k < wanted.length; k++) if (wanted[k] >= 0 && b[at + k] !== wanted[k]) continue outer;
          matches.push([nodeAt(top, entry[1] + at), [entry[1] + at, entry[1] + at + wanted.length]]);
          if (matches.length >= 100000) break;
        }
      }
    } else {
      const wanted = text.toLowerCase(), exact = number(text);
      const prefix = [""], bare = [""];
      const cache = new Map();
      for (let i = 0; i < count; i++) {
        const before = prefix[depth[i]];
        const mine = before + steps[i].toLowerCase();
        const quoted = steps[i].includes('"');
        const bareBefore = bare[depth[i]];
        const bareMine = bareBefore + (quoted ? plain(steps[i]) : steps[i]).toLowerCase();
        prefix[depth[i] + 1] = mine;
        bare[depth[i] + 1] = bareMine;
        let hit = false;
        if (mode !== "value") hit = ends(mine, wanted, before) || ends(bareMine, wanted, bareBefore);
        if (!hit && mode !== "path" && values[i]) {
          const change = changes.get(i);
          hit = valueMatches(values[i], wanted, exact, cache) || (change ? valueMatches(change.after, wanted, exact, cache) : false);
        }
        if (hit) matches.push([i, null]);
      }
    }
    for (const match of matches) matched.add(match[0]);
    tree.reset(visible.length);
    say(matches.length === 0 ? "no match" : grouped(matches.length) + (matches.length === 1 ? " match" : " matches"));
  }
  /** Whether a path contains a text that does not end before the last step. */
  function ends(mine, wanted, before) {
    const at = mine.lastIndexOf(wanted);
    return at >= 0 && at + wanted.length > before.length;
  }
  function valueMatches(text, wanted, exact, cache) {
    const known = cache.get(text);
    if (known !== undefined) return known;
    let hit;
    if (exact === null) hit = text.toLowerCase().includes(wanted);
    else hit = text.split(/[\s=]+/).some((word) => { const n = number(word.replace(/,/g, "")); return n !== null && n === exact; });
    cache.set(text, hit);
    return hit;
  }
  function say(text) { $("status").textContent = text; }
  function step(by) {
    clearTimeout(timer);
    if (searched !== $("mode").value + " " + $("query").value.trim()) search();
    if (matches.length === 0) return;
    current = current < 0 ? (by > 0 ? 0 : matches.length - 1) : (current + by + matches.length) % matches.length;
    const [node, range] = matches[current];
    select(node, range);
    say(grouped(current + 1) + " of " + grouped(matches.length) + ": " + path(node));
  }
  function stepChange(by) {
    const nodes = [...changes.keys()].sort((a, b) => a - b);
    if (nodes.length === 0) return;
    const next = by > 0 ? nodes.find((n) => n > selected) : nodes.findLast((n) => n < selected);
    const node = next === undefined ? nodes[by > 0 ? 0 : nodes.length - 1] : next;
    select(node);
    say("change " + (nodes.indexOf(node) + 1) + " of " + nodes.length + ": " + path(node));
  }
  $("search").addEventListener("submit", (event) => { event.preventDefault(); step(1); });
  $("previous").addEventListener("click", () => step(-1));
  $("query").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { search(); if (matches.length) { current = -1; } }, 180); });
  $("query").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); step(-1); }
    if (event.key === "Escape") { event.preventDefault(); $("tree").focus(); }
  });
  $("mode").addEventListener("change", () => {
    $("query").placeholder = $("mode").value === "bytes" ? "de ad ?? ef  or  \"text\"" : "Search   ( / )";
    search();
  });
  $("only").addEventListener("change", () => {
    only = $("only").checked;
    if (only) for (let i = 0; i < count; i++) if (changedIn[i] && !changes.has(i)) open[i] = 1;
    layOut();
    if (selected >= 0 && place.has(selected)) tree.reveal(place.get(selected));
    say(only ? grouped(changes.size) + (changes.size === 1 ? " change" : " changes") : "");
  });

  // ---- views ----
  const views = ["overview", "state", "memory"];
  function show(view, focus) {
    for (const name of views) {
      const on = name === view, tab = $("tab-" + name);
      $("view-" + name).hidden = !on;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
    }
    if (view === "memory") drawMap();
    if (view === "state") { tree.update(); bytes.update(); }
  }
  for (const name of views) $("tab-" + name).addEventListener("click", () => show(name));
  $("tabs").addEventListener("keydown", (event) => {
    const at = views.findIndex((v) => $("tab-" + v).getAttribute("aria-selected") === "true");
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    let to = (next + views.length) % views.length;
    if ($("tab-" + views[to]).hidden) to = event.key === "ArrowRight" ? 0 : 1;
    show(views[to], true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    switch (event.key) {
      case "/": show("state"); $("query").focus(); $("query").select(); break;
      case "n": show("state"); step(1); break;
      case "N": show("state"); step(-1); break;
      case "c": show("state"); stepChange(1); break;
      case "C": show("state"); stepChange(-1); break;
      case "?": $("help").showModal(); break;
      default: return;
    }
    event.preventDefault();
  });
  $("help-open").addEventListener("click", () => $("help").showModal());
  $("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.startsWith("dark");
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    drawMap();
  });

  // ---- overview ----
  function card(title, className) {
    const box = el("div", "card " + (className || ""));
    box.append(el("h2", "", title));
    $("overview").append(box);
    return box;
  }
  function overview() {
    const groups = [["Machine", ""], ["Defects", "defect"], ["Differences", "difference"]];
    groups.forEach(([title, className], which) => {
      const facts = data.facts.filter((f) => f[0] === which);
      if (facts.length === 0) return;
      const box = card(which === 2 ? "Differences from " + data.other : title, className);
      const list = el("dl", "facts");
      facts.forEach((f) => fact(list, f[1], f[2]));
      box.append(list);
    });
    const top = [];
    for (let i = 0; i < described; i = end[i]) if (!ghost[i] && contentOf(i)) top.push(i);
    top.sort((a, b) => size[b] - size[a]);
    if (top.length) {
      const list = el("ul", "sizes");
      for (const i of top.slice(0, 12)) list.append(sizeRow(label(i), grouped(size[i]) + " bytes", size[i] / size[top[0]], () => { show("state"); select(i); }));
      card("Largest devices").append(list);
    }
    if (data.memory) {
      const list = el("ul", "sizes");
      const most = Math.max(...data.memory.blocks.map((b) => b.length));
      data.memory.blocks.forEach((b, at) => list.append(sizeRow(b.name, binary(b.length), b.length / most, () => { $("block").value = String(at); loadBlock(); show("memory"); })));
      card("Blocks of RAM").append(list);
    }
  }
  function sizeRow(name, amount, share, act) {
    const item = el("li"), button = el("button"), bar = el("span", "bar");
    button.type = "button";
    bar.style.width = Math.max(0.3, share * 100) + "%";
    button.append(el("span", "label", name), el("span", "amount", amount), bar);
    button.addEventListener("click", act);
    item.append(button);
    return item;
  }

  // ---- the map of the memory ----
  const STATES = [["missing", "not in the stream"], ["zero", "zero"], ["data", "data"]];
  const PAGE_CHANGES = [["changed", "changed"], ["zeroed", "zero now"], ["filled", "data now"], ["before", "only in this stream"], ["after", "only in the other stream"]];
  const map = { units: new Uint8Array(0), block: null, scale: 1, cells: 0, columns: 1, top: 0, cursor: -1, cell: 7, gutter: 0, mini: null };
  function loadBlock() {
    const block = data.memory.blocks[Number($("block").value)];
    let total = 0;
    for (let i = 0; i < block.runs.length; i += 2) total += block.runs[i];
    const units = new Uint8Array(total);
    for (let i = 0, at = 0; i < block.runs.length; i += 2) { units.fill(block.runs[i + 1], at, at + block.runs[i]); at += block.runs[i]; }
    for (let i = 0; i < block.changes.length; i += 3) {
      const from = Math.floor(block.changes[i] / data.memory.unit), to = Math.ceil(block.changes[i + 1] / data.memory.unit);
      units.fill(3 + block.changes[i + 2], from, to);
    }
    map.units = units;
    map.block = block;
    map.top = 0;
    map.cursor = -1;
    map.mini = null;
    map.scale = 0;
    drawMap();
  }
  function colours() {
    const style = getComputedStyle(document.documentElement);
    return [...STATES, ...PAGE_CHANGES].map(([name]) => style.getPropertyValue("--" + name).trim())
      .concat([style.getPropertyValue("--ink").trim(), style.getPropertyValue("--soft").trim()]);
  }
  function stateOf(cell) {
    let state = 0;
    const to = Math.min(map.units.length, (cell + 1) * map.scale);
    for (let u = cell * map.scale; u < to; u++) if (map.units[u] > state) state = map.units[u];
    return state;
  }
  function fitCanvas(canvas) {
    const box = canvas.parentElement.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(box.width * ratio));
    canvas.height = Math.max(1, Math.round(box.height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return [context, box.width, box.height];
  }
  function drawMap() {
    if (!data.memory || $("view-memory").hidden || !map.block) return;
    const [context, width, height] = fitCanvas($("map"));
    const narrow = width < 480;
    map.gutter = narrow ? 74 : 104;
    map.columns = 8; // a power of two, so that lines begin at round addresses
    while (map.columns * 2 * 7 <= width - map.gutter - 8) map.columns *= 2;
    map.cell = Math.max(6, Math.min(14, Math.floor((width - map.gutter - 8) / map.columns)));
    map.rows = Math.max(1, Math.floor((height - 12) / map.cell));
    if (map.scale === 0) {
      map.scale = 1;
      while (map.units.length / map.scale > map.columns * map.rows * 3) map.scale *= 2;
      $("scale").replaceChildren();
      for (let s = 1; s === 1 || s <= map.units.length / 8; s *= 2) {
        const option = el("option", "", "1 cell = " + binary(s * data.memory.unit));
        option.value = String(s);
        $("scale").append(option);
      }
      $("scale").value = String(map.scale);
    }
    map.cells = Math.ceil(map.units.length / map.scale);
    map.lines = Math.ceil(map.cells / map.columns);
    map.top = Math.max(0, Math.min(map.top, map.lines - map.rows));
    const colour = colours();
    context.clearRect(0, 0, width, height);
    context.font = (narrow ? "10px " : "11px ") + getComputedStyle(document.documentElement).getPropertyValue("--mono");
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (let line = 0; line < map.rows && map.top + line < map.lines; line++) {
      const y = 6 + line * map.cell;
      if ((map.top + line) % 4 === 0) {
        context.fillStyle = colour[9];
        context.fillText(hex((map.top + line) * map.columns * map.scale * data.memory.unit), map.gutter - 8, y + map.cell / 2);
      }
      for (let column = 0; column < map.columns; column++) {
        const cell = (map.top + line) * map.columns + column;
        if (cell >= map.cells) break;
        context.fillStyle = colour[stateOf(cell)];
        context.fillRect(map.gutter + column * map.cell, y, map.cell - 1, map.cell - 1);
        if (cell === map.cursor) {
          context.strokeStyle = colour[8];
          context.lineWidth = 2;
          context.strokeRect(map.gutter + column * map.cell - 1, y - 1, map.cell + 1, map.cell + 1);
        }
      }
    }
    drawMini(colour);
  }
  function drawMini(colour) {
    const [context, width, height] = fitCanvas($("mini"));
    const units = map.units.length, w = Math.max(1, Math.floor(width / 3)), h = Math.max(1, Math.floor(height / 3));
    const key = [w, h, colour.join()].join();
    if (!map.mini || map.mini.key !== key) {
      const states = new Uint8Array(w * h), per = units / (w * h);
      for (let p = 0; p < w * h; p++) {
        const from = Math.floor(p * per), to = Math.max(from + 1, Math.floor((p + 1) * per));
        for (let u = from; u < to && u < units; u++) if (map.units[u] > states[p]) states[p] = map.units[u];
      }
      map.mini = { key, states };
    }
    for (let p = 0; p < w * h; p++) {
      context.fillStyle = colour[map.mini.states[p]];
      context.fillRect((p % w) * (width / w), Math.floor(p / w) * (height / h), width / w + 0.5, height / h + 0.5);
    }
    const window = $("mini-window");
    window.style.top = (100 * map.top) / map.lines + "%";
    window.style.height = Math.min(100, (100 * map.rows) / map.lines) + "%";
    const range = Math.max(1, map.lines - map.rows);
    $("mini-box").setAttribute("aria-valuenow", String(Math.round((100 * map.top) / range)));
    $("mini-box").setAttribute("aria-valuetext", "from " + hex(map.top * map.columns * map.scale * data.memory.unit));
  }
  function tell(cell) {
    if (cell < 0 || cell >= map.cells) return;
    const from = cell * map.scale * data.memory.unit;
    const to = Math.min(map.block.length, from + map.scale * data.memory.unit);
    const state = stateOf(cell);
    const name = state < 3 ? STATES[state][1] : PAGE_CHANGES[state - 3][1];
    $("map-status").textContent = map.block.name + "  " + hex(from) + " to " + hex(to) + "  " + binary(to - from) + "  " + name
      + (map.scale > 1 && state > 1 ? " (at least one page)" : "");
  }
  function cellAt(event) {
    const box = $("map-box").getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - map.gutter) / map.cell);
    const line = Math.floor((event.clientY - box.top - 6) / map.cell) + map.top;
    return column < 0 || column >= map.columns || line < 0 ? -1 : line * map.columns + column;
  }
  let dragged = null;
  $("map-box").addEventListener("pointermove", (event) => {
    if (dragged && event.pointerType === "touch") {
      map.top = dragged[1] + Math.round((dragged[0] - event.clientY) / map.cell);
      drawMap();
    } else tell(cellAt(event));
  });
  $("map-box").addEventListener("pointerdown", (event) => {
    dragged = [event.clientY, map.top];
    map.cursor = cellAt(event);
    tell(map.cursor);
    drawMap();
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) $("map-box").addEventListener(name, () => { dragged = null; });
  $("map-box").addEventListener("wheel", (event) => {
    if (event.ctrlKey || map.lines <= map.rows) return;
    event.preventDefault();
    map.top += Math.sign(event.deltaY) * 3;
    drawMap();
  }, { passive: false });
  $("map-box").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: map.columns, ArrowUp: -map.columns,
      PageDown: map.columns * map.rows, PageUp: -map.columns * map.rows, Home: -map.cells, End: map.cells }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    map.cursor = Math.max(0, Math.min(map.cells - 1, Math.max(0, map.cursor) + by));
    const line = Math.floor(map.cursor / map.columns);
    if (line < map.top) map.top = line;
    if (line >= map.top + map.rows) map.top = line - map.rows + 1;
    tell(map.cursor);
    drawMap();
  });
  function jump(event) {
    const box = $("mini-box").getBoundingClientRect();
    map.top = Math.round(((event.clientY - box.top) / box.height) * map.lines - map.rows / 2);
    drawMap();
  }
  $("mini-box").addEventListener("pointerdown", (event) => { $("mini-box").setPointerCapture(event.pointerId); jump(event); });
  $("mini-box").addEventListener("pointermove", (event) => { if ($("mini-box").hasPointerCapture(event.pointerId)) jump(event); });
  $("mini-box").addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: map.rows, PageUp: -map.rows, Home: -map.lines, End: map.lines }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    map.top += by;
    drawMap();
  });
  $("scale").addEventListener("change", () => {
    const address = map.top * map.columns * map.scale;
    map.scale = Number($("scale").value);
    map.top = Math.floor(address / map.scale / map.columns);
    map.cursor = -1;
    drawMap();
  });
  $("block").addEventListener("change", loadBlock);
  function memory() {
    if (!data.memory) { $("tab-memory").hidden = true; return; }
    const changed = data.other !== undefined;
    data.memory.blocks.forEach((block, at) => {
      const option = el("option", "", block.name + "  " + binary(block.length));
      option.value = String(at);
      $("block").append(option);
    });
    for (const [name, text] of changed ? [...STATES, ...PAGE_CHANGES] : STATES) {
      const item = el("li"), swatch = el("span", "swatch");
      swatch.style.background = "var(--" + name + ")";
      item.append(swatch, text);
      $("legend").append(item);
    }
    const head = el("tr");
    for (const name of ["Block", "Bytes", "Data", "Zero", "Not in the stream", ...(changed ? ["Different"] : [])]) {
      const cell = el("th", "", name);
      cell.scope = "col";
      head.append(cell);
    }
    $("block-table").tHead.append(head);
    for (const block of data.memory.blocks) {
      const row = el("tr"), sums = [0, 0, 0];
      for (let i = 0; i < block.runs.length; i += 2) sums[block.runs[i + 1]] += block.runs[i] * data.memory.unit;
      let different = 0;
      for (let i = 0; i < block.changes.length; i += 3) different += block.changes[i + 1] - block.changes[i];
      row.append(el("td", "", block.name), el("td", "", grouped(block.length)));
      for (const state of [2, 1, 0]) row.append(el("td", "", binary(Math.min(block.length, sums[state]))));
      if (changed) row.append(el("td", "", binary(different)));
      $("block-table").tBodies[0].append(row);
    }
    const largest = data.memory.blocks.reduce((best, block, at) => (block.length > data.memory.blocks[best].length ? at : best), 0);
    $("block").value = String(largest);
    new ResizeObserver(() => drawMap()).observe($("map-box"));
    loadBlock();
  }

  // ---- start ----
  const machine = data.facts.find((f) => f[0] === 0 && f[1] === "Machine");
  $("title").textContent = data.other === undefined ? data.name : data.name + " → " + data.other;
  $("subtitle").textContent = (machine ? machine[2] + " · " : "") + grouped(described) + " values"
    + (data.other === undefined ? "" : " · " + grouped(changes.size) + " changes");
  document.title = data.name + " · VMState report";
  $("only-label").hidden = data.other === undefined;
  overview();
  memory();
  layOut();
  function fromAddress() {
    let wanted = "";
    try { wanted = decodeURIComponent(location.hash.slice(1)); } catch { return false; }
    let node = wanted ? find(wanted, whole) : -1;
    if (node < 0 && wanted) node = find(wanted, plain);
    if (node >= 0) { show("state"); select(node); }
    return node >= 0;
  }
  function firstOfInterest() {
    if (changes.size) return [...changes.keys()].reduce((a, b) => Math.min(a, b));
    for (let i = 0; i < count; i = end[i]) if (contentOf(i) && hasChildren(i)) { open[i] = 1; layOut(); return i; }
    return 0;
  }
  window.addEventListener("hashchange", fromAddress);
  if (!fromAddress()) {
    if (data.facts.some((f) => f[0] === 1)) show("overview");
    else { show("state"); if (count) { select(firstOfInterest()); } }
  }
})();
