"""Hostile programs by what they try."""

from __future__ import annotations

from pathlib import Path

REFUSED = {"exception:PermissionError", "exception:OSError", "exception:BlockingIOError"}

# Programs that use resources without end, and the statuses that each may have.
RESOURCES = {
    "endless loop": ("while True: pass", {"timeout"}),
    "sleeping": ("import time\ntime.sleep(1000)", {"timeout"}),
    "ignoring signals": (
        "import signal\nfor number in range(1, 32):\n    if number not in (9, 19):\n"
        "        signal.signal(number, signal.SIG_IGN)\nwhile True: pass",
        {"timeout"},
    ),
    "fork bomb": ("import os\nwhile True: os.fork()", {"timeout", *REFUSED}),
    "patient fork bomb": (
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        {"timeout"},
    ),
    "thread bomb": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(1000,)).start()",
        {"timeout", "memory", "exception:RuntimeError"},
    ),
    "memory bomb": ("kept = []\nwhile True: kept.append(bytearray(2**22))", {"memory"}),
    "one large allocation": ("bytearray(2**40)", {"memory"}),
    "memory of many processes": (
        "import os, time\nfor _ in range(20): os.fork() or (bytearray(b'x' * 2**26), time.sleep(1000))\n"
        "time.sleep(1000)",
        {"memory", *REFUSED},
    ),
    "large file": (
        "with open('big', 'wb') as file:\n    for _ in range(50): file.write(bytes(2**20))",
        {"exception:OSError", "killed:SIGXFSZ"},
    ),
    "many large files": (
        "number = 0\nwhile True:\n    number += 1\n    open(str(number), 'wb').write(bytes(2**22))",
        {"exception:OSError", "output_limit"},
    ),
    "many small files": (
        "number = 0\nwhile True:\n    number += 1\n    open(str(number), 'wb').close()",
        {"exception:OSError", "output_limit", "timeout"},
    ),
    "deep folders": (
        "import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')",
        {"exception:OSError", "output_limit", "timeout"},
    ),
    "many open files": ("kept = []\nwhile True: kept.append(open('/dev/null'))", {"exception:OSError"}),
    "endless output": ("while True: print('x' * 1000)", {"output_limit"}),
    "10 MB of output": ("print('x' * 10_000_000)", {"output_limit"}),
    "endless output to the other stream": ("import os\nwhile True: os.write(2, b'x' * 1000)", {"output_limit"}),
    "deep recursion": ("def deeper(): return deeper()\ndeeper()", {"exception:RecursionError"}),
    "deep recursion of the interpreter": (
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class A:\n    def __getattr__(self, name): return getattr(self, name)\nA().a",
        {"killed:SIGSEGV", "memory", "exception:RecursionError"},
    ),
    "endless regular expression": ("import re\nre.match('(a*)*b', 'a' * 100)", {"timeout"}),
    "endless number": ("9**9**9", {"timeout", "memory"}),
}

# Programs that end before their tests, or in another way than by returning.
ENDINGS = {
    "os._exit": ("import os\nos._exit(0)", {"exit_early"}),
    "sys.exit": ("import sys\nsys.exit(0)", {"exit_early"}),
    "exit code": ("import os\nos._exit(3)", {"exit_early"}),
    "exit of a thread": (
        "import os, threading\nt = threading.Thread(target=os._exit, args=(0,))\nt.start()\nt.join()",
        {"exit_early"},
    ),
    "exit at exit": ("import atexit, os\natexit.register(os._exit, 0)", {"assertion"}),
    "exec": ("import os\nos.execv('/bin/true', ['true'])", {"exit_early"}),
    "killing itself": ("import os\nos.kill(os.getpid(), 9)", {"killed:SIGKILL"}),
    "killing its group": ("import os\nos.killpg(0, 9)", {"killed:SIGKILL"}),
    "terminating itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", {"killed:SIGTERM"}),
    "killing its parent": (
        "import os\nif not os.getppid(): raise PermissionError('the first process has none')\nos.kill(os.getppid(), 9)",
        {"assertion", *REFUSED},
    ),
    "crash": ("import ctypes\nctypes.string_at(0)", {"killed:SIGSEGV"}),
    "second numbers of system calls": (
        "import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)",
        {"killed:SIGSYS", "assertion"},  # only x86-64 has them
    ),
    "syntax error": ("def add(:", {"syntax_error"}),
    "indentation": ("def add():\nreturn 1", {"syntax_error"}),
    "NUL bytes": ("x = 1\0", {"syntax_error"}),
    "lone surrogate": ("x = '\ud800'", {"syntax_error"}),
    "nested too deeply": ("x = " + "(" * 5000 + ")" * 5000, {"syntax_error"}),
    "input": ("input()", {"exception:EOFError"}),
    "exception": ("{}['a']", {"exception:KeyError"}),
    "own exception": ("class Ended(BaseException): pass\nraise Ended", {"exception:Ended"}),
    "exception without text": ("class Odd(Exception):\n    def __str__(self): raise Odd\nraise Odd", {"exception:Odd"}),
    "interrupt": ("raise KeyboardInterrupt", {"exception:KeyboardInterrupt"}),
    "closed files": ("import os\nos.closerange(0, 100)", {"exit_early"}),
    "closed output": ("import sys\nsys.stdout.close()\nsys.stderr.close()", {"assertion"}),
    "other bytes": ("import os\nos.write(1, b'\\xff\\xfe\\x00')", {"assertion"}),
    "replaced exec": ("import builtins\nbuiltins.exec = lambda *words: None", {"assertion"}),
    "replaced exceptions": ("import builtins\nbuiltins.AssertionError = KeyError", {"assertion"}),
    "replaced os._exit": ("import os\nos._exit = os.write = lambda *words: None", {"assertion"}),
}

