#!/usr/bin/env python3
"""
An exploration as a job array of a real Slurm on this machine: a task whose simdit is killed is queued
again, and the merged shards are what one process makes. Daemons have a configuration, ports and
sockets of their own, and are stopped by their pid files.
"""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../helpers"))
from reference import ROOT, SIMDIT, Tap, run, scratch  # noqa: E402

OPTIONS = ["--net", "resnet18", "--sram-budget", "1024", "--bandwidth-budget", "512,1024", "--top", "2"]
TASKS, VICTIM = 3, 2
REQUEUE_EXIT = 93
SECONDS = 60  # for anything to happen
CONFIGURATION = """
ClusterName=simdit-test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={directory}/munge.socket
CredType=cred/munge
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd.pid
SlurmctldLogFile={directory}/slurmctld.log
SlurmdLogFile={directory}/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
RequeueExit={requeue}
ReturnToService=2
SlurmctldTimeout=300
SlurmdTimeout=300
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
# Runs the program; task VICTIM's first one is kept still from its beginning, to be killed.
HOLD = """#!/bin/sh
if [ "$SLURM_ARRAY_TASK_ID" != {victim} ] || [ "${{SLURM_RESTART_COUNT:-0}}" != 0 ]; then
  exec "{simdit}" "$@"
fi
"{simdit}" "$@" &
kill -STOP $!
echo $! >"{directory}/victim.new" && mv "{directory}/victim.new" "{directory}/victim"
wait $!
"""


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds=SECONDS):
    """What @condition returns as soon as it is true; else what it returned last."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return result


def log_tail(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return " | ".join(line.strip() for line in file.readlines()[-8:])
    except OSError:
        return "no log"


class Cluster:
    """munged, slurmctld and slurmd in a directory of their own."""

    def __init__(self, directory):
        self.directory = directory
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", SLURM_CONF=self.path("slurm.conf"),
                                PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")

    def path(self, name):
        return os.path.join(self.directory, name)

    def call(self, *command, **options):
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False,
                              timeout=SECONDS, **options)

    def configure(self):
        for name in ("state", "spool"):
            os.mkdir(self.path(name))
        user = self.call("id", "-un").stdout.strip()
        write(self.path("slurm.conf"), CONFIGURATION.format(
            directory=self.directory, controller=free_port(), daemon=free_port(), user=user,
            host=socket.gethostname().split(".")[0], requeue=REQUEUE_EXIT))
        write(self.path("cgroup.conf"), "CgroupAutomount=no\n")
        with open(self.path("munge.key"), "wb") as key:
            key.write(random.randbytes(128))
        os.chmod(self.path("munge.key"), 0o600)

    def start(self):
        """An empty string, or why there is no cluster."""
        munge = self.call("munged", "--force", f"--key-file={self.path('munge.key')}",
                          f"--socket={self.path('munge.socket')}", f"--pid-file={self.path('munged.pid')}",
                          f"--log-file={self.path('munged.log')}", f"--seed-file={self.path('munged.seed')}")
        if munge.returncode != 0:
            return f"munged does not start: {munge.stderr.strip()[:200]}"
        for name, arguments in (("slurmctld", ["-c"]), ("slurmd", ["-N", "node1"])):
            started = self.call(name, *arguments)
            if started.returncode != 0:
                return f"{name} does not start: {(started.stderr.strip() or log_tail(self.path(name + '.log')))[:300]}"
        idle = wait_for(lambda: self.call("sinfo", "-h", "-o", "%T").stdout.strip() == "idle", 30)
        return "" if idle else f"no node is idle: {log_tail(self.path('slurmd.log'))[:300]}"

    def stop(self):
        for name in ("slurmd", "slurmctld", "munged"):
            try:
                with open(self.path(name + ".pid"), encoding="utf-8") as file:
                    pid = int(file.read())
                os.kill(pid, signal.SIGTERM)
            except (OSError, ValueError):
                continue
            wait_for(lambda p=pid: not os.path.exists(f"/proc/{p}"), 20)

    def state(self, job):
        return self.call("squeue", "-h", "-o", "%T", "-j", job).stdout.strip()


