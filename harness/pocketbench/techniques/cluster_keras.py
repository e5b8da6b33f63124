"""Weight clustering of a Keras model, by TensorFlow's model optimisation toolkit: each kernel for itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import keras_legacy
from pocketbench.errors import Refused
from pocketbench.techniques import PRUNE, Retraining, keras_training

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def make(work: Retraining) -> Path:
    """Train on while the weights of each kernel share a few values; zeros of a pruned model stay zeros. Raises Refused."""
    import tensorflow_model_optimization as tfmot

    keras_training.begin()
    found = keras_legacy.twin(work.source)
    clustered = _wrapped(found.legacy, work)
    keras_training.train_on(clustered, work.rows, work.train)
    stripped = tfmot.clustering.keras.strip_clustering(clustered)
    return keras_legacy.brought_back(keras_legacy.stripped_of(found, stripped), work.source, work.folder)


def _wrapped(legacy: Any, work: Retraining) -> Any:
    """The model with a wrapper around each layer that is clustered."""
    import tf_keras

    wrapped: list[str] = []

    def wrap(layer: Any) -> Any:
        if isinstance(layer, tf_keras.Model):
            return tf_keras.models.clone_model(layer, clone_function=wrap)
        if not _clusterable(layer, work.step.promises.clusters):
            return layer
        wrapped.append(layer.name)
        return _clustered(layer, work)

    model = tf_keras.models.clone_model(legacy, clone_function=wrap)
    if not wrapped:
        raise Refused("technique-not-for-model", f"{work.step.name} finds no kernel that it can cluster")
    return model


def _clustered(layer: Any, work: Retraining) -> Any:
    """One layer in its wrapper. Keeping zeros is only in the toolkit's experimental part."""
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.clustering.keras.experimental import cluster

    clusters, kinds = work.step.promises.clusters, tfmot.clustering.keras.CentroidInitialization
    if not any(step.rank == PRUNE for step in work.before):
        return tfmot.clustering.keras.cluster_weights(layer, clusters, kinds.KMEANS_PLUS_PLUS)
    # Half of the centroids are for numbers below zero, half for those above; k-means++ needs as many of each.
    enough = all(min((kernel > 0).sum(), (kernel < 0).sum()) >= clusters // 2 for kernel in _kernels(layer))
    return cluster.cluster_weights(layer, clusters, kinds.KMEANS_PLUS_PLUS if enough else kinds.LINEAR, preserve_sparsity=True)


def _clusterable(layer: Any, clusters: int) -> bool:
    """Whether the toolkit knows a layer, and it has kernels with more weights that are not zero than clusters."""
    kernels = _kernels(layer)
    return bool(kernels) and all((kernel != 0).sum() > clusters for kernel in kernels)


def _kernels(layer: Any) -> "list[Array]":
    """The kernels that the toolkit would cluster; none of a layer that it does not know."""
    from tensorflow_model_optimization.python.core.clustering.keras.clustering_registry import ClusteringRegistry

    if not layer.trainable_weights or not ClusteringRegistry.supports(layer):
        return []
    return [kernel.numpy() for _, kernel in ClusteringRegistry.make_clusterable(layer).get_clusterable_weights()]
