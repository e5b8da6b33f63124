"""Wishes to jobs and skips: pure, and before anything was converted.

Nothing is silently absent: what a suite names and cannot have is a skip with a reason. What it does not name
(``"all"``) and what ``--device`` leaves out makes no row. What no technique can change is one row for all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from pocketbench import crossed, names, sources, techniques
from pocketbench.engines import ENGINES, Engine, accelerators, can_read
from pocketbench.formats import FORMATS, Format
from pocketbench.model import UNKNOWN, Job, Refusal, Variant
from pocketbench.only import selected
from pocketbench.suite import Except, ModelWish, Suite, SuiteFile
from pocketbench.techniques import Step

AS_IS = "as_is"
# The one form of what nothing converts.
_AS_IT_IS: tuple[tuple[str, Refusal | None], ...] = (("", None),)
# Why no variant of a model in a format can be had, whatever the technique: one row says it.
OF_ALL = ("no-route", "no-runner", "toolchain-missing", "accelerator-absent")
# What to name to have a runner that a run on this computer alone does not have.
CARRIED_BY = {"web": "browser"}


@dataclass(frozen=True, slots=True)
class Place:
    """What the planner knows of a device: the name after ``@``, its kind, the runners it can start."""

    name: str
    kind: str
    runners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skip:
    """A job that will not be tried, and why."""

    job: Job
    device_kind: str
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Plan:
    """Jobs in the order they will run, and skips."""

    jobs: tuple[Job, ...]
    skips: tuple[Skip, ...]

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The variants that the jobs need, each once."""
        return tuple(dict.fromkeys(job.variant for job in self.jobs))


def plan(
    wished: SuiteFile, places: Sequence[Place], *, lacking: Mapping[tuple[str, str], str] | None = None, only: Sequence[str] = (), narrowed: bool = True
) -> Plan:
    """Make jobs and skips of a suite for some devices.

    ``lacking`` names frameworks and formats whose lane is not installed, each pair with the line to type. ``only`` are globs over
    whole segments of job ids. ``narrowed``: the user chose the devices, so that what runs on others only makes no row.
    Raises SuiteError or UnknownName for names that do not exist.
    """
    suite = wished.suite
    names.check(wished)
    jobs: list[Job] = []
    skips: list[Skip] = []
    for model in suite.models:
        for found in _variants(model, wished, lacking or {}):
            if isinstance(found, Skip):
                skips.append(found)
                continue
            made = [job for place in places for job in _jobs(found, place, suite)]
            for job in made if narrowed else (*made, *_elsewhere(found, places, suite, made)):
                (skips if isinstance(job, Skip) else jobs).append(job)  # type: ignore[arg-type]
    pairs = ((skip, _of_all(skip)) for skip in skips)
    chosen = {one.job.id: one for skip, one in pairs if selected(skip.job.id, only) or selected(one.job.id, only)}
    return Plan(tuple(job for job in jobs if selected(job.id, only)), tuple(chosen.values()))


def _variants(model: ModelWish, wished: SuiteFile, lacking: Mapping[tuple[str, str], str]) -> Iterator[Variant | Skip]:
    """Every variant of one model, or the skip in its place."""
    for framework in dict.fromkeys(model.frameworks or (sources.framework(model.source, wished.base),)):
        for name in dict.fromkeys(wished.suite.matrix.formats):
            adapter = FORMATS.get(name)
            routes = adapter.routes(framework)
            lane = _lane(adapter, routes, framework, lacking)
            for technique, refusal in _techniques(adapter, framework, model, wished.suite):
                for form, absent in _AS_IT_IS if framework == name or _converts_nothing(adapter) else crossed.forms(adapter, technique, wished.suite):
                    why = lane or refusal or absent
                    variant = Variant(model.name, framework, name, technique, form, route=routes[0] if routes else "")
                    yield _skip(variant, why) if why else variant


