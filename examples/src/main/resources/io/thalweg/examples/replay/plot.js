"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const n = data.v.length;
  const t = new Float64Array(n);
  for (let i = 0, now = 0; i < n; i++) t[i] = now += data.t[i];
  const canvas = document.getElementById("plot");
  const say = document.getElementById("reading");
  const first = t[0];
  const last = Math.max(t[n - 1], first + 1);
  let from = first;
  let to = last;
  let hover = -1;
  const left = 76;
  const known = (x) => x !== null && x !== undefined;

  function search(time) { // the first reading at or after a time
    let a = 0;
    let b = n;
    while (a < b) {
      const m = (a + b) >> 1;
      if (t[m] < time) a = m + 1;
      else b = m;
    }
    return a;
  }

  function nice(raw) {
    const unit = 10 ** Math.floor(Math.log10(raw));
    return raw <= unit ? unit : raw <= 2 * unit ? 2 * unit : raw <= 5 * unit ? 5 * unit : 10 * unit;
  }

  function number(x, step) {
    x += 0; // not -0
    const size = Math.max(Math.abs(x), step || 0);
    if (size !== 0 && (size >= 1e7 || size < 1e-3)) return x === 0 ? "0" : x.toExponential(2);
    const digits = step ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 4;
    return x.toLocaleString("en", {minimumFractionDigits: step ? digits : 0, maximumFractionDigits: digits});
  }

  const iso = (time) => new Date(time).toISOString();
  const day = (time) => new Date(time).toLocaleDateString("en", {day: "numeric", month: "short", timeZone: "UTC"});

  const S = 1e3, M = 6e4, H = 36e5, D = 864e5;
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, S, 2 * S, 5 * S, 10 * S, 15 * S, 30 * S, M, 2 * M, 5 * M,
    10 * M, 15 * M, 30 * M, H, 2 * H, 3 * H, 6 * H, 12 * H, D, 2 * D, 7 * D, 14 * D, 28 * D, 91 * D, 182 * D,
    365 * D, 730 * D, 3650 * D];

  function timeTicks(most) {
    const step = steps.find((s) => (to - from) / s <= most) || steps[steps.length - 1];
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      let text = step < S ? iso(at).slice(11, 23) : step < M ? iso(at).slice(11, 19) : iso(at).slice(11, 16);
      if (step >= 28 * D) text = iso(at).slice(0, 10);
      else if (step >= D || at % D === 0) text = day(at);
      else if (ticks.length === 0) text = day(at) + " " + text;
      ticks.push([at, text]);
    }
    return ticks;
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const g = canvas.getContext("2d");
    g.scale(ratio, ratio);
    const css = getComputedStyle(document.documentElement);
    const color = (name) => css.getPropertyValue("--" + name).trim();
    const right = width - 12;
    const split = Math.round(height * 0.68);
    const upper = [10, split - 10];
    const lower = [split + 14, height - 26];
    const x = (time) => left + ((time - from) / (to - from)) * (right - left);
    const a = Math.max(0, search(from) - 1);
    const b = Math.min(n, search(to) + 1);
    g.font = "12px system-ui, sans-serif";

    let least = Infinity;
    let most = -Infinity;
    for (let i = a; i < b; i++) {
      if (known(data.v[i]) && t[i] >= from && t[i] <= to) {
        least = Math.min(least, data.v[i]);
        most = Math.max(most, data.v[i]);
      }
    }
    if (least > most) { least = 0; most = 1; }
    const margin = 0.06 * (most - least) || 0.1 * Math.abs(least) || 1;
    least -= margin;
    most += margin;
    let top = data.rate ? -1.15 * Math.log10(data.rate) : 1;
    for (let i = a; i < b; i++) if (known(data.s[i])) top = Math.max(top, 1.05 * data.s[i]);

    function panel(area, low, high, count) {
      const y = (value) => {
        const share = (value - low) / (high - low);
        return area[1] - Math.min(1.5, Math.max(-0.5, share)) * (area[1] - area[0]);
      };
      const step = nice((high - low) / count);
      g.textAlign = "right";
      g.textBaseline = "middle";
      g.lineWidth = 1;
      for (let at = Math.ceil(low / step); at * step <= high; at++) {
        g.strokeStyle = color("grid");
        g.beginPath();
        g.moveTo(left, y(at * step));
        g.lineTo(right, y(at * step));
        g.stroke();
        g.fillStyle = color("muted");
        g.fillText(number(at * step, step), left - 8, y(at * step));
      }
      g.strokeStyle = color("grid");
      for (const [at] of ticks) {
        g.beginPath();
        g.moveTo(x(at), area[0]);
        g.lineTo(x(at), area[1]);
        g.stroke();
      }
      g.strokeStyle = color("frame");
      g.strokeRect(left, area[0], right - left, area[1] - area[0]);
      return y;
    }

    function clipped(area, paint) {
      g.save();
      g.beginPath();
      g.rect(left, area[0], right - left, area[1] - area[0]);
      g.clip();
      paint();
      g.restore();
    }

    function line(values, y, name, thick) {
      g.strokeStyle = color(name);
      g.lineWidth = thick;
      g.lineJoin = "round";
      g.beginPath();
      let pixel = -1, low, high, end, open = false, time = 0;
      const flush = () => {
        if (low !== high) { g.lineTo(pixel, y(low)); g.lineTo(pixel, y(high)); g.lineTo(pixel, y(end)); }
      };
      for (let i = a; i < b; i++) {
        const value = values[i];
        if (!known(value)) { if (open) flush(); open = false; continue; }
        const at = Math.round(x(t[i]) * 2) / 2;
        if (open && t[i] - time > data.gap) { flush(); open = false; }
        if (open && at === pixel) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        } else {
          if (open) { flush(); g.lineTo(at, y(value)); } else g.moveTo(at, y(value));
          pixel = at;
          low = high = value;
          open = true;
        }
        end = value;
        time = t[i];
      }
      if (open) flush();
      g.stroke();
    }

    function band(y) {
      g.fillStyle = color("band");
      let points = [];
      const fill = () => {
        if (points.length > 0) {
          g.beginPath();
          points.forEach(([px, , high]) => g.lineTo(px, y(high)));
          points.reverse().forEach(([px, low]) => g.lineTo(px, y(low)));
          g.fill();
        }
        points = [];
      };
      for (let i = a; i < b; i++) {
        if (!known(data.lo[i])) { fill(); continue; }
        const at = Math.round(x(t[i]));
        const end = points[points.length - 1];
        if (end && end[0] === at) {
          end[1] = Math.min(end[1], data.lo[i]);
          end[2] = Math.max(end[2], data.hi[i]);
        } else points.push([at, data.lo[i], data.hi[i]]);
      }
      fill();
    }

    const ticks = timeTicks(Math.max(2, Math.floor(width / 110)));
    const y = panel(upper, least, most, 7);
    clipped(upper, () => {
      g.fillStyle = color("label");
      for (const [start, end] of data.labels) g.fillRect(x(start), upper[0], Math.max(1.5, x(end) - x(start)), upper[1] - upper[0]);
      band(y);
      line(data.v, y, "line", 1.3);
      g.fillStyle = color("alert");
      for (const [, start, end] of data.alerts) g.fillRect(x(start), upper[1] - 5, Math.max(1.5, x(end) - x(start)), 5);
      for (const [i] of data.alerts) {
        g.beginPath();
        g.arc(x(t[i]), Math.min(upper[1], Math.max(upper[0], y(data.v[i] || 0))), 4, 0, 7);
        g.fill();
        g.strokeStyle = color("bg");
        g.stroke();
      }
    });
    const ys = panel(lower, 0, top, 3);
    clipped(lower, () => {
      line(data.s, ys, "surprise", 1.1);
      if (data.rate) {
        g.strokeStyle = color("alert");
        g.setLineDash([5, 4]);
        g.beginPath();
        g.moveTo(left, ys(-Math.log10(data.rate)));
        g.lineTo(right, ys(-Math.log10(data.rate)));
        g.stroke();
        g.setLineDash([]);
      }
    });
    g.textAlign = "center";
    g.textBaseline = "top";
    g.fillStyle = color("muted");
    for (const [at, text] of ticks) g.fillText(text, Math.min(right - 30, x(at)), lower[1] + 8);
    if (hover >= 0 && t[hover] >= from && t[hover] <= to) {
      g.strokeStyle = color("muted");
      g.beginPath();
      g.moveTo(x(t[hover]), upper[0]);
      g.lineTo(x(t[hover]), lower[1]);
      g.stroke();
    }
  }

  let due = false;
  function redraw() {
    if (!due) {
      due = true;
      requestAnimationFrame(() => { due = false; draw(); });
    }
  }

  function show(start, end) {
    const span = Math.min(last - first, Math.max(10, end - start));
    from = Math.min(last - span, Math.max(first, start));
    to = from + span;
    redraw();
  }

  const time = (px) => from + ((px - left) / (canvas.clientWidth - 12 - left)) * (to - from);
  const zoom = (factor, at) => show(at - (at - from) * factor, at + (to - at) * factor);
  const middle = () => (from + to) / 2;

  function point(i) {
    hover = Math.min(n - 1, Math.max(0, i));
    const range = known(data.lo[hover])
      ? `, expected ${number(data.lo[hover])} to ${number(data.hi[hover])}`.replace(/[\d.+e]*e\+?300/g, "∞") : "";
    const alert = data.alerts.find(([at]) => at === hover);
    say.textContent = `${iso(t[hover]).replace("T", " ").slice(0, 19)}: ` +
      (known(data.v[hover]) ? number(data.v[hover]) : "no value") + range +
      (known(data.s[hover]) ? `, ${data.name} ${number(data.s[hover])}` : "") + (alert ? ` — ${alert[3]}` : "");
    redraw();
  }

  canvas.addEventListener("wheel", (e) => {
    e.preventDefault();
    if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
      const shift = (e.deltaX / canvas.clientWidth) * (to - from);
      show(from + shift, to + shift);
    } else zoom(Math.exp(e.deltaY / 400), time(e.offsetX));
  }, {passive: false});
  let grip = null;
  canvas.addEventListener("pointerdown", (e) => {
    grip = time(e.offsetX);
    canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointerup", () => { grip = null; });
  canvas.addEventListener("pointermove", (e) => {
    if (grip !== null) {
      const shift = grip - time(e.offsetX);
      show(from + shift, to + shift);
    } else {
      const i = search(time(e.offsetX));
      point(i > 0 && i < n && time(e.offsetX) - t[i - 1] < t[i] - time(e.offsetX) ? i - 1 : i);
    }
  });
  canvas.addEventListener("dblclick", () => show(first, last));
  canvas.addEventListener("keydown", (e) => {
    const step = (to - from) / 5;
    const keys = {
      ArrowLeft: () => show(from - step, to - step),
      ArrowRight: () => show(from + step, to + step),
      "+": () => zoom(0.6, middle()),
      "-": () => zoom(1 / 0.6, middle()),
      Home: () => show(first, last),
      ",": () => point(hover - 1),
      ".": () => point(hover + 1),
    };
    if (keys[e.key]) {
      e.preventDefault();
      keys[e.key]();
    }
  });
  document.getElementById("in").addEventListener("click", () => zoom(0.6, middle()));
  document.getElementById("out").addEventListener("click", () => zoom(1 / 0.6, middle()));
  document.getElementById("all").addEventListener("click", () => show(first, last));
  for (const row of document.querySelectorAll("tr[data-alert]")) {
    row.querySelector("button").addEventListener("click", () => {
      const [i, start, end] = data.alerts[Number(row.dataset.alert)];
      const span = Math.max(end - start, (last - first) / 50);
      show(start - span, end + span);
      point(i);
      canvas.focus();
    });
  }
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  draw();
})();
