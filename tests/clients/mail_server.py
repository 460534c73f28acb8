"""A mail server that keeps what it is given, or refuses it as it is told. It speaks as much of SMTP as one needs who brings e-mails."""

import asyncio
import base64
import collections
import email
import email.policy
import threading

USER, PASSWORD = "photos", "what opens the mail server"
MAX_MAIL_BYTES = 4 * 1024 * 1024

Mail = collections.namedtuple("Mail", "sender recipients message")


class MailServer:
    """The server, on a port of its own. `refusal` is what every recipient is answered while it is set."""

    def __init__(self):
        self.refusal = None
        self.connections = 0
        self.kept = []
        self.lock = threading.Lock()
        self.loop = asyncio.new_event_loop()
        self.port = None
        is_ready = threading.Event()
        threading.Thread(target=self.run, args=(is_ready,), daemon=True).start()
        is_ready.wait()

    def run(self, is_ready):
        asyncio.set_event_loop(self.loop)
        start = asyncio.start_server(self.answer, "127.0.0.1", 0, limit=MAX_MAIL_BYTES)
        server = self.loop.run_until_complete(start)
        self.port = server.sockets[0].getsockname()[1]
        is_ready.set()
        self.loop.run_forever()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)

    def count(self):
        with self.lock:
            return len(self.kept)

    def take(self):
        """What was kept, which is forgotten."""
        with self.lock:
            kept, self.kept = self.kept, []
        return kept

    async def answer(self, reader, writer):
        self.connections += 1
        try:
            await self.talk(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # whoever brought something is gone, or speaks something else, which some tests are about
        finally:
            writer.close()

    async def talk(self, reader, writer):
        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        is_known, sender, recipients = False, None, []
        await say("220 stand-in")
        while line := await reader.readline():
            words = line.decode("utf-8", "replace").strip()
            command = words.upper()
            if command.startswith("EHLO"):
                await say("250-stand-in\r\n250 AUTH PLAIN")
            elif command.startswith("AUTH PLAIN "):
                is_known = base64.b64decode(words.split()[2]) == f"\0{USER}\0{PASSWORD}".encode()
                await say("235 come in" if is_known else "535 not with this password")
            elif command.startswith("MAIL FROM:"):
                sender, recipients = address_in(words), []
                await say("250 good" if is_known else "530 log in first")
            elif command.startswith("RCPT TO:"):
                recipients.append(address_in(words))
                await say(self.refusal.format(recipients[-1]) if self.refusal else "250 good")
            elif command == "DATA":
                await say("354 go on")
                self.keep(sender, recipients, await reader.readuntil(b"\r\n.\r\n"))
                await say("250 kept")
            elif command == "QUIT":
                await say("221 good bye")
                return
            else:
                await say("250 good" if command in ("NOOP", "RSET") else "502 not here")

    def keep(self, sender, recipients, data):
        # A line that begins with a dot has one more while it travels.
        data = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        message = email.message_from_bytes(data, policy=email.policy.default)
        with self.lock:
            self.kept.append(Mail(sender, list(recipients), message))


def address_in(command):
    return command.split("<", 1)[1].split(">", 1)[0]


def html_of(mail):
    return mail.message.get_body(("html",)).get_content()


def text_of(mail):
    return mail.message.get_body(("plain",)).get_content()


def pictures_of(mail):
    """The types and the bytes of pictures, by the names that the HTML has for them."""
    parts = (part for part in mail.message.walk() if part["Content-ID"])
    return {part["Content-ID"]: (part.get_content_type(), part.get_content()) for part in parts}