def _techniques(adapter: Format, framework: str, model: ModelWish, suite: Suite) -> Iterator[tuple[str, Refusal | None]]:
    """Every technique wanted of a format, with the refusal when it cannot be had."""
    ready = framework == adapter.name
    listed = (AS_IS,) if ready else adapter.techniques(framework)
    wanted = suite.matrix.techniques
    if isinstance(wanted, str) or _converts_nothing(adapter):
        wanted = listed
    elif ready:
        wanted = (AS_IS, *(name for name in wanted if name != AS_IS))
    for technique in dict.fromkeys(wanted):
        steps = techniques.parse(technique)
        if technique in listed or (not ready and all(_base(step.name) in adapter.steps for step in steps)):
            yield technique, _needs(technique, steps, framework, model)
        elif ready:
            yield technique, Refusal("plan", "technique-not-for-model", f"{model.source} is already a {adapter.name} file: it is run as it is")
        else:
            known = ", ".join(adapter.steps)
            yield technique, Refusal("plan", "technique-not-for-format", f"{adapter.name} has no technique {technique}; its steps are {known}")


def _converts_nothing(adapter: Format) -> bool:
    """Whether techniques and forms, which say how to convert, say nothing of a format."""
    return adapter.steps == (AS_IS,)


def _base(step: str) -> str:
    """A step's name without how often it is done."""
    return step.partition(":")[0]


def _needs(technique: str, steps: Sequence[Step], framework: str, model: ModelWish) -> Refusal | None:
    """Refuse a technique whose rows the suite does not give, or that retrains in no framework of the model."""
    if any(step.calibrates for step in steps) and model.data.calibration == 0:
        hint = f"give model {model.name!r} data = {{ calibration = 200, … }}"
        return Refusal("plan", "needs-calibration-data", f"{technique} calibrates, and data.calibration is 0", hint)
    if any(step.retrains for step in steps) and model.train is None:
        hint = f"give model {model.name!r} train = {{ rows = 1000, epochs = 2 }}"
        return Refusal("plan", "needs-training-data", f"{technique} retrains, and the model has no train table", hint)
    if unable := [step.name for step in steps if step.retrains and framework not in step.makers]:
        return Refusal("plan", "technique-not-for-model", f"{', '.join(unable)} retrains {_trained_in(steps)} models, and this one is {framework}")
    return None


def _trained_in(steps: Sequence[Step]) -> str:
    """The frameworks that all steps that retrain know."""
    known = [set(step.makers) for step in steps if step.retrains]
    return " and ".join(sorted(set.intersection(*known)))


def _lane(adapter: Format, routes: tuple[str, ...], framework: str, lacking: Mapping[tuple[str, str], str]) -> Refusal | None:
    """Refuse a format that nothing leads to, or whose lane is not installed."""
    if not routes:
        return Refusal("plan", "no-route", f"nothing converts {framework} to {adapter.name}")
    if (framework, adapter.name) in lacking:
        return Refusal("plan", "toolchain-missing", f"what makes {adapter.name} of a {framework} model is not installed", lacking[framework, adapter.name])
    return None


def _jobs(variant: Variant, place: Place, suite: Suite) -> Iterator[Job | Skip]:
    """Every job of one variant on one device, or skips for what was named and cannot be had."""
    runs = [(engine, runner) for engine in _engines(variant, suite) for runner in engine.runners if runner in place.runners]
    engines = list(dict.fromkeys(engine for engine, _ in runs))
    for accelerator in dict.fromkeys(suite.matrix.accelerators):
        able = [(engine, runner) for engine, runner in runs if accelerator in accelerators(engine, runner)]
        if runs and not able and _told(accelerator, engines, suite):
            yield _absent(variant, place, accelerator, engines)
        for engine, runner in able:
            for threads, options, named in crossed.settings(engine, runner, accelerator, variant.technique, suite):
                job = Job(variant, runner, engine.name, accelerator, threads, place.name, options, named)
                rule = next((rule for rule in suite.excepts if _excepted(job, rule)), None)
                why = Refusal("plan", "excluded-by-suite", rule.why) if rule else crossed.unasked(job, place.runners)
                yield Skip(job, place.kind, why) if why else job


