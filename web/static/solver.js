// A worker that hashes with SHA-256. Asked {text}, it answers with the hash in hex. Asked
// {salt, challenge, maxnumber} (ALTCHA version 1), it answers with the number whose digits behind
// the salt hash to the challenge, or -1. Hashing here at once, rather than by crypto.subtle one
// promise at a time, is many times faster for such short texts, and works on plain http too.
const roots = [];
const K = [];
for (let p = 2; K.length < 64; p++) {
  let d = 2;
  while (d * d <= p && p % d) d++;
  if (d * d > p) {
    roots.push((Math.sqrt(p) * 2 ** 32) | 0);
    K.push((Math.cbrt(p) * 2 ** 32) | 0);
  }
}
const START = Int32Array.from(roots.slice(0, 8));
const W = new Int32Array(64);

// One block of 64 bytes at a place goes into the state.
const mix = (state, view, place) => {
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    if (i < 16) W[i] = view.getInt32(place + i * 4);
    else {
      const x = W[i - 15];
      const y = W[i - 2];
      W[i] =
        W[i - 16] + W[i - 7] +
        (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
        (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
    }
    const s = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t = (h + s + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const r = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    h = g;
    g = f;
    f = e;
    e = (d + t) | 0;
    d = c;
    c = b;
    b = a;
    a = (t + r + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
};

// The whole blocks at the front of a text are mixed once; `finish` adds digits and the end.
const begin = (text) => {
  const bytes = new TextEncoder().encode(text);
  const whole = bytes.length & ~63;
  const state = START.slice();
  for (let at = 0; at < whole; at += 64) mix(state, new DataView(bytes.buffer), at);
  const tail = new Uint8Array(192);
  tail.set(bytes.subarray(whole));
  return { state, whole, tail, view: new DataView(tail.buffer), rest: bytes.length - whole };
};
const finish = ({ state, whole, tail, view, rest }, digits) => {
  tail.fill(0, rest);
  for (let i = 0; i < digits.length; i++) tail[rest + i] = digits.charCodeAt(i);
  const length = rest + digits.length;
  const end = length > 55 ? 128 : 64;
  tail[length] = 128;
  view.setUint32(end - 4, (whole + length) * 8);
  const own = state.slice();
  for (let at = 0; at < end; at += 64) mix(own, view, at);
  return own;
};

const hex = (state) => Array.from(state, (n) => (n >>> 0).toString(16).padStart(8, "0")).join("");

onmessage = ({ data }) => {
  if (data.text !== undefined) return postMessage(hex(finish(begin(data.text), "")));
  const first = parseInt(data.challenge.slice(0, 8), 16) | 0;
  const begun = begin(data.salt);
  for (let n = 0; n <= data.maxnumber; n++) {
    const hash = finish(begun, "" + n);
    if (hash[0] === first && hex(hash) === data.challenge) return postMessage(n);
  }
  postMessage(-1);
};
