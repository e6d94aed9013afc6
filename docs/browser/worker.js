// Python, beside the page: it is started once, and explains what it is sent.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const PROGRAM = `
from pathlib import Path
from tcpexplain import TcpexplainError, read
from tcpexplain.reports import html

def explain(paths, anonymize):
    try:
        capture = read(paths if len(paths) > 1 else paths[0], anonymize=anonymize)
    except TcpexplainError as error:
        return {"error": "\\n".join(part for part in (error.message, error.note, error.help) if part)}
    # Of the names only the last part: the folder is this page's own.
    return {"summary": repr(capture).strip("<>").replace("/captures/", ""), "html": html.render(capture)}
explain
`;

async function start() {
  postMessage({ progress: "Starting Python, some seconds the first time ..." });
  const pyodide = await loadPyodide({ indexURL: "./pyodide/" });
  const { wheel } = await (await fetch("wheel.json")).json();
  pyodide.unpackArchive(await (await fetch(wheel)).arrayBuffer(), "wheel");
  return { pyodide, explain: pyodide.runPython(PROGRAM) };
}

let started;
let before = Promise.resolve();

async function answer({ captures, anonymize }) {
  try {
    const { pyodide, explain } = await (started ??= start());
    pyodide.FS.mkdirTree("/captures");
    const names = captures.map(({ name }) => `/captures/${name.replaceAll("/", "_")}`);
    names.forEach((name, at) => pyodide.FS.writeFile(name, captures[at].bytes));
    postMessage({ progress: "Explaining ..." });
    const told = explain(pyodide.toPy(names), anonymize);
    postMessage(told.toJs({ dict_converter: Object.fromEntries }));
    told.destroy();
    names.forEach((name) => pyodide.FS.unlink(name));
  } catch (error) {
    postMessage({ error: String(error.message ?? error) });
  }
}

onmessage = ({ data }) => {
  before = before.then(() => answer(data));
};
