// The controls around a picture, and everything that they set going: for each picture on the page that `id` means.

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
    intoSight(view.svg.querySelector('.active'));
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
  // In a picture that is wider than its frame, pan to where something happens.
  function intoSight(box) {
    if (!box || frame.scrollWidth <= frame.clientWidth) return;
    const [inner, outer] = [box, frame].map(element => element.getBoundingClientRect());
    if (inner.left < outer.left || inner.right > outer.right) {
      frame.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
    }
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
