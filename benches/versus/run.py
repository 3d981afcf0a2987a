"""Measures Perennial against its peers on the same data, paired in one run, and writes RESULTS.md.

usage: run.py PERENNIAL_BINARY N_EVENTS [N_EVENTS …] [--growth N_EVENTS]

`--growth` adds how Perennial alone goes on when so many events become two, four and eight times as many.

Every engine runs in a process of its own and gives its best of three. Perennial is timed as a whole
process, from start to exit, and again inside a running server; the peers are timed warm, inside a
process that has loaded and sorted the data already. Checksums must agree.
"""
import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

from peers import ENGINES, can
from tasks import AS_OF, DASHBOARD, TASKS

HERE = pathlib.Path(__file__).parent
NAMES = {"duckdb": "DuckDB", "chdb": "ClickHouse (chdb)", "polars": "Polars"}


def measured(command, **options):
    """Wall seconds, peak resident MiB and output of a process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return seconds, usage.ru_maxrss / 1024, output


def perennial(binary, data, work, task):
    """Best of three as a whole process, least peak memory, checksum, best of five in the server."""
    question = work / "question.json"
    question.write_text(json.dumps(task["question"]))
    command = [binary, "ask", task["kind"], "--data", data, "--question", question, "--format", "json"]
    fresh, memory, output = best_process(command)
    served = in_server(binary, data, f"insights/{task['kind']}", task["question"])
    return fresh, memory, task["check"](json.loads(output)), served


def best_process(command):
    """Best time and least peak memory of three runs, and what the last wrote."""
    runs = [measured(command) for _ in range(3)]
    return min(run[0] for run in runs), min(run[1] for run in runs), runs[-1][2]


def dashboard(binary, data, work):
    """The dashboard in a fresh process and in the server; a tile that is no answer ends the run."""
    tiles = [{"title": TASKS[name]["title"], "kind": TASKS[name]["kind"],
              "question": {field: value for field, value in TASKS[name]["question"].items()
                           if field != "as_of"}} for name in DASHBOARD]
    file = work / "dashboard.json"
    file.write_text(json.dumps({"title": "Benchmark", "filters": {"as_of": AS_OF}, "tiles": tiles}))
    measured([binary, "dashboard", "create", "bench", "--data", data, "--file", file])
    fresh, memory, output = best_process(
        [binary, "dashboard", "run", "bench", "--data", data, "--format", "json"])
    for name, tile in zip(DASHBOARD, json.loads(output)["tiles"]):
        if "answer" not in tile:
            raise SystemExit(f"dashboard: {name}: {tile.get('refused') or tile.get('error')}")
    return fresh, memory, in_server(binary, data, "dashboards/bench/run", {"as_of": AS_OF})


def in_server(binary, data, path, question):
    """Best of five inside a running server; each question ends at another instant, so no answer is a
    remembered one."""
    server = subprocess.Popen([binary, "serve", "--data", data, "--address", "127.0.0.1:0"],
                              stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split("http://")[1].split()[0]
        best = float("inf")
        for second in range(5):
            body = dict(question, as_of=f"2026-01-01T00:00:{second:02}Z")
            request = urllib.request.Request(
                f"http://{address}/api/v1/{path}", json.dumps(body).encode(),
                {"content-type": "application/json"})
            began = time.perf_counter()
            with urllib.request.urlopen(request) as response:
                response.read()
            best = min(best, time.perf_counter() - began)
        return best
    finally:
        server.terminate()
        server.wait()


def import_into(binary, data, file):
    seconds, memory, _ = measured(
        [binary, "import", "--data", data, "--preset", "events", "--map",
         "customer=customer_id,ts=ts,event=event,amount=amount", "--currency", "EUR", file])
    return seconds, memory


def peer(engine, task, file):
    _, memory, output = measured([sys.executable, HERE / "peers.py", engine, task, file])
    result = json.loads(output.splitlines()[-1])
    return result["seconds"], memory, result["check"]


def decoded(data):
    """The limit of any question that reads a file: its two first columns decoded, and nothing done."""
    files = f"{data}/lake/main/events/**/*.parquet"
    found = {engine: peer(engine, "decode", files)[:2] for engine in ("duckdb", "polars")}
    titles = ["the same files, customer and instant only decoded", ""]
    return [(title, NAMES[engine], seconds, peak, None)
            for title, (engine, (seconds, peak)) in zip(titles, found.items())]


def measure(binary, n_events, work):
    subprocess.run([sys.executable, HERE / "generate.py", str(n_events), work], check=True)
    file = work / "by_time.parquet"
    data = work / "lake"
    rows = []
    seconds, memory = import_into(binary, data, file)
    other, other_memory, _ = peer("duckdb", "import", file)
    rows += shown([("import, sorted, durable", "Perennial", seconds, memory, other / seconds),
                   ("", "DuckDB", other, other_memory, None)])
    rows += shown(decoded(data))
    fastest = {}
    for name, task in TASKS.items():
        fastest[name], more = versus(binary, data, work, name, task)
        rows += shown(more)
    fresh, memory, served = dashboard(binary, data, work)
    one_by_one = sum(fastest[name] for name in DASHBOARD)
    title = f"dashboard of {len(DASHBOARD)} insights"
    rows += shown([(title, "Perennial, fresh process", fresh, memory, one_by_one / fresh),
                   ("", "Perennial, running server", served, None, one_by_one / served),
                   ("", "the fastest peer of each, added up", one_by_one, None, None)])
    shutil.rmtree(data)
    return rows


def versus(binary, data, work, name, task):
    """The fastest peer's seconds and the rows of one task: ours first, then every engine that can say
    it."""
    fresh, memory, check, served = perennial(binary, data, work, task)
    peers = {engine: peer(engine, name, work / "by_customer.parquet")
             for engine in ENGINES if can(engine, name)}
    for engine, (_, _, other) in peers.items():
        if other != check:
            raise SystemExit(f"{name}: {NAMES[engine]} counts {other}, Perennial {check}")
    fastest = min(seconds for seconds, _, _ in peers.values())
    rows = [(task["title"], "Perennial, fresh process", fresh, memory, fastest / fresh),
            ("", "Perennial, running server", served, None, fastest / served)]
    rows += [("", f"{NAMES[engine]}, loaded and warm", seconds, peak, None)
             for engine, (seconds, peak, _) in peers.items()]
    return fastest, rows


GROWTH = ["retention", "path", "customer_table"]


def growth(binary, base):
    """Seconds and peak MiB of the import and of three questions in a fresh process, at one, two, four
    and eight times as many events: the lines of a table."""
    table = {name: [] for name in ["import", *GROWTH]}
    sizes = [base * times for times in (1, 2, 4, 8)]
    for n_events in sizes:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
            work = pathlib.Path(folder)
            subprocess.run([sys.executable, HERE / "generate.py", str(n_events), work], check=True)
            table["import"].append(import_into(binary, work / "lake", work / "by_time.parquet"))
            for name in GROWTH:
                task, question = TASKS[name], work / "question.json"
                question.write_text(json.dumps(task["question"]))
                command = [binary, "ask", task["kind"], "--data", work / "lake",
                           "--question", question, "--format", "json"]
                table[name].append(best_process(command)[:2])
    lines = ["## Growth", "", "Seconds (microseconds per event) and peak MiB of Perennial alone.", "",
             "| task | " + " | ".join(f"{n:,}" for n in sizes) + " |", "|---|" + "---:|" * len(sizes)]
    for name, measures in table.items():
        title = "import, sorted, durable" if name == "import" else TASKS[name]["title"]
        cells = (f"{seconds:.2f} ({seconds / n * 1e6:.3f}), {peak:.0f}"
                 for n, (seconds, peak) in zip(sizes, measures))
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    print("\n".join(lines), flush=True)
    return lines + [""]


def line(row):
    task, engine, seconds, peak, ratio = row
    peak, ratio = f"{peak:.0f}" if peak else "", f"{ratio:.1f}×" if ratio else ""
    return f"| {task} | {engine} | {seconds:.3f} | {peak} | {ratio} |"


def shown(rows):
    """The rows, printed as soon as they are known."""
    print("\n".join(map(line, rows)), flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("sizes", nargs="*", type=lambda n: int(float(n)))
    parser.add_argument("--growth", type=lambda n: int(float(n)))
    asked = parser.parse_args()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ["duckdb", "chdb", "polars"])
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    lines = [
        "# Results", "",
        f"{datetime.date.today()}, {os.cpu_count()} cores of {cpu}, {memory:.0f} GiB, {platform.system()}; {versions}.",
        "Made by `make bench`. Best of three; ratio = fastest peer ÷ Perennial. Perennial is timed as a whole",
        "process unless it says otherwise, the peers inside a process that has the data loaded and sorted.", "",
    ]
    for n_events in asked.sizes:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
            rows = measure(asked.binary, n_events, pathlib.Path(folder))
        lines += [f"## {n_events:,} events, {max(1000, n_events // 100):,} customers", "",
                  "| task | engine | seconds | peak MiB | ratio |", "|---|---|---:|---:|---:|"]
        lines += [line(row) for row in rows] + [""]
    if asked.growth:
        lines += growth(asked.binary, asked.growth)
    (HERE.parent / "RESULTS.md").write_text("\n".join(lines))


main()
