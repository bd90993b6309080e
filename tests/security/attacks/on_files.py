"""Reading and changing what lies outside: the course, the machine, the programs that everybody uses."""

from attacks.attack import Attack

_NO_METADATA = "Landlock does not cover stat(): whether a file exists, how large and how old it is, can be learnt"
_NO_NAMESPACE = ("bubblewrap-landlock", "landlock")

ATTACKS = (
    Attack(
        "read the course, the gradebook and the classmates' work",
        (
            """
for path in W.secret_files:
    attempt(f"read {path}", lambda: open(path, "rb").read())
    attempt(f"map {path}", lambda: os.open(path, os.O_RDONLY | os.O_NOATIME))
    attempt(f"list {os.path.dirname(path)}", lambda: os.listdir(os.path.dirname(path)))
    attempt(f"cat {path}", lambda: subprocess.run(["cat", path], check=True, capture_output=True).stdout)
""",
        ),
    ),
    Attack(
        "learn what files there are",
        (
            """
for path in W.secret_files:
    attempt(f"stat {path}", lambda: os.stat(path))
    attempt(f"access {path}", lambda: os.access(path, os.R_OK) or 1 / 0)
""",
        ),
        weaker_on={"landlock": _NO_METADATA},
    ),
    Attack(
        "watch files that others open",
        (
            """
for folder in W.secret_folders:
    attempt(f"watch {folder}", lambda: call("inotify_add_watch", call("inotify_init1", 0), folder.encode(), 0xfff))
    attempt(f"be told about {folder}", lambda: __import__("fcntl").fcntl(os.open(folder, os.O_RDONLY), 1026, 1))
""",
        ),
    ),
    Attack(
        "read the machine's secrets, other users' homes and the grader's own files",
        (
            """
for path in ["/etc/shadow", "/etc/gshadow", "/etc/ssh/ssh_host_ed25519_key", "/root/.bashrc", "/proc/kcore", "/proc/vmallocinfo",
             "/sys/kernel/notes", "/boot", "/var/log", "/var/lib", "/run", "/srv", W.home, W.home + "/.ssh/id_ed25519",
             W.autograder + "/__init__.py", W.autograder + "/execution", W.autograder + "/sandbox/zygote.py"]:
    attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(80) or 1 / 0)
programs = set(W.programs)
def rest_of(folder):
    return [n for n in os.listdir(folder) if not any(p.startswith(os.path.join(folder, n)) for p in programs)] or 1 / 0
for folder in {W.real_home, *(os.path.dirname(p) for p in programs)}:
    if not any(os.path.commonpath([p, folder]) == p for p in programs):
        attempt(f"what else is in {folder}", lambda: rest_of(folder))
""",
        ),
        bites=False,  # it would read what is none of our tests' business
    ),
    Attack(
        "import the grader",
        (
            """
for name in ["autograder", "autograder.cli", "autograder.execution", "autograder.sandbox", "autograder.judge"]:
    attempt(f"import {name}", lambda: __import__(name))
""",
        ),
        # Without walls, what is installed in editable mode is found by a hook that zygotes start without.
        bites=False,
    ),
    Attack(
        "read by detours: links, dots, /proc, handles, other names",
        (
            """
secret = W.secret_files[0]
os.symlink(secret, "link"); os.symlink(os.path.dirname(secret), "folder")
detours = ["link", "folder/" + os.path.basename(secret), "/".join([".."] * 12) + secret, "/proc/self/root" + secret,
           "/proc/self/cwd/" + "../" * 12 + secret, "/proc/thread-self/root" + secret, "/dev/fd/../root" + secret,
           "/dev/shm/../.." + secret, "//" + secret, "/tmp/.." + secret]
detours += [f"/proc/{p}/{way}{secret}" for p in [1, os.getppid(), *W.processes] for way in ("root", "cwd/../../../../../..")]
for path in detours:
    attempt(path, lambda: open(path).read())
top = os.open("/", os.O_PATH | os.O_DIRECTORY)
attempt("below an open root", lambda: open(os.open(secret[1:], os.O_RDONLY, dir_fd=top)).read())
def reopen():
    found = os.open(secret, os.O_PATH)
    return open(f"/proc/self/fd/{found}").read()
attempt("by a path descriptor", reopen)
attempt("execute it", lambda: call("execveat", os.open(secret, os.O_PATH), b"", 0, 0, 0x1000))
attempt("link it here", lambda: os.link(secret, "mine") or open("mine").read())
attempt("move it here", lambda: os.rename(secret, "mine"))
attempt("by its handle", lambda: reaches_kernel("name_to_handle_at", -100, secret.encode(), 0, 0, 0))
attempt("by any handle", lambda: reaches_kernel("open_by_handle_at", 3, 0, 0))
""",
        ),
        bites=False,  # it would move the file
    ),
    Attack(
        "change, spoil, hide or lock out files outside",
        (
            """
for path in W.secret_files:
    folder = os.path.dirname(path)
    deeds = [
        lambda: open(path, "w").write("x"), lambda: open(path, "a").write("x"), lambda: os.truncate(path, 1),
        lambda: os.open(path, os.O_RDONLY | os.O_TRUNC), lambda: os.chmod(path, 0o000), lambda: os.chmod(folder, 0o1777),
        lambda: os.chown(path, -1, os.getgid()), lambda: os.utime(path, (1, 1)), lambda: os.setxattr(path, "user.x", b"x"),
        lambda: call("fchmodat2", -100, path.encode(), 0, 0), lambda: call("openat", -100, path.encode(), os.O_TRUNC),
        lambda: call("setxattrat", -100, path.encode(), 0, b"user.x", 0, 0), lambda: call("chmod", path.encode(), 0o777),
        lambda: os.link(path, folder + "/" + W.mark), lambda: os.symlink("/", folder + "/" + W.mark),
        lambda: os.mkdir(folder + "/" + W.mark), lambda: os.mkfifo(folder + "/" + W.mark),
        lambda: open(folder + "/" + W.mark, "w"), lambda: os.open(folder, os.O_TMPFILE | os.O_RDWR),
        lambda: os.rename(path, path + W.mark), lambda: os.unlink(path), lambda: os.rmdir(folder),
    ]
    for deed in deeds:
        with _quiet:
            deed()
print("tried", len(deeds))
""",
        ),
        bites=False,  # it would do what it says
    ),
    Attack(
        "write into programs, libraries, start-up files and what all share",
        (
            """
for folder in W.places:
    for path in (f"{folder}/{W.mark}", f"{folder}/{W.mark}.pth"):
        attempt(path, lambda: open(path, "w").write("x"))
    attempt(f"new folder in {folder}", lambda: os.mkdir(f"{folder}/{W.mark}.d"))
for module in (os, json, sys.modules["zmq"], sys.modules["ipykernel"]):
    path = module.__file__
    before = os.stat(path)
    attempt(f"add to {path}", lambda: open(path, "a"))
    with _quiet:
        os.chmod(path, 0o777)
    with _quiet:
        os.utime(path, (1, 1))
    attempt(f"touch {path}", lambda: os.stat(path).st_mtime_ns == before.st_mtime_ns and 1 / 0)
    attempt(f"mode of {path}", lambda: os.stat(path).st_mode == before.st_mode and 1 / 0)
""",
        ),
        bites=False,
    ),
    Attack(
        "open devices, and make some",
        (
            """
names = ["mem", "kmem", "port", "kmsg", "console", "tty0", "vda", "sda", "nvme0n1", "loop0", "loop-control", "fuse", "kvm", "vsock",
         "vhost-vsock", "vhost-net", "net/tun", "uinput", "hwrng", "snapshot", "dri", "nvidia0", "mapper/control", "userfaultfd"]
for name in names:
    attempt(f"/dev/{name}", lambda: os.listdir("/dev/" + name) if name == "dri" else os.open("/dev/" + name, os.O_RDONLY))
here = os.environ["TMPDIR"]
for number, kind in enumerate((0o020600, 0o060600)):
    attempt("make a device", lambda: os.mknod(f"{here}/d{number}", kind, os.makedev(1, 1)))
""",
        ),
        bites=False,  # what there is depends on the machine and the user
    ),
    Attack(
        "turn the machine's knobs",
        (
            """
for path in ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
             "/proc/sys/kernel/modprobe", "/proc/sys/fs/binfmt_misc/register", "/sys/kernel/uevent_helper", "/proc/timer_list",
             "/sys/fs/cgroup/cgroup.procs", "/proc/sys/net/ipv4/ip_forward", "/proc/self/attr/current"]:
    attempt(path, lambda: open(path, "r+"))
attempt("save oneself from the killer", lambda: open("/proc/self/oom_score_adj", "w").write("-900"))
""",
        ),
        bites=False,
    ),
)
