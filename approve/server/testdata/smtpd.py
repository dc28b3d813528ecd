"""A real SMTP server (aiosmtpd) for tests of mail delivery.

Usage: smtpd.py starttls|implicit|plain CERT KEY [USER PASSWORD]

It listens on a free loopback port and prints it. Each mail that it takes is one
line of JSON: sender, recipients, whether the connection was encrypted and who
signed in, and the text. It refuses nobody@ for good and later@ for now, and
quotes the text back when it refuses for that.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, cert, key = sys.argv[1:4]
account = tuple(sys.argv[4:6])


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is no such person"
        if address.startswith("later@"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode("ascii")
        if envelope.rcpt_tos[0].startswith("quote@"):
            return "554 5.7.1 not taken: " + " ".join(text.split("\r\n\r\n", 1)[1].split())
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "text": text,
            "tls": session.ssl is not None or mode == "implicit",
            "user": (session.auth_data or b"").decode() if session.authenticated else "",
        }), flush=True)
        return "250 taken"


def check(server, session, envelope, mechanism, auth):
    if (auth.login.decode(), auth.password.decode()) == account:
        return AuthResult(success=True, auth_data=auth.login)
    return AuthResult(success=False, handled=False)


async def main():
    context = None
    if mode != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)

    def serve():
        return SMTP(
            Handler(), hostname="127.0.0.1", authenticator=check if account else None,
            auth_required=bool(account), auth_require_tls=mode == "starttls",
            tls_context=context if mode == "starttls" else None, require_starttls=mode == "starttls",
        )

    server = await asyncio.get_running_loop().create_server(
        serve, "127.0.0.1", 0, ssl=context if mode == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
