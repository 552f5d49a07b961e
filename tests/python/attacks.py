"""Attacks that a sandbox must survive: foreign hosts and origins, many idle connections, endless bodies, large bodies, and the
report of a long run. Reads continue meanwhile.

Called by .ci/attacks with the address of the sandbox, its process id, the longest time that a read may take in seconds, and the
number of requests before the report.
"""

import http.client
import resource
import socket
import subprocess
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


def status(address, method, path, **headers):
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    status = connection.getresponse().status
    connection.close()
    return status


def refuse_foreign_sites(address):
    own = f"127.0.0.1:{address[1]}"
    for method, path in [("POST", "/_sandbox/reset"), ("GET", "/_sandbox/state"), ("GET", "/"), ("GET", "/setup/x")]:
        for headers in [
            {"host": "evil.example"},
            {"host": own, "origin": "https://evil.example"},
            {"host": own, "origin": "null"},
            {"host": own, "sec_fetch_site": "cross-site"},
        ]:
            found = status(address, method, path, **headers)
            assert found == 403, f"{method} {path} with {headers}: {found}"
    assert status(address, "GET", "/_sandbox/state", host=own) == 200
    print("foreign hosts and origins: refused")


def post_topups(address, number):
    connection = http.client.HTTPConnection(*address, timeout=30)
    headers = {"authorization": "Bearer sk_test_attacks", "content-type": "application/x-www-form-urlencoded"}
    for _ in range(number):
        connection.request("POST", "/v1/topups", b"amount=100&currency=usd&source=btok_us_verified", headers)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == 200, reply.status
    connection.close()


def report_a_long_run(address, requests, limit):
    """Reads while the report is written, which must not hold them up."""
    threads = [threading.Thread(target=post_topups, args=(address, requests // 2)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    url = f"http://{address[0]}:{address[1]}/_sandbox/report?entries=all"
    # Another process, so that this one measures the reads only.
    fetch = "import sys, urllib.request; print(len(urllib.request.urlopen(sys.argv[1], timeout=200).read()))"
    report = subprocess.Popen([sys.executable, "-c", fetch, url], stdout=subprocess.PIPE, text=True)
    taken = []
    while report.poll() is None or len(taken) < 20:
        taken.append(read(address))
        time.sleep(0.002)
    taken.sort()
    p99 = taken[len(taken) * 99 // 100 - (len(taken) >= 100)]
    size = int(report.communicate()[0])
    assert report.returncode == 0
    print(f"report of {requests} requests, {size // 1_000_000} MB: 99% of {len(taken)} reads take at most {p99 * 1000:.0f} ms")
    assert p99 <= limit, f"{p99:.3f} s"


def peak_memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024


def main(url, pid, limit, requests):
    parts = urlsplit(url)
    address, limit = (parts.hostname, parts.port), float(limit)
    refuse_foreign_sites(address)
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
    report_a_long_run(address, int(requests), limit)


if __name__ == "__main__":
    main(*sys.argv[1:])
