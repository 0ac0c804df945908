// Writes every moment on the page in the reader's own time zone. The server writes UTC, which stays readable
// without this script and in the tooltip beside the local time.

const shown = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
});
const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "long", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});

for (const time of document.querySelectorAll("time.moment")) {
  const moment = new Date(time.dateTime);
  const local = exact.format(moment).replace(" at ", ", ");
  time.textContent = shown.format(moment);
  if (time.title !== local) time.title = `${local} (${time.title})`;
}
