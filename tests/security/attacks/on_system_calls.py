"""Becoming one's own master: namespaces, mounts, privileges, and parts of the kernel that notebooks do not need."""

from attacks.attack import Attack

ATTACKS = (
    Attack(
        "new namespaces",
        (
            """
flags = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "process": 0x20000000,
         "network": 0x40000000, "time": 0x80}
def fork(flag):
    child = call("clone", flag | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
def fork3(flag):
    child = call("clone3", (ctypes.c_uint64 * 11)(flag, 0, 0, 0, signal.SIGCHLD), 88)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
for name, flag in flags.items():
    attempt(f"unshare {name}", lambda: call("unshare", flag))
    attempt(f"clone {name}", lambda: fork(flag))
    attempt(f"clone {name} with user", lambda: fork(flag | 0x10000000))
    attempt(f"clone3 {name}", lambda: fork3(flag))
    attempt(f"clone3 {name} with user", lambda: fork3(flag | 0x10000000))
for space in ("mnt", "user", "pid", "net", "ipc", "uts", "cgroup"):
    for process in ("self", 1):
        attempt(f"enter {space} of {process}", lambda: call("setns", os.open(f"/proc/{process}/ns/{space}", os.O_RDONLY), 0))
for command in (["unshare", "-r", "true"], ["unshare", "-rm", "true"], ["bwrap", "--ro-bind", "/", "/", "true"]):
    attempt(command[0], lambda: subprocess.run(command, check=True, capture_output=True))
""",
        ),
        bites=False,  # as root, the kernel would leave its namespaces; see the next one
    ),
    Attack(
        "new namespaces in a process of their own",
        (
            """
def in_child(deed):
    child = os.fork()
    if child == 0:
        try:
            deed()
        except BaseException:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise OSError("not possible")
attempt("user", lambda: in_child(lambda: call("unshare", 0x10000000)))
attempt("user and mount", lambda: in_child(lambda: call("unshare", 0x10020000)))
attempt("time", lambda: in_child(lambda: call("unshare", 0x10000080)))
""",
        ),
        bites=False,  # a machine may forbid them by itself
    ),
    Attack(
        "mounts, another root, and the table of users",
        (
            """
os.makedirs("m", exist_ok=True)
here, root, at = os.path.abspath("m").encode(), b"/", -100
for name, arguments in {
    "bind": (root, here, 0, 4096, 0), "bind all": (root, here, 0, 4096 | 16384, 0), "tmpfs": (b"x", here, b"tmpfs", 0, 0),
    "proc": (b"x", here, b"proc", 0, 0), "sysfs": (b"x", here, b"sysfs", 0, 0), "overlay": (b"x", here, b"overlay", 0, b"lowerdir=/"),
    "writable again": (b"none", root, 0, 32 | 4096, 0), "usr writable again": (b"none", b"/usr", 0, 32 | 4096, 0),
    "shared": (b"none", root, 0, 1 << 20, 0), "cgroup": (b"x", here, b"cgroup2", 0, 0),
}.items():
    attempt(f"mount: {name}", lambda: call("mount", *arguments))
for folder in ("/proc", "/tmp", "/dev/shm", "/home/student", "/usr", "/etc", "/"):
    attempt(f"unmount {folder}", lambda: call("umount2", folder.encode(), 2))
attempt("change root", lambda: call("chroot", here))
attempt("change root to here", lambda: os.chroot("."))
attempt("pivot", lambda: call("pivot_root", b".", b"."))
for name, arguments in {
    "open_tree": (at, root, 1), "move_mount": (at, root, at, here, 0), "fsopen": (b"tmpfs", 0), "fsconfig": (0, 0, 0, 0, 0),
    "fsmount": (0, 0, 0), "fspick": (at, root, 0), "mount_setattr": (at, root, 0, (ctypes.c_uint64 * 4)(0, 1), 32),
    "open_tree_attr": (at, root, 1, 0, 0),
}.items():
    attempt_call(name, *arguments)
for table in ("uid_map", "gid_map", "projid_map", "setgroups"):
    attempt(table, lambda: open(f"/proc/self/{table}", "w").write("0 0 1" if table != "setgroups" else "allow"))
""",
        ),
        bites=False,  # root would mount over this machine
    ),
    Attack(
        "privileges: users, groups, capabilities, set-user-id programs",
        (
            """
import glob, shutil, stat
if os.getuid():
    for name, deed in {"setuid": lambda: os.setuid(0), "setreuid": lambda: os.setreuid(0, 0), "setgid": lambda: os.setgid(0),
                       "another user": lambda: os.setuid(os.getuid() + 1)}.items():
        attempt(name, deed)
attempt("setgroups", lambda: os.setgroups([0, 42]))
def capabilities():
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    call("capget", header, data)
    return any(data) or 1 / 0
attempt("have capabilities", capabilities)
def give(all_of_them=0xffffffff):
    call("capset", (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[all_of_them] * 6))
attempt("take capabilities", give)
attempt("pass on a capability", lambda: _libc.prctl(47, 2, 21, 0, 0) and 1 / 0)
attempt("give up what keeps from gaining", lambda: _libc.prctl(38, 0, 0, 0, 0) and 1 / 0)
attempt("another filter of system calls", lambda: _libc.prctl(22, 0, 0, 0, 0) and 1 / 0)
for program in ("su", "mount", "umount", "passwd", "chsh", "newgrp", "newuidmap", "fusermount3", "pkexec", "sudo", "ping"):
    path = shutil.which(program)
    if path and os.stat(path).st_mode & stat.S_ISUID:
        script = "import os, sys; sys.exit(os.geteuid() == os.getuid())"
        attempt(f"{program} as root", lambda: subprocess.run([path, "--version"], check=True, capture_output=True, timeout=3)
                and subprocess.run([path, "/dev/shm", "/mnt"], check=True, capture_output=True, timeout=3, stdin=subprocess.DEVNULL))
def own():
    shutil.copy("/bin/sh", "sh"); os.chmod("sh", 0o4755)
    return subprocess.run(["./sh", "-pc", "id -u"], check=True, capture_output=True, text=True).stdout.strip() == str(os.getuid()) and 1 / 0
attempt("a set-user-id program of its own", own)
""",
        ),
        bites=False,
    ),
    Attack(
        "parts of the kernel with a long record of holes",
        (
            """
ring = (ctypes.c_char * 120)()
events = (ctypes.c_uint32 * 32)(1, 128)
program = (ctypes.c_uint64 * 16)(1, 4, 4, 1)
key = (ctypes.c_char_p(b"user"), ctypes.c_char_p(b"k"), ctypes.c_char_p(b"x"))
attempt("io_uring", lambda: call("io_uring_setup", 1, ring))
attempt("perf", lambda: call("perf_event_open", events, 0, -1, -1, 0))
attempt("bpf", lambda: reaches_kernel("bpf", 0, program, 72))
attempt("userfaultfd", lambda: call("userfaultfd", 1))
attempt("keys", lambda: call("add_key", *key, 1, -2))
attempt("the user's keys", lambda: call("keyctl", 0, -4, 0))
attempt("another personality", lambda: call("personality", 0x0040000))
attempt("fanotify", lambda: call("fanotify_init", 0, 0))
for name in ("memfd_create", "memfd_secret"):
    attempt(name, lambda: call(name, b"x", 0) if name == "memfd_create" else call(name, 0))
attempt("shmget", lambda: call("shmget", 0, 4096, 0o1600))
attempt("semget", lambda: call("semget", 0, 1, 0o1600))
attempt("msgget", lambda: call("msgget", 0, 0o1600))
attempt("mq_open", lambda: call("mq_open", W.mark.encode(), 0o102, 0o600, 0))
""",
        ),
        bites=False,  # what it makes there would stay
    ),
    Attack(
        "every system call that is refused, with nothing as arguments",
        (
            """
for name in sorted(W.refused):
    attempt_call(name, 0, 0, 0, 0, 0, 0)
for number in range(463, 600):
    W.calls["new"] = number
    attempt(f"call {number}", lambda: reaches_kernel("new", 0, 0, 0, 0, 0, 0))
for number in (39, 59, 101, 272):
    W.calls["x32"] = number | 0x40000000
    attempt(f"x32 call {number}", lambda: reaches_kernel("x32", 0, 0, 0, 0, 0, 0))
""",
        ),
        bites=False,  # reboot is among them
    ),
    Attack(
        "calls of the old 32-bit machine",
        (
            """
import mmap
if os.uname().machine == "x86_64":
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))  # getpid by int 0x80
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    child = os.fork()
    if child == 0:
        function()
        os._exit(0)
    attempt("int 0x80", lambda: os.waitpid(child, 0)[1] and 1 / 0)
""",
        ),
        bites=False,  # a kernel may lack them
    ),
    Attack(
        "type into a terminal, and take one",
        (
            """
import fcntl, termios
def pair():
    with contextlib.suppress(OSError):
        return os.openpty()
    return None
ends = pair()
for name, request in {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCSTI with upper bits": 0x7000000005412}.items():
    for end in [0, 1, 2, *(ends or ())]:
        argument = (ctypes.c_char * 8)(2)
        attempt(f"{name} at {end}", lambda: call("ioctl", end, request, argument))
""",
        ),
        bites=False,  # Linux forbids it by itself from 6.2 on
    ),
)
