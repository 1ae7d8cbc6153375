"""The tables of docs/shared_machine.md, made from what benchmarks.memory has measured."""

import math

GIB = 1024  # in MiB
# PyTorch's CPU build, unpacked. Not measured: its own index could not be reached.
CPU_TORCH_MIB = 700
SPARE = 1.25


def tables(results: dict) -> dict[str, str]:
    """The tables by the name of their place in the page.

    Args:
        results: the content of memory.json; the part "training" may be missing.
    """
    made = {"memory": memory_table(results), "disk": disk_table(results)}
    return made | ({"students": students_table(results)} if "training" in results else {})


def gib(mib: float) -> str:
    """A size as people say it: ``1536`` is ``1.5 GB``."""
    return f"{mib / GIB:.1f} GB"


def limit_mib(results: dict, *, without: str = "") -> int:
    """The memory limit for one student: JupyterLab, the hungriest notebook, and a quarter more.

    Args:
        results: the content of memory.json.
        without: a notebook that the class does not open.

    Returns:
        MiB, rounded up to half a GiB.
    """
    opened = [one["resident_mib"] for name, one in results["notebooks"].items() if name != without]
    needed = SPARE * (results["lab"]["resident_mib"] + max(opened))
    return math.ceil(needed / (GIB / 2)) * GIB // 2


def class_mib(results: dict, students: int, *, without: str = "") -> int:
    """The memory of a class on one machine, where each has the hungriest notebook open.

    Shared pages, such as PyTorch's libraries, count once.
    """
    opened = [one for name, one in results["notebooks"].items() if name != without]
    hungriest = max(opened, key=lambda one: one["private_mib"])
    lab = results["lab"]
    shared = hungriest["resident_mib"] - hungriest["private_mib"]
    shared += lab["resident_mib"] - lab["private_mib"]
    return round(SPARE * (students * (hungriest["private_mib"] + lab["private_mib"]) + shared))


def memory_table(results: dict) -> str:
    """Memory and processor time of each notebook, and what follows for a limit."""
    lines = [
        "| measured: the kernel of | memory, at most | of it private | processor seconds |",
        "|---|---|---|---|",
    ]
    for name, one in results["notebooks"].items():
        size = f"{one['resident_mib']:,} MB | {one['private_mib']:,} MB"
        lines.append(f"| {name} | {size} | {one['cpu_seconds']:.0f} |")
    lab, loads = results["lab"], [one["load"] for one in results["notebooks"].values()]
    lines.append(
        f"| JupyterLab's server, beside it | {lab['resident_mib']:,} MB "
        f"| {lab['private_mib']:,} MB | |"
    )
    hungriest = max(
        results["notebooks"], key=lambda name: results["notebooks"][name]["resident_mib"]
    )
    lines += [
        "",
        f"Measured on {results['machine']}, one notebook after the other, with real MNIST. Other "
        f"programs were at work (load average {min(loads)} to {max(loads)}); that lengthens the "
        "processor seconds, not the memory.",
        "",
        "| estimate, from the table above and a quarter to spare | any notebook "
        f"| any but {hungriest} |",
        "|---|---|---|",
        "| limit for one student in a container of their own, one notebook open at a time "
        f"| {gib(limit_mib(results))} | {gib(limit_mib(results, without=hungriest))} |",
        *(
            f"| {number} students on one machine with one environment "
            f"| {gib(class_mib(results, number))} "
            f"| {gib(class_mib(results, number, without=hungriest))} |"
            for number in (10, 30)
        ),
    ]
    return "\n".join(lines)


def disk_table(results: dict) -> str:
    """The installed packages."""
    disk = results["disk"]
    rest, whole = disk["rest_mib"], sum(disk.values())
    return "\n".join(
        [
            "| installed packages, Linux | size | |",
            "|---|---|---|",
            f"| all, with PyTorch's usual build | {gib(whole)} | measured |",
            f"| – of it the CUDA libraries, for graphics cards | {gib(disk['cuda_mib'])} "
            "| measured |",
            f"| – of it PyTorch itself | {gib(disk['torch_mib'])} | measured |",
            f"| – all else | {gib(rest)} | measured |",
            f"| all, with PyTorch's CPU build (`TORCH=cpu`) | {gib(rest + CPU_TORCH_MIB)} "
            f"| estimate: all else, and {gib(CPU_TORCH_MIB)} for PyTorch |",
            f"| thirty environments instead of one | {gib(30 * (rest + CPU_TORCH_MIB))} "
            f"to {gib(30 * whole)} | estimate |",
        ]
    )


def students_table(results: dict) -> str:
    """How long several students wait who train at once, by the settings of their threads."""
    training = results["training"]
    students, images = training["students"], training["images"]
    lines = [
        f"| setting | one student alone | {students} students at once, until the last is done |",
        "|---|---|---|",
    ]
    for name, row in training["settings"].items():
        shown = f"`{name}`" if "=" in name else name
        lines.append(f"| {shown} | {_seconds(row['alone'])} | {_seconds(row['together'])} |")
    repeats = len(row["alone"]["each"])
    lines += [
        "",
        f"Measured on {results['machine']}: one epoch over {images:,} images, median of {repeats} "
        "(and the range). Other programs were at work on the machine "
        f"(load average {training['load']} before): read the ratios.",
    ]
    return "\n".join(lines)


def _seconds(row: dict) -> str:
    return f"{row['median']:.1f} s ({min(row['each']):.1f} to {max(row['each']):.1f})"
