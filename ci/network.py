"""A network of a kernel's own: loopback works in it, nothing leaves the machine, and what was called is named.

On Linux a kernel gets a network namespace in which every address leads back to the namespace itself: a call to another
host is refused at once, whoever makes it, and the packet says which host that was. Everywhere, also where namespaces
are not allowed, libraries and programs that honour proxy variables are led to a proxy that refuses and notes the host.
"""

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
from urllib.parse import urlsplit

NEW_USER, NEW_NET = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of sched.h
SET_FLAGS, UP_AND_RUNNING = 0x8914, 0x41  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
ALL_PROTOCOLS = 3  # ETH_P_ALL
OUTGOING = 4  # PACKET_OUTGOING
UDP, DNS = 17, 53
CAPABILITIES = struct.pack("II", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
REFUSAL = b"HTTP/1.1 403 Nothing leaves this machine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Network:
    """The sockets on which a kernel's keeper hears what the kernel and its children call."""

    def __init__(self, namespace=True):
        """Give this process, and all it starts from now on, a ``namespace`` of its own where that is possible."""
        self.packets = None
        if namespace and can_isolate():
            self.packets = isolate()
            self.packets.setblocking(False)
        self.proxy = socket.create_server(("127.0.0.1", 0))

    def environment(self):
        """Return the variables that lead libraries and programs to the refusing proxy."""
        address = f"http://127.0.0.1:{self.proxy.getsockname()[1]}"
        here = "localhost,127.0.0.1,::1"
        lower = {name: address for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")} | {"no_proxy": here}
        return lower | {name.upper(): value for name, value in lower.items()} | {"GDAL_HTTP_PROXY": address}

    def sockets(self):
        """Return what to wait for."""
        return [self.proxy] + ([self.packets] if self.packets else [])

    def close(self):
        """Close the sockets: they are for the keeper alone."""
        for listening in self.sockets():
            listening.close()

    def hosts(self, ready):
        """Return the hosts that were called, as far as ``ready`` sockets tell."""
        hosts = set()
        if self.proxy in ready:
            hosts.add(_refuse(self.proxy))
        if self.packets in ready:
            hosts |= set(_destinations(self.packets))
        return hosts - {None}


def isolate():
    """Move this process into a new network namespace; return a socket that receives every packet sent in it.

    Root may make one at once; others make a user namespace around it, in which they keep their own name.
    """
    user, group = os.geteuid(), os.getegid()
    if user:
        _call("unshare", NEW_USER | NEW_NET)
        for name, line in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(line)
    else:
        _call("unshare", NEW_NET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SET_FLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
    _lead_back(socket.AF_INET, "127.0.0.1")
    if os.path.exists("/proc/net/if_inet6"):
        _lead_back(socket.AF_INET6, "::1")
    return packets


def drop_capabilities():
    """Give up what a new user namespace grants, so that a kernel may do no more inside it than outside."""
    if os.geteuid():
        _call("capset", CAPABILITIES, bytes(24))


def is_here(host):
    """Tell whether a host, by name or address, is this machine."""
    try:
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    except ValueError:
        return host == "localhost"


def can_isolate():
    """Tell whether this machine grants namespaces; tried in a child, because a half-made one has no loopback."""
    child = os.fork()
    if not child:
        try:
            isolate()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _lead_back(family, source):
    """Make every address of a family local: ``ip route add local default dev lo src SOURCE``."""
    source = socket.inet_pton(family, source)
    table, protocol, scope, kind = (
        255,
        3,
        254,
        2,
    )  # RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL
    route = struct.pack("8BI", family, 0, 0, 0, table, protocol, scope, kind, 0)
    route += struct.pack("HHI", 8, 4, socket.if_nametoindex("lo"))  # RTA_OIF
    route += struct.pack("HH", 4 + len(source), 7) + source  # RTA_PREFSRC
    flags = 0x1 | 0x4 | 0x400  # NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(struct.pack("IHHII", 16 + len(route), 24, flags, 1, 0) + route)  # RTM_NEWROUTE
        (error,) = struct.unpack_from("i", netlink.recv(4096), 16)
    if error:
        raise OSError(-error, os.strerror(-error))


def _call(function, *arguments):
    """Call a function of the C library that returns 0 where it succeeds."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*arguments):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _refuse(proxy):
    """Refuse what a client asks the proxy for; return the host it wanted, or None if it said nothing."""
    client, _ = proxy.accept()
    with client:
        client.settimeout(1)
        try:
            words = client.recv(4096).split(b"\r\n")[0].decode("latin-1").split()
            client.sendall(REFUSAL)
        except OSError:
            return None
    if len(words) < 2:
        return None
    address = words[1] if "//" in words[1] else f"//{words[1]}"
    return urlsplit(address).hostname


def _destinations(packets):
    """Yield the host of each packet received that was meant for another machine."""
    while True:
        try:
            packet, (_, _, direction, *_) = packets.recvfrom(65535)
        except BlockingIOError:
            return
        if direction == OUTGOING and (host := destination(packet)):
            yield host


def destination(packet):
    """Return the host an IP packet is meant for, by the name where it asks for a name, or None if it is this one."""
    if packet[0] >> 4 == 4:
        address, protocol, payload = packet[16:20], packet[9], packet[4 * (packet[0] & 15) :]
    else:
        address, protocol, payload = packet[24:40], packet[6], packet[40:]
    if protocol == UDP and payload[2:4] == struct.pack(">H", DNS):
        return _name_asked(payload[8:])
    host = str(ipaddress.ip_address(address))
    return None if is_here(host) else host


def _name_asked(query):
    """Return the name in the question of a DNS query."""
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    return ".".join(labels)
