// The page: takes files, hands them to the worker, shows the report that comes back in a frame that may do nothing but show it.

const drop = document.getElementById("drop");
const says = document.getElementById("says");
const report = document.getElementById("report");
const save = document.getElementById("save");
const worker = new Worker("worker.js", { type: "module" });

function say(text, bad = false) {
  says.textContent = text;
  says.className = bad ? "bad" : "";
}

async function explain(files) {
  const captures = await Promise.all(
    [...files].map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
  );
  if (!captures.length) return;
  say(`Reading ${captures.map((capture) => capture.name).join(", ")} ...`);
  report.hidden = save.hidden = true;
  const anonymize = document.getElementById("anonymize").checked;
  worker.postMessage({ captures, anonymize }, captures.map((capture) => capture.bytes.buffer));
}

worker.onmessage = ({ data }) => {
  if (data.progress) return say(data.progress);
  if (data.error) return say(data.error, true);
  say(data.summary);
  report.srcdoc = data.html;
  URL.revokeObjectURL(save.href);
  save.href = URL.createObjectURL(new Blob([data.html], { type: "text/html" }));
  report.hidden = save.hidden = false;
};
worker.onerror = (event) => say(`Python could not be started: ${event.message || "a file is missing beside this page"}`, true);

document.getElementById("files").onchange = (event) => explain(event.target.files);
// Wherever a file is dropped, the browser is not to open it in the place of this page.
for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop") explain(event.dataTransfer.files);
  });
}