def submit(cluster):
    arguments = ["sbatch", "--parsable", f"--array=1-{TASKS}", "--output=" + cluster.path("task-%a.log"),
                 "--open-mode=append", "--chdir=" + cluster.directory,
                 os.path.join(ROOT, "tools/slurm/explore.sbatch"), cluster.path("shards"), *OPTIONS]
    cluster.environment["SIMDIT"] = cluster.path("hold")
    return cluster.call(*arguments)


def check(tap, cluster):
    def files():
        return sorted(os.listdir(cluster.path("shards"))) if os.path.isdir(cluster.path("shards")) else []
    names = [f"shard-{k}-of-{TASKS}.h5" for k in range(1, TASKS + 1)]
    others = [name for k, name in enumerate(names, 1) if k != VICTIM]
    write(cluster.path("hold"), HOLD.format(victim=VICTIM, simdit=os.path.abspath(SIMDIT),
                                            directory=cluster.directory), 0o755)
    submitted = submit(cluster)
    job = submitted.stdout.strip()
    if not tap.check(re.fullmatch(r"\d+", job) is not None, "the array is submitted", submitted.stderr):
        return
    held = wait_for(lambda: os.path.exists(cluster.path("victim")))
    if not tap.check(held, f"task {VICTIM} runs", log_tail(cluster.path("slurmd.log")),
                     log_tail(cluster.path("slurmctld.log"))):
        return
    tap.equal(wait_for(lambda: files() == others) and files(), others, "the other tasks write their shards")
    with open(cluster.path("victim"), encoding="utf-8") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    victim = f"{job}_{VICTIM}"
    tap.equal(wait_for(lambda: cluster.state(victim) == "PENDING") and cluster.state(victim), "PENDING",
              f"task {VICTIM}, whose simdit is killed, is queued again")
    tap.check("exited with 137; to be queued again" in log_tail(cluster.path(f"task-{VICTIM}.log")),
              "the script says so", log_tail(cluster.path(f"task-{VICTIM}.log")))
    tap.equal(files(), others, "nothing of it is left")
    time.sleep(2)  # slurmd takes what starts in the second of the kill for what was killed ("already killed")

    def hurry():
        """Asks for no delay, again and again: Slurm refuses as long as the task is completing."""
        if cluster.state(victim) == "PENDING":
            cluster.call("scontrol", "update", f"JobId={victim}", "StartTime=now")
        return files() == names
    tap.check(wait_for(hurry), "it writes its shard after all", log_tail(cluster.path(f"task-{VICTIM}.log")),
              log_tail(cluster.path("slurmd.log")),
              cluster.call("scontrol", "show", "job", victim).stdout)
    wait_for(lambda: cluster.state(job) == "")
    merged = run("merge", *(os.path.join(cluster.path("shards"), name) for name in names), "-o",
                 cluster.path("merged.h5"))
    whole = run("explore", *OPTIONS, "-o", cluster.path("whole.h5"))
    tap.equal(merged.stdout, whole.stdout, "merged: what a single process says")
    with open(cluster.path("merged.h5"), "rb") as one, open(cluster.path("whole.h5"), "rb") as other:
        tap.check(one.read() == other.read(), "merged: the bytes of a single process")


os.environ["PATH"] += ":/usr/sbin:/sbin"
missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch", "scontrol") if not shutil.which(name)]
if missing:
    skip(f"not installed: {', '.join(missing)}")
with scratch() as scratch_directory:
    cluster = Cluster(scratch_directory)
    try:
        cluster.configure()
        problem = cluster.start()
        if not problem:
            tap = Tap()
            check(tap, cluster)
    finally:
        cluster.stop()
    if problem:
        skip(problem)
tap.done()
