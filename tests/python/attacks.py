"""Attacks that a sandbox must survive: many idle connections, endless bodies, large bodies. Reads continue meanwhile.

Called by .ci/attacks with the address of the sandbox, its process id, and the longest time that a read may take, in seconds.
"""

import http.client
import resource
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

IDLE = 10_000
SLOW = 2_000
LARGE = 12
LARGE_BYTES = 30 * 1024 * 1024
# A few large bodies are held at a time.
MOST_MEMORY_MB = 500


def read(address):
    """The seconds that a read takes on a new connection."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection(*address, timeout=100)
    connection.request("GET", "/v1/balance", headers={"authorization": "Bearer sk_test_attacks"})
    status = connection.getresponse().status
    connection.close()
    assert status == 200, status
    return time.monotonic() - begun


def reads_go_on(what, address, limit, times=50):
    taken = sorted(read(address) for _ in range(times))
    print(f"{what}: a read takes {taken[times // 2] * 1000:.0f} ms, at most {taken[-1] * 1000:.0f} ms")
    assert taken[-1] <= limit, f"{what}: a read took {taken[-1]:.2f} s"


def connections(address, number, sent):
    opened = []
    for _ in range(number):
        connection = socket.create_connection(address, timeout=30)
        connection.sendall(sent)
        opened.append(connection)
    return opened


def close(opened):
    for connection in opened:
        connection.close()


def send_large(address, statuses):
    connection = http.client.HTTPConnection(*address, timeout=200)
    body = b"x" * LARGE_BYTES
    headers = {"authorization": "Bearer sk_test_attacks", "content-type": "multipart/form-data; boundary=b"}
    connection.request("POST", "/v1/files", body, headers)
    statuses.append(connection.getresponse().status)
    connection.close()


def peak_memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024


def main(url, pid, limit):
    parts = urlsplit(url)
    address, limit = (parts.hostname, parts.port), float(limit)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = IDLE if most == resource.RLIM_INFINITY else min(IDLE, most - 100)

    for what, number, sent in [
        ("idle connections", idle, b""),
        ("halves of heads", SLOW, b"GET /v1/balance HTTP/1.1\r\nho"),
        ("bodies that never end", SLOW, b"POST /v1/topups HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\na"),
    ]:
        opened = connections(address, number, sent)
        reads_go_on(f"{number} {what}", address, limit)
        close(opened)

    statuses = []
    senders = [threading.Thread(target=send_large, args=(address, statuses)) for _ in range(LARGE)]
    for sender in senders:
        sender.start()
    # This program and the sandbox share the machine, so the limit is wider while it sends.
    reads_go_on(f"{LARGE} bodies of 30 MB", address, 10 * limit, times=20)
    for sender in senders:
        sender.join()
    assert statuses == [400] * LARGE, f"a body without the boundary is refused: {statuses}"
    memory = peak_memory_mb(pid)
    print(f"at most {memory} MB of memory")
    assert memory <= MOST_MEMORY_MB, f"{memory} MB"


if __name__ == "__main__":
    main(*sys.argv[1:])
