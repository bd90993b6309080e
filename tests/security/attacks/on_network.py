"""Reaching the grader, the machine and the world by sockets."""

from attacks.attack import Attack

_SHARED = "the network's own settings can be read, as libzmq needs the family of sockets that tells them"

ATTACKS = (
    Attack(
        "connect to the grader's listeners",
        (
            """
def connect(family, kind, address):
    with socket.socket(family, kind) as tube:
        tube.settimeout(1)
        tube.connect(address)
        tube.send(b"x")
for name, (family, kind, address) in W.listeners.items():
    address = "\\0" + address[1:] if isinstance(address, str) and address[0] == "@" else address
    address = tuple(address) if isinstance(address, list) else address
    attempt(name, lambda: connect(family, kind, address))
""",
        ),
    ),
    Attack(
        "send to the grader's listeners without a connection",
        (
            """
for name, (family, kind, address) in W.listeners.items():
    if kind != socket.SOCK_DGRAM:
        continue
    address = "\\0" + address[1:] if isinstance(address, str) and address[0] == "@" else address
    address = tuple(address) if isinstance(address, list) else address
    attempt(f"sendto {name}", lambda: socket.socket(family, kind).sendto(b"x", address))
    attempt(f"sendmsg {name}", lambda: socket.socket(family, kind).sendmsg([b"x"], [], 0, address))
    attempt(f"from a pair to {name}", lambda: socket.socketpair(family, kind)[0].sendto(b"x", address))
""",
        ),
    ),
    Attack(
        "sockets of other kinds",
        (
            """
kinds = [(socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_INET6, socket.SOCK_RAW, 58), (socket.AF_INET, socket.SOCK_DGRAM, 1),
         (17, socket.SOCK_RAW, 3), (40, socket.SOCK_STREAM, 0), (40, socket.SOCK_DGRAM, 0), (38, socket.SOCK_SEQPACKET, 0),
         (21, socket.SOCK_SEQPACKET, 0), (29, socket.SOCK_RAW, 1), (31, socket.SOCK_RAW, 1), (44, socket.SOCK_RAW, 0),
         (30, socket.SOCK_STREAM, 0), (43, socket.SOCK_STREAM, 0), (15, socket.SOCK_RAW, 2), (9, socket.SOCK_DGRAM, 0)]
for family, kind, protocol in kinds:
    attempt(f"family {family}, kind {kind}", lambda: socket.socket(family, kind, protocol))
for protocol in range(1, 23):
    attempt(f"netlink {protocol}", lambda: socket.socket(16, socket.SOCK_RAW, protocol))
for family in (2, 10, 40):
    attempt(f"a pair of family {family}", lambda: socket.socketpair(family, socket.SOCK_STREAM))
""",
        ),
    ),
    Attack(
        "names and the world",
        (
            """
attempt("look up a name", lambda: socket.getaddrinfo("example.com", 80))
for address in ("1.1.1.1", "169.254.169.254", "10.0.0.1", "172.17.0.1"):
    attempt(address, lambda: socket.create_connection((address, 80), timeout=1))
    attempt(f"datagram to {address}", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (address, 53)))
attempt("fetch a page", lambda: __import__("urllib.request").request.urlopen("http://example.com", timeout=1))
""",
        ),
        bites=False,  # our tests reach for nothing but this machine
    ),
    Attack(
        "change the network",
        (
            """
def ask(kind, flags, payload):
    with socket.socket(16, socket.SOCK_RAW, 0) as line:
        line.settimeout(2)
        line.send(struct.pack("=IHHII", 16 + len(payload), kind, flags | 5, 1, 0) + payload)
        number = struct.unpack_from("=i", line.recv(4096), 16)[0]
        if number:
            raise OSError(-number, os.strerror(-number))
attempt("make an interface", lambda: ask(16, 0x600, struct.pack("=BxHiII", 0, 0, 0, 0, 0) + struct.pack("=HH8s", 12, 3, W.mark[:7].encode())))
attempt("take the loopback up or down", lambda: ask(16, 0, struct.pack("=BxHiII", 0, 0, 1, 1, 1)))
""",
        ),
        bites=False,  # root would change it
    ),
    Attack(
        "see the machine's network",
        (
            """
def routes():
    with socket.socket(16, socket.SOCK_RAW, 0) as line:
        line.send(struct.pack("=IHHII", 20, 22, 0x301, 1, 0) + b"\\0" * 4)
        addresses = re.findall(rb"\\x08\\x00\\x02\\x00(....)", line.recv(65536), re.DOTALL)
        return [socket.inet_ntoa(a) for a in addresses if a != b"\\x7f\\0\\0\\1"] or 1 / 0
attempt("addresses", routes)
""",
        ),
        weaker_on={"landlock": _SHARED},
        bites=False,  # a machine may have no address
    ),
)
