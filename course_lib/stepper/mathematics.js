// The line of mathematics for one step, built from small pieces of a page.

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
