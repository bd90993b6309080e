// Makes still pictures on this page step through their stories. `id` says which pictures, `style` is their style sheet,
// `story` is as story.py writes it. Works on the picture's own SVG: its boxes and arrows stand there in the story's order.
(function (id, style, story) {
  'use strict';
  const [output, nodes, edges, tensors, steps] = story, predictFirst = story[6];
  const SVG = 'http://www.w3.org/2000/svg';
  const KINDS = ['forward', 'start', 'send', 'add', 'raised', 'end'];
  const NODE = { name: 0, operation: 2, role: 3, formula: 4, value: 7, gradient: 8 };

  const told = steps.map(([kind, node, edge, value = '', gradient = '', given = '', local = '', after = '', terms = [], words = '', blamed = -1]) =>
    ({ kind: KINDS[kind], node, edge, value, gradient, given, local, after, terms, words, blamed }));
  const firstBackward = told.findIndex(step => step.kind !== 'forward' && step.kind !== 'raised');
  const forwards = firstBackward < 0 ? told.length : firstBackward;
  const inputs = nodes.map((_, n) => edges.filter(edge => edge[1] === n).sort((a, b) => a[2] - b[2]).map(edge => edge[0]));
  const uses = nodes.map((_, n) => edges.filter(edge => edge[0] === n).length);

  // --- What is known after a number of steps ----------------------------------------------------------------------

  function states() {
    const computes = new Set(told.filter(step => step.kind === 'forward').map(step => step.node));
    const sends = told.some(step => step.kind === 'send' || step.kind === 'add');
    let state = {
      value: nodes.map((node, n) => computes.has(n) ? '' : node[NODE.value]),
      gradient: nodes.map(node => sends ? '' : computes.size ? '' : node[NODE.gradient]),
      sum: nodes.map(() => []), sent: edges.map(() => ''), local: edges.map(() => ''), warned: nodes.map(() => ''),
    };
    if (told.length) told.slice(0, forwards).forEach(step => { if (step.gradient !== '') state.gradient[step.node] = step.gradient; });
    const all = [state];
    for (const step of told) {
      state = Object.fromEntries(Object.entries(state).map(([key, list]) => [key, list.slice()]));
      const receiver = step.edge >= 0 ? edges[step.edge][0] : step.node;
      if (step.kind === 'forward') { state.value[step.node] = step.value; state.gradient[step.node] = step.gradient; }
      if (step.kind === 'start' || step.kind === 'send') state.gradient[step.node] = step.gradient;
      if (step.edge >= 0) { state.sent[step.edge] = step.given; state.local[step.edge] = step.local || state.local[step.edge]; }
      if (step.after !== '') { state.gradient[receiver] = step.after; state.sum[receiver] = step.terms; }
      if (step.blamed >= 0) state.warned[step.blamed] = step.words;
      if (step.kind === 'end') nodes.forEach((node, n) => { state.value[n] = node[NODE.value]; state.gradient[n] = node[NODE.gradient]; state.warned[n] = node[11]; });
      all.push(state);
    }
    const last = all[all.length - 1];
    nodes.forEach((node, n) => { last.warned[n] = node[11]; });
    return all;
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
    const bytes = Uint8Array.from(atob(image.src.split(',')[1]), character => character.charCodeAt(0));
    const parsed = new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'image/svg+xml').documentElement;
    const svg = document.importNode(parsed, true);
    svg.style.cssText = `min-width:${Math.round(svg.getAttribute('width') * 0.75)}px`;
    svg.querySelectorAll(':scope > title, :scope > desc').forEach(words => words.remove());
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
    return draw('path', { class: 'rev', d: `M${start.x} ${start.y}l8-3.8-1.8 3.8 1.8 3.8z` });
  }

  function painter(svg) {
    const boxes = [...svg.querySelectorAll('.node')], arrows = [...svg.querySelectorAll('.edge')];
    const put = (within, selector, words) => { const place = within.querySelector(selector); if (place && place.textContent !== words) place.textContent = words; };
    return function paint(state, step, hidden) {
      const forward = step && step.kind === 'forward', sends = step && step.edge >= 0;
      const receiver = sends ? edges[step.edge][0] : step && step.kind === 'add' ? step.node : -1;
      boxes.forEach((box, n) => {
        const ask = kind => hidden && (kind === 'value' ? forward && n === step.node : n === receiver || step.kind === 'start' && n === step.node);
        const classes = ['node'];
        if (nodes[n][NODE.role] === 'constant') classes.push('constant');
        else {
          for (const kind of ['value', 'gradient']) {
            const shown = state[kind][n], question = ask(kind), tensor = typeof shown === 'number';
            put(box, `.${kind} .mid`, question ? '?' : tensor ? '' : shown);
            const sign = box.querySelector(`.${kind}`);
            if (sign) sign.style.visibility = shown === '' && !question ? 'hidden' : '';
            const group = box.querySelector(`.${kind}-map`);
            if (group) map(group, question ? '' : shown);
          }
          if (state.value[n] === '') classes.push('later');
        }
        const shares = state.sum[n];
        put(box, '.sum', hidden && n === receiver || !shares.length ? '' : `= ${sum(shares)}`);
        if (state.warned[n]) classes.push('warned');
        if (step && n === step.node && step.kind !== 'end') classes.push('active');
        if (n === receiver && n !== (step && step.node)) classes.push('receives');
        box.setAttribute('class', classes.join(' '));
        const badge = box.querySelector('.warning');
        if (badge) badge.style.display = state.warned[n] ? '' : 'none';
      });
      arrows.forEach((arrow, e) => {
        const active = sends && e === step.edge, into = forward && edges[e][1] === step.node;
        arrow.setAttribute('class', `edge${active ? ' back' : into ? ' flow' : ''}`);
        arrow.querySelectorAll('.rev').forEach(tip => tip.remove());
        if (active) arrow.append(reversed(arrow));
        put(arrow, '.label', state.local[e] ? `×${state.local[e]}` : '');
        put(arrow, '.sent', active && hidden ? '?' : text(state.sent[e]));
      });
    };
  }

  // --- Everything around it ----------------------------------------------------------------------------------------

  function enhance(host) {
    const image = host.querySelector('img');
    const svg = pictureOf(image), paint = painter(svg), all = states(), count = told.length;
    const counts = all.map(state => [held(state.value), held(state.gradient)]);
    const peak = Math.max(1, ...counts.map(([values, gradients]) => values + gradients));
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
    const maths = make('div', { class: 'line' }), spoken = make('div', { class: 'unseen', 'aria-live': 'polite' });
    const heldBar = make('span', { class: 'held' }), sentBar = make('span', { class: 'sent' }), tick = make('span', { class: 'peak' });
    const memory = make('span');
    const panel = make('div', { class: 'stepper', tabindex: 0, role: 'group', 'aria-label': 'Stepping through a computation graph' },
      controls, maths, make('div', { class: 'frame' }, svg),
      make('div', { class: 'memory' }, 'numbers in memory', make('span', { class: 'bar' }, heldBar, sentBar, tick), memory), spoken, table());

    function show(to, hide = false) {
      at = Math.max(0, Math.min(count, to));
      hidden = hide && at > 0 && !['raised', 'end'].includes(told[at - 1].kind);
      const step = told[at - 1], state = all[at];
      paint(state, step, hidden);
      range.value = at;
      range.setAttribute('aria-valuetext', `step ${at} of ${count}`);
      counter.textContent = `${at} / ${count}`;
      back.disabled = at === 0;
      next.disabled = at === count && !hidden;
      next.replaceChildren(hidden ? 'reveal' : icon(ICONS.next));
      next.className = hidden ? 'reveal' : '';
      const { math, total, say } = step ? line(step, all[at - 1], hidden, reveal) : { math: [], total: [], say: ['Nothing has been computed yet.'] };
      const warning = step && step.words;
      maths.replaceChildren(...[math, total].filter(part => part.length).map(part => make('span', { class: 'math' }, ...part)),
        ...say.map(words => make('span', { class: 'say' }, words)), ...(warning ? [make('span', { class: 'warn' }, warning)] : []));
      spoken.textContent = `Step ${at} of ${count}. ${maths.textContent}`;
      const [values, gradients] = counts[at], percent = number => `${100 * number / peak}%`;
      heldBar.style.width = percent(values);
      sentBar.style.width = percent(gradients);
      const highest = Math.max(...counts.slice(0, at + 1).map(([v, g]) => v + g));
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
      cells('td', node[NODE.name], node[NODE.operation], text(node[NODE.value]), text(node[NODE.gradient]), node[11]));
    return make('table', { class: 'unseen' }, make('caption', {}, 'The nodes in the end'),
      cells('th', 'node', 'operation', 'value', 'gradient', 'remark'), ...rows);
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