def _engines(variant: Variant, suite: Suite) -> list[Engine]:
    """The engines that read what a variant becomes, of those that the suite names, or of the usual ones."""
    wanted = suite.matrix.engines or [engine.name for engine in ENGINES if engine.usual]
    return [engine for engine in ENGINES if can_read(engine, variant) and engine.name in wanted]


def _told(accelerator: str, engines: Sequence[Engine], suite: Suite) -> bool:
    """Whether it is worth a row that a format's engines have no such accelerator: engines of their kind have it, or nothing of the suite has it anywhere.

    Browsers are a kind of their own: that no file for LiteRT runs in WebAssembly, and no page on Vulkan, goes without saying.
    """
    if any(accelerator in one.accelerators for one in engines):
        return False  # another device has it
    asked = [engine for engine in ENGINES if {*engine.reads} & {*suite.matrix.formats}]
    having = [engine for engine in asked if any(accelerator in accelerators(engine, runner) for runner in engine.runners)]
    return not having or any(("web" in one.runners) == ("web" in other.runners) for one in engines for other in having)


def _elsewhere(variant: Variant, places: Sequence[Place], suite: Suite, made: Sequence[Job | Skip]) -> Iterator[Skip]:
    """Skips of what only other devices run, the whole variant or some of its accelerators, with what to type to have one."""
    carried = [(engine, runner) for engine in _engines(variant, suite) for runner in engine.runners if runner in CARRIED_BY]
    here = ", ".join(place.name for place in places)
    for engine, runner in carried[:1]:
        device = CARRIED_BY[runner]
        typed = " ".join(f"--device {name}" for name in (*(place.name for place in places), device))
        if not made:
            why = Refusal("plan", "no-runner", f"{variant.format} files are run by {engine.name} on {device}, and this run is on {here}", typed)
            yield _skip(variant, why)
        known = {one.job.accelerator if isinstance(one, Skip) else one.accelerator for one in made}
        for accelerator in dict.fromkeys(suite.matrix.accelerators) if made else ():
            if accelerator in accelerators(engine, runner) and accelerator not in known:
                why = Refusal("plan", "no-runner", f"{engine.name} has {accelerator} on {device}, and this run is on {here}", typed)
                yield Skip(Job(variant, UNKNOWN, UNKNOWN, accelerator, 0, UNKNOWN), "", why)


def _excepted(job: Job, rule: Except) -> bool:
    """Say whether every key that the rule gives is the job's."""
    variant = job.variant
    pairs = [
        (rule.model, variant.model), (rule.framework, variant.framework), (rule.format_, variant.format), (rule.technique, variant.technique),
        (rule.form, variant.form), (rule.runner, job.runner), (rule.engine, job.engine), (rule.accelerator, job.accelerator), (rule.device, job.device),
    ]  # fmt: skip
    return all(wanted in ("", found) for wanted, found in pairs) and rule.options.items() <= job.options.items()


def _skip(variant: Variant, refusal: Refusal) -> Skip:
    """A skip of a whole variant: the rest of the id cannot be known."""
    return Skip(Job(variant, UNKNOWN, UNKNOWN, UNKNOWN, 0, UNKNOWN), "", refusal)


def _of_all(skip: Skip) -> Skip:
    """A skip whose cause has nothing to do with technique and form speaks of all of them; any other as it is."""
    if skip.refusal.reason not in OF_ALL:
        return skip
    variant = replace(skip.job.variant, technique=UNKNOWN, form="")
    return Skip(replace(skip.job, variant=variant), skip.device_kind, skip.refusal)


def _absent(variant: Variant, place: Place, accelerator: str, engines: Sequence[Engine]) -> Skip:
    """A skip of one accelerator that no engine offers on this device."""
    names = ", ".join(engine.name for engine in engines)
    refusal = Refusal("plan", "accelerator-absent", f"no engine for {variant.format} on {place.name} runs on {accelerator} (tried {names})")
    return Skip(Job(variant, UNKNOWN, UNKNOWN, accelerator, 0, place.name), place.kind, refusal)
