// Fills in the picture's own SVG, in which boxes and arrows stand in the order of the story's view.

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
      const shown = state[kind][n], question = asked === kind;
      const mapped = typeof shown === 'number' && tensors[shown][2].length;
      put(box, `.${kind} .mid`, question ? '?' : mapped ? '' : text(shown));
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
