"""A page that is opened under watch: whatever it says, asks for elsewhere or does on its own is written down."""

from dataclasses import dataclass, field

LIVED = "a payload lives"
# A payload that runs sets `__x` or opens a dialog, in whatever frame it finds itself.
_TRAP = f"""
(() => {{
  const tell = (value) => console.error({LIVED!r}, location.href, String(value));
  Object.defineProperty(globalThis, "__x", {{ set: tell, get: () => undefined, configurable: false }});
  addEventListener("securitypolicyviolation", (event) =>
    console.error("against the policy:", event.violatedDirective, event.blockedURI));
}})();
"""


@dataclass
class Watch:
    """What the pages of a context did that a page of the site does not do.

    `asked` has every request in order. `troubles` has, in words, each message of a script, error, dialog, download,
    new window, and request that left `origin` or failed.
    """

    origin: str
    troubles: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def over(self, context):
        """This watch, over all that the pages of `context` do."""
        context.add_init_script(_TRAP)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))
        context.on("dialog", self._dialog)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        context.on("page", self._opened)
        return self

    def _opened(self, page):
        page.on("popup", lambda popup: self.troubles.append(f"a new window: {popup.url}"))
        page.on("download", lambda download: self.troubles.append(f"a download: {download.url}"))

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog):
        self.troubles.append(f"{LIVED}: dialog {dialog.message!r} on {dialog.page and dialog.page.url}")
        dialog.dismiss()

    def _asked(self, request):
        self.asked.append(request.url)
        if not request.url.startswith(self.origin):
            self.troubles.append(f"left the site: {request.url}")

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page was left before it was there
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response):
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")
