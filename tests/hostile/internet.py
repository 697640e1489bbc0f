# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""An internet of our own: names and public addresses that lead to servers on loopback, with their own certificates."""

import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC = "203.0.114.10"
OTHER_PUBLIC = "203.0.114.11"
DAY = timedelta(days=1)


class Authority:
    """Signs certificates; `ca_file` makes a client trust it."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
        authority = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = self._sign(self.name, self.key, [(authority, True)])
        self.ca_file = self._write("ca.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def server_context(self, name, *, expired=False, self_signed=False):
        """TLS for a server that shows a certificate for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signer = key if self_signed else self.key
        certificate = self._sign(
            subject,
            key,
            [(alternative, False)],
            signer=signer,
            issuer=subject if self_signed else self.name,
            old=expired,
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._write(f"{name}.pem", secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject, key, extensions, *, signer=None, issuer=None, old=False):
        now = datetime.now(UTC) - (10 * DAY if old else DAY)
        signer = signer or self.key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + 3 * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signer, hashes.SHA256())

    def _write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)


def _request(stream):
    """Read one request to its end: who is left with unread bytes resets the connection, and its answer is lost."""
    heard = b""
    while more := stream.recv(65536):
        heard += more
        head, found, body = heard.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        if found and len(body) >= (int(length[1]) if length else 0):
            break
    return heard


class Server:
    """A server on loopback that says one thing to whoever comes; `heard` is what it was sent."""

    def __init__(self, say, *, context=None):
        self.say = say
        self.context = context
        self.heard = []
        self.ended = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while not self.ended.is_set():
            with suppress(OSError):
                connection, _ = self.socket.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with suppress(OSError, ssl.SSLError), connection:
            if self.context == "hang":
                self.ended.wait(20)
                return
            stream = self.context.wrap_socket(connection, server_side=True) if self.context else connection
            with stream:
                self.heard.append(_request(stream))
                for part in self.say:
                    if self.ended.is_set():
                        return
                    stream.sendall(part)

    def close(self):
        self.ended.set()
        self.socket.close()


class Internet:
    """Names, and what stands behind the addresses. Counts what is connected to."""

    def __init__(self, authority):
        self.authority = authority
        self.names = {}
        self.servers = {}
        self.connected = []

    def name(self, host, *addresses, one_after_another=False):
        turns = cycle([[address] for address in addresses] if one_after_another else [list(addresses)])
        self.names[host] = turns

    def serve(self, address, host, say, **tls):
        """Let a server with a right certificate stand at an address."""
        context = tls.pop("context", None) or self.authority.server_context(host, **tls)
        self.servers[address] = Server(say, context=context)
        return self.servers[address]

    def resolve(self, host, port):
        """Stand in for the system's resolver, which also takes odd spellings of addresses."""
        if host in self.names:
            return next(self.names[host])
        with suppress(OSError):
            flags = socket.AI_NUMERICHOST
            return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, flags=flags)]
        return ["127.0.0.1"]  # whatever a strange name may lead to

    def connect(self, address, port, seconds):
        self.connected.append((address, port))
        server = self.servers.get(address)
        if server is None:
            raise ConnectionRefusedError(address)
        return socket.create_connection(("127.0.0.1", server.port), timeout=seconds)

    def close(self):
        for server in self.servers.values():
            server.close()


def answer(status, body=b"", **headers):
    """Write one HTTP answer."""
    told = {"content-length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def endless():
    """An answer that never ends."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\nconnection: close\r\n\r\n"
    while True:
        yield b"x" * 65536


def drip(seconds):
    """An answer one byte at a time."""
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 720\r\n\r\n"
    while True:
        yield b"x"
        time.sleep(seconds)
