// Makes still pictures on this page step through their stories. `id` says which pictures, `style` is their style sheet,
// `story` is as story.py writes it; `more` holds the picture of the opened blocks, and which nodes and edges are
// in which boxes and arrows. Works on the picture's own SVG, in which boxes and arrows stand in the same order.
(function (id, style, story, more) {
  'use strict';
  const [output, nodes, edges, tensors, steps] = story, predictFirst = story[6];
  const [otherPictures, shapes] = more;
  const SVG = 'http://www.w3.org/2000/svg';
  const KINDS = ['forward', 'start', 'send', 'add', 'raised', 'end'];
  const NODE = { name: 0, operation: 2, role: 3, formula: 4, value: 7, gradient: 8, fault: 11 };

  const told = steps.map(([kind, node, edge, value = '', gradient = '', given = '', local = '', after = '', terms = [], words = '', blamed = -1]) =>
    ({ kind: KINDS[kind], node, edge, value, gradient, given, local, after, terms, words, blamed }));
  const firstBackward = told.findIndex(step => step.kind !== 'forward' && step.kind !== 'raised');
  const forwards = firstBackward < 0 ? told.length : firstBackward;
  const inputs = nodes.map((_, n) => edges.filter(edge => edge[1] === n).sort((a, b) => a[2] - b[2]).map(edge => edge[0]));
  const uses = nodes.map((_, n) => edges.filter(edge => edge[0] === n).length);

  // --- What is known after a number of steps ----------------------------------------------------------------------

  const receiverOf = step => step.edge >= 0 ? edges[step.edge][0] : step.kind === 'add' ? step.node : -1;

  function beginning() {
    const computes = new Set(told.filter(step => step.kind === 'forward').map(step => step.node));
    const state = {
      value: nodes.map((node, n) => computes.has(n) ? '' : node[NODE.value]),
      gradient: nodes.map(node => told.length ? '' : node[NODE.gradient]),
      sum: nodes.map(() => []), sent: edges.map(() => ''), local: edges.map(() => ''), warned: nodes.map(() => ''),
    };
    told.slice(0, forwards).forEach(step => { if (step.gradient !== '') state.gradient[step.node] = step.gradient; });
    return state;
  }

  function apply(state, step) {
    const { node, edge, kind } = step, receiver = receiverOf(step);
    if (kind === 'forward') { state.value[node] = step.value; state.gradient[node] = step.gradient; }
    if (kind === 'start' || kind === 'send') state.gradient[node] = step.gradient;
    if (edge >= 0) { state.sent[edge] = step.given; state.local[edge] = step.local || state.local[edge]; }
    if (step.after !== '' && receiver >= 0) { state.gradient[receiver] = step.after; state.sum[receiver] = step.terms; }
    if (step.blamed >= 0) state.warned[step.blamed] = step.words;
    if (step === told[told.length - 1]) nodes.forEach((n, i) => {
      state.warned[i] = n[NODE.fault];
      if (kind === 'end') { state.value[i] = n[NODE.value]; state.gradient[i] = n[NODE.gradient]; }
    });
  }

  let reached = [0, beginning()];
  function stateAt(steps) {
    let [at, state] = reached[0] <= steps ? reached : [0, beginning()];
    for (; at < steps; at++) apply(state, told[at]);
    reached = [at, state];
    return state;
  }

  const size = shown => shown === '' ? 0 : typeof shown === 'number' ? tensors[shown][1] : 1;
  const held = list => list.reduce((sum, shown) => sum + size(shown), 0);
  const text = shown => typeof shown === 'number' ? tensors[shown][0] : shown;

  // --- Small pieces of a page ----------------------------------------------------------------------------------------

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }
  function draw(tag, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }
  const icon = path => draw('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, draw('path', { d: path }));
  const ICONS = { play: 'M3 1.5v13l11-6.5z', pause: 'M3 2h3.5v12H3zM9.5 2H13v12H9.5z', back: 'M12 1.5v13L2 8z', next: 'M4 1.5v13L14 8z' };

  // --- One line of mathematics -------------------------------------------------------------------------------------

  const letter = n => nodes[n][NODE.role] === 'constant' ? nodes[n][NODE.name] : make('i', {}, nodes[n][NODE.name]);
  const derivative = (top, n) => make('span', { class: 'frac' },
    make('span', {}, '∂', make('i', {}, top)), make('span', {}, '∂', letter(n)));
  const bracketed = shown => shown.startsWith('−') ? `(${shown})` : shown;

  // A formula with letters or numbers put in: `({0} + {1})/2`, `e^[{0}]`.
  function formula(pattern, put) {
    const parts = [], place = { at: parts };
    for (const [token] of pattern.matchAll(/\{\d+\}|\^\[|\]|[^{^\]]+|./g)) {
      const slot = /^\{(\d+)\}$/.exec(token);
      if (slot) place.at.push(put(+slot[1]));
      else if (token === '^[') place.at = [];
      else if (token === ']' && place.at !== parts) { parts.push(make('sup', {}, ...place.at)); place.at = parts; }
      else place.at.push(token);
    }
    return parts;
  }
  function sum(terms) {
    return terms.map((term, i) => i === 0 ? term : term.startsWith('−') ? ` − ${term.slice(1)}` : ` + ${term}`).join('');
  }

  function line(step, before, hidden, reveal) {
    const number = (kind, shown) => hidden ? ask() : make('span', { class: kind }, typeof shown === 'number' ? `${text(shown)} tensor` : shown);
    function ask() {
      const question = make('span', { class: 'hid', role: 'button', title: 'Predict, then click to reveal' }, '?');
      question.onclick = reveal;
      return question;
    }
    const math = [], total = [], say = [];
    const { node, edge } = step;
    if (step.kind === 'forward') {
      const pattern = nodes[node][NODE.formula];
      math.push(letter(node), ' = ');
      if (pattern) {
        math.push(...formula(pattern, slot => letter(inputs[node][slot])), ' = ');
        const put = pattern.startsWith('e^') ? shown => shown : bracketed;
        const known = inputs[node].every(n => typeof before.value[n] === 'string' && before.value[n] !== '');
        const numbers = known ? make('span', {}, ...formula(pattern, slot => make('span', { class: 'v' }, put(before.value[inputs[node][slot]])))) : '';
        if (known && (hidden || numbers.textContent !== step.value)) math.push(numbers, ' = ');
      }
      math.push(number('v', step.value));
    } else if (step.kind === 'start') {
      math.push(derivative(output, node), ' = ', number('g', step.gradient));
      say.push('the backward pass starts at the output');
    } else if (step.kind === 'send') {
      const to = edges[edge] ? edges[edge][0] : -1;
      if (to < 0) say.push(`${nodes[node][NODE.name]} sends to a node that is not drawn`);
      else {
        const chain = [derivative(output, node), ' · ', derivative(nodes[node][NODE.name], to)];
        if (uses[to] === 1) math.push(derivative(output, to), ' = ');
        math.push(...chain, ' = ');
        if (step.local) math.push(make('span', { class: 'g' }, text(step.gradient)), ' · ', make('span', { class: 'l' }, bracketed(step.local)), ' = ');
        math.push(number('g', step.given));
      }
      if (step.after === '') say.push('sent, but not added at this moment');
      else if (to >= 0 && uses[to] > 1) {
        total.push(derivative(output, to), ' = ');
        if (!step.terms.length) total.push(number('g', step.after), make('span', { class: 'say' }, ' so far'));
        else if (hidden) total.push(ask());
        else total.push(sum(step.terms), ' = ', number('g', step.after));
      }
    } else if (step.kind === 'add') {
      const to = edge >= 0 ? edges[edge][0] : node;
      math.push(derivative(output, to), ' = ');
      if (step.terms.length && !hidden) math.push(sum(step.terms), ' = ');
      math.push(number('g', step.after));
      say.push(edge >= 0 ? `what ${nodes[node][NODE.name]} sent is added now` : 'added, but not as it was sent');
    } else if (step.kind === 'raised') {
      math.push(letter(node), ' …');
    }
    return { math, total, say };
  }

  // --- The picture -------------------------------------------------------------------------------------------------

  function pictureOf(image) {
    const text = decodeURIComponent(image.src.slice(image.src.indexOf(',') + 1));
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    const svg = document.importNode(parsed, true);
    svg.style.cssText = `min-width:${Math.round(svg.getAttribute('width') * 0.75)}px`;
    svg.setAttribute('aria-label', image.alt);
    return svg;
  }

  function map(group, shown) {
    group.textContent = '';
    if (typeof shown !== 'number') return;
    const [shape, , rows] = tensors[shown];
    const columns = rows.length ? rows[0].length : 0;
    const cell = Math.min(9, 36 / Math.max(1, rows.length), 52 / Math.max(1, columns));
    const largest = Math.max(...rows.flat().map(Math.abs)) || 1;
    const [x, y] = [-cell * columns / 2, -cell * rows.length / 2];
    rows.forEach((row, i) => row.forEach((entry, j) => {
      const minus = entry < 0;
      const square = draw('rect', {
        class: `cell ${minus ? 'minus' : 'plus'}`, x: x + j * cell, y: y + i * cell, width: cell, height: cell,
        'fill-opacity': entry === null ? 0 : 0.12 + 0.88 * Math.abs(entry) / largest,
      }, draw('title', {}, `${entry === null ? 'not a finite number' : String(entry).replace('-', '−')}   (one of ${shape})`));
      group.append(square);
      if (minus) group.append(draw('path', { class: 'bar', d: `M${x + j * cell + cell / 4} ${y + i * cell + cell / 2}h${cell / 2}` }));
    }));
  }

  function reversed(arrow) {
    const start = arrow.querySelector('.line').getPointAtLength(0);
    return draw('path', { class: 'rev', d: `M${start.x} ${start.y}l8-4-2 4 2 4z` });
  }

  function put(within, selector, words) {
    const found = within.querySelector(selector);
    if (found && found.textContent !== words) found.textContent = words;
  }

  // Fills in one picture: `shape` says which nodes and edges are in each of its boxes and arrows.
  function painter(svg, [members, bundles, repeats]) {
    const boxes = [...svg.querySelectorAll('.node')], arrows = [...svg.querySelectorAll('.edge')];
    const ofNode = [], ofEdge = [];
    members.forEach((places, box) => places.forEach(n => { ofNode[n] = box; }));
    bundles.forEach((places, arrow) => places.forEach(e => { ofEdge[e] = arrow; }));

    function paintBlock(box, places, state) {
      const inner = places.filter(n => nodes[n][NODE.role] !== 'constant');
      for (const kind of ['value', 'gradient']) {
        const known = inner.filter(n => state[kind][n] !== '').length;
        put(box, `.${kind} .mid`, known ? `${known} of ${inner.length}` : '');
        const sign = box.querySelector(`.${kind}`);
        if (sign) sign.style.visibility = known ? '' : 'hidden';
      }
    }

    function paintNode(box, n, state, asked) {
      for (const kind of ['value', 'gradient']) {
        const shown = state[kind][n], question = asked === kind, tensor = typeof shown === 'number';
        put(box, `.${kind} .mid`, question ? '?' : tensor ? '' : shown);
        const sign = box.querySelector(`.${kind}`);
        if (sign) sign.style.visibility = shown === '' && !question ? 'hidden' : '';
        const group = box.querySelector(`.${kind}-map`);
        if (group) map(group, question ? '' : shown);
      }
      put(box, '.sum', asked === 'gradient' || !state.sum[n].length ? '' : `= ${sum(state.sum[n])}`);
    }

    return function paint(state, step, hidden) {
      const forward = step && step.kind === 'forward', receiver = step ? receiverOf(step) : -1;
      const active = step && step.kind !== 'end' ? ofNode[step.node] : -1;
      boxes.forEach((box, b) => {
        const [n] = members[b], classes = ['node'];
        const warned = members[b].some(place => state.warned[place]);
        if (nodes[n][NODE.role] === 'constant' && !repeats[b]) classes.push('constant');
        else if (repeats[b]) paintBlock(box, members[b], state);
        else {
          const isNew = forward ? n === step.node : step && (n === receiver || step.kind === 'start' && n === step.node);
          paintNode(box, n, state, hidden && isNew ? (forward ? 'value' : 'gradient') : '');
        }
        if (members[b].every(place => state.value[place] === '')) classes.push('later');
        if (repeats[b]) classes.push('block');
        if (warned) classes.push('warned');
        if (b === active) classes.push('active');
        else if (receiver >= 0 && b === ofNode[receiver]) classes.push('receives');
        box.setAttribute('class', classes.join(' '));
        const badge = box.querySelector('.warning');
        if (badge) badge.style.display = warned ? '' : 'none';
      });
      arrows.forEach((arrow, a) => {
        const back = step && step.edge >= 0 && a === ofEdge[step.edge];
        const into = forward && bundles[a].some(e => edges[e][1] === step.node);
        arrow.setAttribute('class', `edge${back ? ' back' : into ? ' flow' : ''}`);
        arrow.querySelectorAll('.rev').forEach(tip => tip.remove());
        if (back) arrow.append(reversed(arrow));
        if (bundles[a].length > 1) return;
        const [e] = bundles[a];
        put(arrow, '.label', state.local[e] ? `×${state.local[e]}` : '');
        put(arrow, '.sent', back && hidden ? '?' : text(state.sent[e]));
      });
    };
  }

  // --- Everything around it ----------------------------------------------------------------------------------------

  // How many numbers are held as values and as gradients, after each step.
  function memoryUse() {
    const state = beginning(), used = [[held(state.value), held(state.gradient)]];
    for (const step of told) {
      const touched = step.kind === 'end' ? nodes.map((_, n) => n) : [...new Set([step.node, receiverOf(step)])].filter(n => n >= 0);
      const measure = () => ['value', 'gradient'].map(kind => touched.reduce((total, n) => total + size(state[kind][n]), 0));
      const before = measure();
      apply(state, step);
      const after = measure(), last = used[used.length - 1];
      used.push([last[0] + after[0] - before[0], last[1] + after[1] - before[1]]);
    }
    return used;
  }

  function enhance(host) {
    const opened = document.createElement('template');
    opened.innerHTML = otherPictures[0] || '';
    const whole = [nodes.map((_, n) => [n]), edges.map((_, e) => [e]), nodes.map(() => 0)];
    const views = [host.querySelector('img'), ...opened.content.querySelectorAll('img')].map((image, i) => {
      const svg = pictureOf(image);
      return { svg, paint: painter(svg, shapes[i] || whole) };
    });
    let view = views[0];
    const count = told.length, counts = memoryUse();
    const peaks = [];
    counts.forEach(([values, gradients], i) => peaks.push(Math.max(peaks[i - 1] || 1, values + gradients)));
    const peak = peaks[count];
    let at = predictFirst ? 0 : count, hidden = false, timer = 0;

    const button = (label, path) => make('button', { type: 'button', title: label, 'aria-label': label }, icon(path));
    const play = button('Play', ICONS.play), back = button('One step back', ICONS.back), next = button('One step on', ICONS.next);
    const range = make('input', { type: 'range', min: 0, max: count, step: 1, 'aria-label': 'Step' });
    const phases = make('div', { class: 'phases', 'aria-hidden': 'true' });
    if (forwards) phases.append(make('span', { class: 'f', style: `flex:${forwards}` }, 'forward'));
    if (count > forwards) phases.append(make('span', { class: 'b', style: `flex:${count - forwards}` }, 'backward'));
    const counter = make('span', { class: 'count' });
    const predict = make('input', { type: 'checkbox' });
    predict.checked = predictFirst;
    const controls = make('div', { class: 'controls' }, play, back, next, make('div', { class: 'track' }, range, phases), counter,
      make('label', { title: 'Hide each new number until you have predicted it' }, predict, 'predict'));
    const frame = make('div', { class: 'frame' }, view.svg);
    const fold = make('button', { type: 'button' }, 'open repeats');
    if (views.length > 1) controls.append(fold);
    const maths = make('div', { class: 'line' }), spoken = make('div', { class: 'unseen', 'aria-live': 'polite' });
    const heldBar = make('span', { class: 'held' }), sentBar = make('span', { class: 'sent' }), tick = make('span', { class: 'peak' });
    const memory = make('span');
    const panel = make('div', { class: 'stepper', tabindex: 0, role: 'group', 'aria-label': 'Stepping through a computation graph' },
      controls, maths, frame,
      make('div', { class: 'memory' }, 'numbers in memory', make('span', { class: 'bar' }, heldBar, sentBar, tick), memory), spoken, table());

    function show(to, hide = false) {
      at = Math.max(0, Math.min(count, to));
      hidden = hide && at > 0 && !['raised', 'end'].includes(told[at - 1].kind);
      const step = told[at - 1];
      const { math, total, say } = step ? line(step, stateAt(at - 1), hidden, reveal)
        : { math: [], total: [], say: [count ? 'Nothing has been computed yet.' : ''] };
      view.paint(stateAt(at), step, hidden);
      range.value = at;
      range.setAttribute('aria-valuetext', `step ${at} of ${count}`);
      counter.textContent = `${at} / ${count}`;
      back.disabled = at === 0;
      next.disabled = at === count && !hidden;
      next.replaceChildren(hidden ? 'reveal' : icon(ICONS.next));
      next.className = hidden ? 'reveal' : '';
      const warning = step && step.words;
      maths.replaceChildren(...[math, total].filter(part => part.length).map(part => make('span', { class: 'math' }, ...part)),
        ...say.map(words => make('span', { class: 'say' }, words)), ...(warning ? [make('span', { class: 'warn' }, warning)] : []));
      spoken.textContent = `Step ${at} of ${count}. ${maths.textContent}`;
      const [values, gradients] = counts[at], percent = number => `${100 * number / peak}%`;
      heldBar.style.width = percent(values);
      sentBar.style.width = percent(gradients);
      const highest = peaks[at];
      tick.style.left = percent(highest);
      memory.textContent = `${(values + gradients).toLocaleString('en')} now, ${highest.toLocaleString('en')} at the peak`;
    }
    const reveal = () => show(at);
    const forth = () => hidden ? reveal() : show(at + 1, predict.checked);
    function stop() { clearInterval(timer); timer = 0; play.replaceChildren(icon(ICONS.play)); play.title = 'Play'; }
    function toggle() {
      if (timer) return stop();
      if (at === count) show(0);
      play.replaceChildren(icon(ICONS.pause));
      play.title = 'Pause';
      timer = setInterval(() => { if (!panel.isConnected || at === count && !hidden) stop(); else forth(); }, 1100);
    }
    function turn() {
      view = views[view === views[0] ? 1 : 0];
      frame.replaceChildren(view.svg);
      fold.textContent = view === views[0] ? 'open repeats' : 'close repeats';
      show(at, hidden);
    }
    fold.onclick = turn;
    frame.onclick = event => { if (views.length > 1 && event.target.closest('.block')) turn(); };
    play.onclick = toggle;
    back.onclick = () => { stop(); show(at - 1); };
    next.onclick = () => { stop(); forth(); };
    range.oninput = () => { stop(); show(+range.value); };
    predict.onchange = () => { if (!predict.checked) reveal(); else if (at === count) show(0); };
    panel.onkeydown = event => {
      const keys = { ArrowRight: forth, ArrowLeft: () => show(at - 1), Home: () => show(0), End: () => show(count) };
      if (event.key === ' ' && event.target === panel) keys[' '] = toggle;
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key !== ' ') stop();
      keys[event.key]();
      event.preventDefault();
      event.stopPropagation();
    };
    let before = at;
    addEventListener('beforeprint', () => { before = at; show(count); });
    addEventListener('afterprint', () => show(before));

    const root = host.attachShadow({ mode: 'open' });
    root.append(make('style', {}, style), panel);
    host.setAttribute('data-lm-suppress-shortcuts', 'true');  // so that JupyterLab leaves the arrow keys to us
    followTheme(host);
    show(at);
  }

  // For those who hear the page: what each node is and holds in the end.
  function table() {
    const cells = (tag, ...words) => make('tr', {}, ...words.map(word => make(tag, {}, word)));
    const rows = nodes.filter(node => node[NODE.role] !== 'constant').map(node =>
      cells('td', node[NODE.name], node[NODE.operation], text(node[NODE.value]), text(node[NODE.gradient]), node[NODE.fault]));
    return make('div', { class: 'unseen' }, make('table', {}, make('caption', {}, 'The nodes in the end'),
      cells('th', 'node', 'operation', 'value', 'gradient', 'remark'), ...rows));
  }

  // Dark where the page behind the picture is dark, whoever made it so.
  function followTheme(host) {
    function look() {
      let dark = false;
      for (let element = host.parentElement; element; element = element.parentElement) {
        const [r, g, b, alpha = 1] = (getComputedStyle(element).backgroundColor.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
        if (alpha > 0.5) { dark = 0.3 * r + 0.6 * g + 0.1 * b < 110; break; }
      }
      host.toggleAttribute('dark', dark);
    }
    const later = () => setTimeout(look, 50);
    for (const element of [document.documentElement, document.body]) new MutationObserver(later).observe(element, { attributes: true });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later);
    look();
    setTimeout(look, 400);
  }

  for (const host of document.querySelectorAll(`.backprop-steps[data-story="${id}"]`)) {
    if (!host.shadowRoot) {
      try { enhance(host); } catch (error) { console.warn('The picture stays still:', error); }
    }
  }
})
