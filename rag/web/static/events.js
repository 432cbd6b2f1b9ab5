// Server-sent events of a POST: the browser's own EventSource can only GET.
export async function* eventsOf(reply) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      rest += value;
      const blocks = rest.replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = { name: "message", content: [] };
        for (const line of block.split("\n")) {
          if (line.startsWith("event:")) event.name = line.slice(6).trim();
          if (line.startsWith("data:")) event.content.push(line.slice(5).replace(/^ /, ""));
        }
        if (event.content.length) yield { name: event.name, content: JSON.parse(event.content.join("\n")) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