_SEND = """
import os
def send(data):
    for number in range(3, 64):
        try:
            os.write(number, data)
        except OSError:
            pass
    print(data)
"""
_FRAMES = """
import sys
frame, found = sys._getframe(), []
while frame:
    found += [repr(value) for value in [*frame.f_locals.values(), *frame.f_globals.values()]]
    frame = frame.f_back
"""
# Programs that report success with what they find, and end.
FORGERIES = {
    "printing": 'print("passed")\nprint("ready")\n' + _SEND + 'send(b"passed")\nos._exit(0)',
    "guessing": _SEND + 'send(b"0" * 64 + b"passed")\nos._exit(0)',
    "frames": _SEND
    + _FRAMES
    + "for text in found[:200]: send(text[:200].strip(\"b'\").encode() + b'passed')\nos._exit(0)",
    "inspect": _SEND
    + "import inspect\nsend(repr([f.frame.f_locals for f in inspect.stack()]).encode()[:2000])\nos._exit(0)",
    "gc": _SEND + "import gc\nfor value in gc.get_objects():\n"
    "    if type(value) is dict and 'key' in value: send(repr(value).encode())\nos._exit(0)",
    "files": """
import os
found = []
for number in range(3, 64):
    try:
        os.set_blocking(number, False)
        found.append(os.read(number, 4096))
    except OSError:
        pass
for data in found:
    for number in range(3, 64):
        try:
            os.write(number, data + b"passed")
        except OSError:
            pass
os._exit(0)
""",
    "memory": """
import os
data = b""
try:
    for line in open("/proc/self/maps"):
        data += line.encode()
    data += open("/proc/self/mem", "rb").read(1)
except OSError:
    pass
assert data == b""
os._exit(0)
""",
    "at exit": _SEND + "import atexit\natexit.register(lambda: send(b'passed'))",
    "tracing": _SEND + "import sys\nsys.settrace(lambda *words: send(repr(words).encode()[:100]))\n"
    "sys.setprofile(lambda *words: send(b'passed'))",
    "leaving a child": """
import os
try:
    child = os.fork()
except OSError:
    child = 0
if child:
    os._exit(0)
""",
}

_TRIES = """
def escaped():
    try:
        attempt()
    except OSError:
        return False
    return True
"""
_ATTEMPTS = {
    "writing to /etc": "open('/etc/xharness-escape', 'w')",
    "writing to the home folder": f"open({str(Path.home() / 'xharness-escape')!r}, 'w')",
    "writing to /usr": "open('/usr/xharness-escape', 'w')",
    "writing to the interpreter": "import os\n    open(os.path.join(os.path.dirname(os.__file__), 'escape.py'), 'w')",
    "appending to a module": "import os\n    open(os.__file__, 'a')",
    "truncating a module": "import os\n    os.truncate(os.__file__, 0)",
    "renaming": "import os\n    os.rename('/usr/bin', '/usr/bin2')",
    "removing": "import os\n    os.unlink('/usr/bin/env')",
    "changing permissions": "import os\n    os.chmod('/usr/bin/env', 0o777)",
    "changing owners": "import os\n    os.chown('/usr/bin/env', 1, 1)",
    "changing times": "import os\n    os.utime('/usr/bin/env', (1, 1))",
    "reading /etc/passwd": "open('/etc/passwd').read()",
    "/proc": "import os\n    os.listdir('/proc/1')",
    "environment of the parent": "open('/proc/1/environ').read(), open('/proc/self/status').read()",
    "UDP": "import socket\n    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
    "raw sockets": "import socket\n    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "name look-up": "import socket\n    socket.getaddrinfo('example.com', 80)",
    "symbolic link": "import os\n    os.symlink('/etc', 'etc')\n    open('etc/xharness-escape', 'w')",
    "hard link": "import os\n    os.link('/usr/bin/env', 'env')\n    open('env', 'a')",
    "parent folder": "open('../xharness-escape', 'w')",
    "chroot": "import os\n    os.chroot('.')",
    "becoming root": "import os\n    os.setuid(0)\n    open('/etc/xharness-escape', 'w')",
    "memory that is shared": "open('/dev/shm/xharness-escape', 'w')",
    "disks": "open('/dev/vda', 'rb') or open('/dev/sda', 'rb')",
    "kernel memory": "open('/dev/mem', 'rb')",
}
_CALLS = {
    "ptrace of the parent": ("ptrace", "16, os.getppid(), 0, 0"),
    "mount": ("mount", "b'tmpfs', b'/', b'tmpfs', 0, None"),
    "unmount": ("umount2", "b'/box', 2"),
    "new namespaces": ("unshare", "0x10000000"),
    "new root": ("syscall", "155, b'.', b'.'"),
    "io_uring": ("syscall", "425, 8, None"),
    "raised limits": ("setrlimit", "1, ctypes.byref((ctypes.c_uint64 * 2)(2**40, 2**40))"),
    "limits of the parent": ("prlimit", "os.getppid() or 2**22, 1, ctypes.byref((ctypes.c_uint64 * 2)(0, 0)), None"),
    "memory of the parent": ("process_vm_readv", "os.getppid(), None, 0, None, 0, 0"),
}
ESCAPES = {name: f"def attempt():\n    {code}\n{_TRIES}" for name, code in _ATTEMPTS.items()} | {
    name: f"""
import ctypes, os
def attempt():
    if ctypes.CDLL(None, use_errno=True).{function}({arguments}) < 0:
        raise OSError(ctypes.get_errno())
{_TRIES}"""
    for name, (function, arguments) in _CALLS.items()
}
