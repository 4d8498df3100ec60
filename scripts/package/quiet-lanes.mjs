// Plays the hardware of simulated lanes on which nothing happens: node quiet-lanes.mjs IO_SOCKET LANE...
import { connect } from "node:net";

const [, , path, ...lanes] = process.argv;
const AGAIN_MS = 500;
const ALIVE_MS = 25;

function play() {
  const socket = connect(path);
  const tell = (input) => socket.write(`${JSON.stringify({ ...input, t: String(process.hrtime.bigint()) })}\n`);
  let alive;
  socket.on("connect", () => {
    for (const lane of lanes) {
      for (const name of ["arming", "safety", "closing"]) tell({ kind: "loop", lane, name, signal: "clear" });
      for (const name of ["photo_eye", "fire"]) tell({ kind: "contact", lane, name, signal: "closed" });
      tell({ kind: "limit", lane, name: "up", active: false });
      tell({ kind: "limit", lane, name: "down", active: true });
    }
    alive = setInterval(() => tell({ kind: "alive" }), ALIVE_MS);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearInterval(alive);
    setTimeout(play, AGAIN_MS);
  });
  socket.resume();
}

play();
