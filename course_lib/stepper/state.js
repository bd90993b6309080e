// What the story says, and what is known after a number of its steps.
// page.py joins state.js, mathematics.js, picture.js and stepper.js to one function of `id`, `style`, `story`, `more`:
// `story` is as story.py writes it; `more` holds the picture of the opened blocks, and which nodes and edges are in which
// boxes and arrows.

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
