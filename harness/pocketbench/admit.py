"""A job let through to a device, or turned into a skip, now that its artifact is known. Pure."""

from pocketbench.devices import Facts
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Job, Refusal


def admit(job: Job, anatomy: Anatomy, facts: Facts) -> Refusal | None:
    """Return why this file cannot be run there, or None when it can be tried."""
    if refusal := ENGINES.get(job.engine).refuses(anatomy, job.accelerator, facts):
        return refusal
    memory = facts.get("memory_bytes", 0)
    if isinstance(memory, int) and 0 < memory < anatomy.size_bytes:
        return Refusal("admit", "memory-limit", f"the file has {anatomy.size_bytes} bytes, {job.device} has {memory} bytes of memory")
    return None
