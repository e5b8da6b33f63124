"""What the formats that are made by torch have in common: what retrains, in which framework, and what torch cannot read."""

from pathlib import Path

from pocketbench.model import Refusal, Source

RETRAINING = ("prune50", "prune80", "prune2x4", "cluster16", "cluster32", "extra_epochs")
# Each way to retrain, and the controls: trained on as long, and nothing else.
RETRAINED = ("extra_epochs", "prune50", "prune80", "prune2x4", "cluster16", "cluster32", "extra_epochs:2", "prune80+cluster16")
# What int8 makes of retrained models, with their controls.
RETRAINED_INT8 = ("extra_epochs+int8", "qat_int8", "prune80+int8", "cluster16+int8", "extra_epochs:2+int8", "prune80+qat_int8", "cluster16+qat_int8")
# Training under rounding, and its control where two steps retrain: of Keras models it leaves a TensorFlow graph, which torch cannot read.
_AWARE = ("qat_int8", "extra_epochs:2+int8", "prune80+qat_int8", "cluster16+qat_int8")


def retrained(framework: str) -> tuple[str, ...]:
    """What ``"all"`` means of retraining, for a format with an int8 of its own."""
    return tuple(each for each in (*RETRAINED, *RETRAINED_INT8) if framework != "keras" or each not in _AWARE)


def unfit(source: Source, technique: str) -> Refusal | None:
    """Why torch's exporter cannot take a Keras model, as it came or as the technique leaves it; None when it may."""
    if source.framework == "keras" and Path(source.path).suffix != ".keras":
        return Refusal("convert", "technique-not-for-model", "a SavedModel is a graph of TensorFlow, which torch cannot export")
    if source.framework == "keras" and "qat_int8" in technique:
        return Refusal("convert", "technique-not-for-model", "Keras trains under rounding with TensorFlow's tools, which leave a graph of TensorFlow")
    return None
