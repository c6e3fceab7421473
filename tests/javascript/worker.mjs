// A JavaScript client that serves a subject in the way it is told: subject, queue, behaviour.
// The same words as tests/broken/worker.py takes. Prints "up" once the server knows it.

import { connect } from "@nats-io/transport-node";

const { PEER_URL, PEER_USER, PEER_PASSWORD, PEER_NAME } = process.env;
const [subject, queue, told] = process.argv.slice(2);
const [behaviour, detail] = told.split(/:(.*)/);
const nc = await connect({
  servers: PEER_URL,
  user: PEER_USER,
  pass: PEER_PASSWORD,
  name: PEER_NAME,
  reconnectTimeWait: 50,
});

const serve = {
  answer: (message) => message.respond("done"),
  silent: () => {},
  throw: () => {
    throw new Error("out of tea");
  },
  block: () => {
    for (;;); // the whole client stands still, its answers to PINGs too
  },
  elsewhere: () => nc.publish(detail, "done"),
  large: (message) => message.respond(new Uint8Array(Number(detail))),
  needs: (message) => message.headers?.has(detail) && message.respond("done"),
  asks: async (message) => {
    const answer = await nc.request(detail, message.data, { timeout: 3600_000 });
    message.respond(answer.data);
  },
  slow: (message) => setTimeout(() => message.respond("done"), Number(detail) * 1000),
};

const callback = async (error, message) => {
  try {
    if (!error) await serve[behaviour](message);
  } catch {
    // what goes wrong here goes wrong on purpose
  }
};
nc.subscribe(subject, { queue: queue || undefined, callback });
await nc.flush();
console.log("up");
await nc.closed();
