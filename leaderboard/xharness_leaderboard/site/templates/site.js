// Sorts, filters and redraws the content of the page. The state is stored in the URL fragment.
"use strict";
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const places = new Map(data.entries.map((entry, place) => [entry.id, place]));
  const controls = new Map(all("[data-state]").map((control) => [control.dataset.state, control]));
  const tables = all(".ranking");
  const words = { "✕": "failed", "○": "skipped", "–": "not run", "≠": "runs disagree" };
  const defaults = new Map([...controls].map(([key, control]) => [key, read(control)]));
  let sort = "";
  let noiseSort = "";

  // Numbers are formatted as by Python (marks.py).
  const minus = (text) => text.replace("-", "−");
  const number = (value) => (value === null ? "–" : minus(value.toFixed(1)));
  const signed = (value) => (value === null ? "–" : (value < 0 ? "" : "+") + number(value));

  function read(control) {
    return control.type === "checkbox" ? (control.checked ? "1" : "") : control.value;
  }
  function write(control, value) {
    if (control.type === "checkbox") control.checked = value === "1";
    else control.value = value;
    if (control.tagName === "SELECT" && control.selectedIndex < 0) control.value = defaults.get(control.dataset.state);
  }
  const get = (key) => (controls.has(key) ? read(controls.get(key)) : "");

  function element(tag, text, className = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    made.className = className;
    return made;
  }
  const mean = (values) =>
    values.length && values.every((value) => value !== null) ? values.reduce((a, b) => a + b) / values.length : null;

  // The mean score of the selection; null if a cell of it is missing.
  function chosen(place, suite) {
    const [task, group, lang, family, script] = ["task", "group", "lang", "family", "script"].map(get);
    const inGroup = group ? suite.groups[group] ?? [] : null;
    const every = suite.tasks.length ? suite.tasks : data.tasks.map((about, at) => [at, about.langs]);
    const values = [];
    for (const [at, langs] of every) {
      const about = data.tasks[at];
      if ((task && about.name !== task) || (inGroup && !inGroup.includes(at))) continue;
      const wanted = langs.filter((one) => {
        const [code, itsFamily, itsScript] = data.languages[one];
        return (!lang || code === lang) && (!family || itsFamily === family) && (!script || itsScript === script);
      });
      if (!wanted.length) continue;
      const cells = data.cells[place][at];
      values.push(mean(wanted.map((one) => plain(cells[about.langs.indexOf(one)]))));
    }
    return mean(values);
  }
  const plain = (cell) => (Array.isArray(cell) ? cell[0] : typeof cell === "number" ? cell : null);

  function rank(table, key, down) {
    const head = all("thead th", table);
    const column = head.findIndex((cell) => cell.dataset.key === key);
    for (const cell of head) cell.removeAttribute("aria-sort");
    if (column < 0) return;
    head[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = head[column].classList.contains("n");
    const value = (row) => {
      const cell = row.cells[column];
      if (!numeric) return cell.textContent.trim();
      return cell.dataset.v ? Number(cell.dataset.v) : null;
    };
    for (const body of table.tBodies) {
      const rows = all("tr:not(.approach)", body).map((row) => [value(row), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null); // missing values are always last
        const order = numeric ? a - b : a.localeCompare(b);
        return down ? -order : order;
      });
      body.append(...rows.map(([, row]) => row));
    }
  }

  const upward = (head) => {
    const suite = data.suites[head.closest(".ranking").dataset.suite];
    return head.dataset.up ? head.dataset.up === "1" : suite?.up !== false;
  };
  function first(head) {
    const key = head.dataset.key;
    const score = ["score", "chosen", "whole"].includes(key) || /^(task|group):/.test(key);
    return score && (key === "whole" || upward(head)) ? `-${key}` : key;
  }

  function showRanking() {
    const name = get("suite") || tables[0].dataset.suite;
    const suite = data.suites[name] ?? { tasks: [], groups: {}, up: true };
    const outside = suite !== data.suites[name]; // the table of tasks in no suite
    const picks = ["task", "group", "lang", "family", "script"].map(get).filter(Boolean);
    const shown = tables.find((each) => each.dataset.suite === name) ?? tables[0];
    for (const each of tables) each.hidden = each !== shown;
    const query = get("q").toLowerCase().split(/\s+/).filter(Boolean);
    const [low, high] = ["min", "max"].map((key) => (get(key) === "" ? null : Number(get(key)) * 1e6));
    let count = 0;
    for (const row of all("tbody tr[data-id]", shown)) {
      const place = places.get(row.dataset.id);
      const entry = data.entries[place];
      row.hidden =
        !query.every((word) => entry.find.includes(word)) ||
        (get("recipe") && entry.recipe !== get("recipe")) ||
        (get("approach") && entry.approach !== get("approach")) ||
        (low !== null && entry.size < low) ||
        (high !== null && entry.size > high);
      count += !row.hidden;
      const cell = row.querySelector(".chosen");
      const value = picks.length ? chosen(place, suite) : null;
      cell.textContent = number(value);
      cell.dataset.v = value ?? "";
    }
    for (const body of shown.querySelector("table").tBodies) {
      body.hidden = body.querySelector(".approach") !== null && all("tr[data-id]", body).every((row) => row.hidden);
    }
    const group = get("group") && suite.groups[get("group")];
    for (const cell of all("th.chosen, td.chosen", shown)) cell.hidden = !picks.length;
    for (const cell of all('[data-key^="task:"]', shown)) {
      const task = cell.dataset.key.slice(5);
      cell.hidden = !(outside || get("cols") || (group && group.some((at) => data.tasks[at].name === task)));
    }
    const head = all("thead th", shown).find((cell) => cell.dataset.key === "chosen");
    const key = sort || (picks.length ? first(head) : "rank");
    rank(shown.querySelector("table"), key.replace(/^-/, ""), key.startsWith("-"));
    const about = picks.length ? ` Selection: the mean over ${picks.join(", ")}; not an official average.` : "";
    find("status").textContent = `${count} of ${data.entries.length} entries.${about}`;
  }

  function showHeat() {
    const table = find("heat");
    const place = places.get(get("model"));
    if (!table || place === undefined) return;
    find("heat-name").textContent = data.entries[place].label;
    data.tasks.forEach((task, at) => {
      const [worst, shades] = task.scale;
      task.langs.forEach((language, index) => {
        const found = data.cells[place][at][index];
        const cell = table.tBodies[0].rows[language].cells[at + 1];
        const value = plain(found);
        if (value === null) {
          const mark = element("span", found);
          mark.title = words[found];
          mark.setAttribute("aria-hidden", "true");
          cell.replaceChildren(mark, element("span", words[found], "unseen"));
          cell.className = "x";
          return;
        }
        cell.className = `h${Math.max(0, Math.min(8, Math.floor((value - worst) * shades)))}`;
        cell.replaceChildren(value.toFixed(1), ...(Array.isArray(found) ? [element("sup", "†")] : []));
      });
    });
  }

  function showPair() {
    const table = find("pair");
    const [a, b] = ["a", "b"].map((side) => places.get(get(side)));
    if (!table || a === undefined || b === undefined) return;
    const name = get("suite") || tables[0].dataset.suite;
    const suite = data.suites[name];
    const [one, other] = [data.entries[a], data.entries[b]];
    find("pair-a").textContent = one.label;
    find("pair-b").textContent = other.label;
    const pairs = data.pairs[name] ?? [];
    const found = pairs.find(([x, y]) => (x === a && y === b) || (x === b && y === a));
    const sign = found && found[0] === b ? -1 : 1;
    const lines = suite ? suite.tasks.map(([at]) => at) : data.tasks.map((_, at) => at);
    const rows = lines.map((at) => line(data.tasks[at].name, one.tasks[at], other.tasks[at], found?.[3][at], sign));
    if (suite) rows.unshift(line(`${name}, all tasks`, one.suites[name], other.suites[name], found?.[2], sign));
    table.tBodies[0].replaceChildren(...rows);
  }
  function line(name, a, b, test, sign) {
    const head = element("th", name);
    head.scope = "row";
    const by = test ? sign * test[0] : a === null || b === null ? null : a - b;
    const p = test ? test[3] : null;
    const sure = p !== null && p < 0.05 && by !== 0;
    const cell = element("td", signed(by) + (sure ? "*" : ""), `n ${sure ? (by > 0 ? "up" : "down") : ""}`);
    if (test && test[1] !== null) cell.append(" ", element("span", `± ${((test[2] - test[1]) / 2).toFixed(1)}`, "ci"));
    const tested = element("td", p === null ? "not tested" : String(p), p === null ? "n quiet" : "n");
    const row = document.createElement("tr");
    row.append(head, element("td", number(a), "n"), element("td", number(b), "n"), cell, tested);
    return row;
  }

  function showNoise() {
    const table = find("noise");
    if (!table) return;
    const heads = all("thead th", table).map((head) => head.dataset.key);
    for (const row of all("tbody tr", table)) {
      const found = data.noise[row.dataset.noised][get("noise")];
      row.hidden = !found;
      if (!found) continue;
      const [clean, noisy, drop, ci95, relative, worst, mce, rise, effective, coverage] = found;
      const [, , ...cells] = row.cells; // after entry and tasks
      [clean, ...noisy, drop, relative, worst, mce, rise, effective, coverage].forEach((value, at) => {
        const key = heads[at + 2];
        const cell = cells[at];
        if (key === "worst") cell.textContent = value ?? "–";
        else cell.textContent = key === "effective" ? signed(value) : number(value);
        cell.dataset.v = value ?? "";
        if (key === "drop" && ci95) cell.append(" ", element("span", `± ${((ci95[1] - ci95[0]) / 2).toFixed(1)}`, "ci"));
      });
    }
    if (noiseSort) rank(table, noiseSort.replace(/^-/, ""), noiseSort.startsWith("-"));
  }

  function show() {
    showRanking();
    showNoise();
    showHeat();
    showPair();
  }
  function save() {
    const state = new URLSearchParams();
    for (const [key, control] of controls) if (read(control) !== defaults.get(key)) state.set(key, read(control));
    if (sort) state.set("sort", sort);
    if (noiseSort) state.set("noise-sort", noiseSort);
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }
  function restore() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return; // a section of the page
    const state = new URLSearchParams(hash);
    for (const [key, control] of controls) write(control, state.get(key) ?? defaults.get(key));
    sort = state.get("sort") ?? "";
    noiseSort = state.get("noise-sort") ?? "";
    show();
    const section = state.has("a") || state.has("b") ? "compare" : state.has("model") ? "languages" : "";
    if (section && !state.has("sort")) find(section)?.scrollIntoView();
  }

  for (const each of all("[data-script]")) each.hidden = false;
  function sortable(head, initial, sorted) {
    const button = element("button", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const key = head.dataset.key;
      sorted(now === null ? initial(head) : now === "ascending" ? `-${key}` : key);
      save();
    });
  }
  for (const head of all(".ranking thead th")) {
    sortable(head, first, (chosen) => {
      sort = chosen;
      showRanking();
    });
  }
  for (const head of all("#noise thead th")) {
    const falling = /^(clean|at\d|effective|coverage)$/.test(head.dataset.key);
    sortable(head, () => (falling ? "-" : "") + head.dataset.key, (chosen) => {
      noiseSort = chosen;
      showNoise();
    });
  }
  for (const control of controls.values()) {
    control.addEventListener("input", () => {
      const key = control.dataset.state;
      if (key === "model") showHeat();
      else if (key === "noise") showNoise();
      else if (key === "a" || key === "b") showPair();
      else if (key === "suite") show();
      else showRanking();
      save();
    });
  }
  document.querySelector("form.filters").addEventListener("reset", (event) => {
    event.preventDefault();
    for (const control of all("[data-state]", event.target)) write(control, defaults.get(control.dataset.state));
    sort = "";
    show();
    save();
  });
  document.querySelector("form.filters").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", restore);
  show();
  restore();
}
