// The server reads the picture, and sends the answer.
const readPicture = async (blob) => {
  if (blob.size > settings.most) {
    return { verdict: "error", words: `The file is too large: at most ${settings.most / 1e6} MB.` };
  }
  const form = new FormData();
  form.append("file", blob, blob.name ?? "drawing.png");
  const headers = { Accept: "application/json" };
  const reply = await fetch(document.forms[0].action, { method: "POST", headers, body: form });
  const answer = await reply.json();
  return answer.error ? { verdict: "error", words: answer.error } : answer;
};
