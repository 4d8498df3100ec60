/** Follows the lanes: the agent sends the changing part of each card as it would be in the page itself. */
function follow() {
  if (!document.querySelector("[data-live]")) return;
  const link = document.getElementById("link");
  const source = new EventSource("/technician/events");
  source.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    link.textContent = frame.link_text;
    link.className = `link ${frame.link}`;
    for (const [code, text] of Object.entries(frame.lanes)) {
      const part = document.getElementById(`live-${code}`);
      if (part && part.dataset.shown !== text) {
        part.innerHTML = text;
        part.dataset.shown = text;
      }
    }
  };
  source.addEventListener("ended", () => location.reload());
  source.onerror = () => {
    link.textContent = "No connection to the lot's computer; what is shown may be old.";
    link.className = "link lost";
  };
}

/** Sends an order without leaving the page, and says what came of it. */
async function send(event) {
  event.preventDefault();
  const form = event.target;
  const said = document.getElementById("said");
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body,
      headers: { accept: "application/json" },
    });
    if (response.status === 401 || response.status === 403) return void location.reload();
    const { ok, message } = await response.json();
    said.textContent = message;
    said.className = ok ? "said" : "said refused";
    if (ok) form.reset();
  } catch {
    said.textContent = "The lot's computer did not answer. Look at the lane before you try again.";
    said.className = "said refused";
  } finally {
    for (const button of buttons) button.disabled = false;
    event.submitter.focus();
  }
}

for (const form of document.querySelectorAll("form.orders")) form.addEventListener("submit", send);

/** A picture is asked for while it is looked at, and no longer. */
for (const picture of document.querySelectorAll("details.picture")) {
  const image = picture.querySelector("img[data-src]");
  const canvas = picture.querySelector("canvas");
  const smooth = picture.querySelector("button.smooth");
  let player = null;

  async function show() {
    const isSmooth = smooth.getAttribute("aria-pressed") === "true";
    player?.destroy();
    player = null;
    canvas.hidden = !isSmooth;
    image.hidden = isSmooth;
    if (picture.open && !isSmooth) image.src = image.dataset.src;
    else image.removeAttribute("src");
    if (!picture.open || !isSmooth) return;
    const { Player } = await loadPlayer();
    const address = `${location.origin.replace(/^http/, "ws")}${image.dataset.src}/smooth`;
    // WebAssembly is more than this page's rules for scripts allow.
    player = new Player(address, { canvas, audio: false, disableWebAssembly: true, pauseWhenHidden: true });
  }

  picture.addEventListener("toggle", () => void show());
  smooth.addEventListener("click", () => {
    smooth.setAttribute("aria-pressed", String(smooth.getAttribute("aria-pressed") !== "true"));
    void show();
  });
}

/** 25 pictures a second instead of 5 need a player, which only those load who ask for it. */
function loadPlayer() {
  loadPlayer.loaded ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/technician/player.js";
    script.onload = () => resolve(window.JSMpeg);
    script.onerror = reject;
    document.head.append(script);
  });
  return loadPlayer.loaded;
}

follow();
