"""Operator models of mathematics, reductions, indexing and shapes: each function returns one in the framework that it is asked for. See ``coverage.toml``."""

from typing import Any

from coverage_parts import alike, of_image, of_table, plainly, spread


def erf(framework: str) -> Any:
    """The error function."""
    return alike(framework, lambda ops: lambda value: ops.erf(spread(value)))


def exp_log(framework: str) -> Any:
    """Exponential and logarithm."""
    return alike(framework, lambda ops: lambda value: ops.log(ops.exp(value) + 1.0))


def rsqrt(framework: str) -> Any:
    """One over the square root."""
    return alike(framework, lambda ops: lambda value: ops.rsqrt(value + 0.5))


def sine(framework: str) -> Any:
    """Sine and cosine."""
    return alike(framework, lambda ops: lambda value: ops.sin(spread(value)) * ops.cos(value))


def arctan2(framework: str) -> Any:
    """The angle of two coordinates."""
    return of_table(framework, lambda keras: lambda v: keras.ops.arctan2(spread(v), v + 0.5), lambda torch: lambda v: torch.atan2(spread(v), v + 0.5))


def floor_modulo(framework: str) -> Any:
    """Rounding down, and the rest of a division."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.floor(spread(v)) + keras.ops.mod(v, 0.3),
        lambda torch: lambda v: torch.floor(spread(v)) + torch.remainder(v, 0.3),
    )


def matmul(framework: str) -> Any:
    """A product of two computed matrices."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.matmul(v, keras.ops.transpose(v, (0, 2, 1))),
        lambda torch: lambda v: torch.matmul(v, v.transpose(1, 2)),
    )


def einsum(framework: str) -> Any:
    """A sum of products that is written in letters."""
    return alike(framework, lambda ops: lambda value: ops.einsum("brc,bsc->brs", value, value))


def cumsum(framework: str) -> Any:
    """Running sums."""
    return alike(framework, lambda ops: lambda value: ops.cumsum(value, 1))


def reduce_max(framework: str) -> Any:
    """The largest of each row."""
    return of_table(framework, lambda keras: lambda v: keras.ops.max(v, -1, keepdims=True), lambda torch: lambda v: torch.amax(v, -1, keepdim=True))


def reduce_std(framework: str) -> Any:
    """The standard deviation of each row."""
    return of_table(
        framework,
        lambda keras: lambda value: keras.ops.std(value, -1, keepdims=True),
        lambda torch: lambda value: torch.std(value, -1, correction=0, keepdim=True),
    )


def argmax(framework: str) -> Any:
    """Where the largest of each row is."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.cast(keras.ops.argmax(v, -1, keepdims=True), "float32"),
        lambda torch: lambda v: torch.argmax(v, -1, keepdim=True).float(),
    )


def top_k(framework: str) -> Any:
    """The three largest of each row."""
    return of_table(framework, lambda keras: lambda v: keras.ops.top_k(v, 3)[0], lambda torch: lambda v: torch.topk(v, 3)[0])


def sort(framework: str) -> Any:
    """Each row in order."""
    return of_table(framework, lambda keras: lambda v: keras.ops.sort(v, -1), lambda torch: lambda v: torch.sort(v, -1)[0])


def gather(framework: str) -> Any:
    """Columns picked by constant places."""
    return of_table(framework, lambda keras: lambda v: keras.ops.take(v, [3, 0, 5], -1), plainly(lambda v: v[:, :, [3, 0, 5]]))


def gather_computed(framework: str) -> Any:
    """Numbers picked by computed places."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.take_along_axis(v, keras.ops.argsort(v, -1), -1),
        lambda torch: lambda v: torch.gather(v, -1, torch.argsort(v, -1)),
    )


def scatter(framework: str) -> Any:
    """Rows written to places of a table of zeros."""

    def keras(keras: Any) -> Any:
        return lambda v: keras.ops.expand_dims(keras.ops.scatter_update(v[0], [[1], [4]], v[0, :2]), 0)

    def torch(torch: Any) -> Any:
        places = torch.tensor([1, 4])
        return lambda v: torch.index_copy(v, 1, places, v[:, :2])

    return of_table(framework, keras, torch)


def where(framework: str) -> Any:
    """A choice for each number."""
    return alike(framework, lambda ops: lambda value: ops.where(value > 0.5, value, -value))


def one_hot(framework: str) -> Any:
    """Whole numbers as rows of zeros and a one."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.one_hot(keras.ops.argmax(v, -1), 8),
        lambda torch: lambda v: torch.nn.functional.one_hot(torch.argmax(v, -1), 8).float(),
    )


def concat_split(framework: str) -> Any:
    """Columns taken apart and put together in another order."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.concatenate(keras.ops.split(v, 2, -1)[::-1], -1),
        lambda torch: lambda v: torch.cat(torch.chunk(v, 2, -1)[::-1], -1),
    )


def reshape_transpose(framework: str) -> Any:
    """Another shape, and axes in another order."""
    return of_table(
        framework,
        lambda keras: lambda v: keras.ops.transpose(keras.ops.reshape(v, (-1, 6, 2, 4)), (0, 2, 3, 1)),
        plainly(lambda v: v.reshape(-1, 6, 2, 4).permute(0, 2, 3, 1)),
    )


def strided_slice(framework: str) -> Any:
    """Every second row, from the second on."""
    return of_table(framework, plainly(lambda v: v[:, 1::2]), plainly(lambda v: v[:, 1::2]))


def flip(framework: str) -> Any:
    """Rows in the other order."""
    return of_table(framework, lambda keras: lambda v: keras.ops.flip(v, 1), lambda torch: lambda v: torch.flip(v, (1,)))


def tile(framework: str) -> Any:
    """The same table three times."""
    return of_table(framework, lambda keras: lambda v: keras.ops.tile(v, (1, 3, 1)), plainly(lambda v: v.repeat(1, 3, 1)))


def pad(framework: str) -> Any:
    """Zeros around an image."""
    return of_image(framework, lambda keras: keras.layers.ZeroPadding2D(2), lambda torch: torch.nn.ZeroPad2d(2))


def pad_reflected(framework: str) -> Any:
    """An image's mirrored edges around it."""
    return of_image(
        framework, lambda keras: lambda v: keras.ops.pad(v, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect"), lambda torch: torch.nn.ReflectionPad2d(2)
    )


def resize_nearest(framework: str) -> Any:
    """An image of twice the size, by the nearest pixel."""
    return of_image(framework, lambda keras: keras.layers.UpSampling2D(2), lambda torch: torch.nn.Upsample(scale_factor=2, mode="nearest"))


def resize_bilinear(framework: str) -> Any:
    """An image of twice the size, interpolated."""
    return of_image(
        framework,
        lambda keras: keras.layers.UpSampling2D(2, interpolation="bilinear"),
        lambda torch: torch.nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
    )


def space_to_depth(framework: str) -> Any:
    """Blocks of 2 x 2 pixels become channels."""

    def keras(keras: Any) -> Any:
        return lambda v: keras.ops.reshape(keras.ops.transpose(keras.ops.reshape(v, (-1, 6, 2, 6, 2, 4)), (0, 1, 3, 2, 4, 5)), (-1, 6, 6, 16))

    return of_image(framework, keras, lambda torch: torch.nn.PixelUnshuffle(2))


def inverse(framework: str) -> Any:
    """The inverse of a matrix."""

    def keras(keras: Any) -> Any:
        return lambda v: keras.ops.inv(keras.ops.matmul(v, keras.ops.transpose(v, (0, 2, 1))) + 3.0 * keras.ops.eye(6))

    return of_table(framework, keras, lambda torch: lambda v: torch.linalg.inv(torch.matmul(v, v.transpose(1, 2)) + 3.0 * torch.eye(6)))


def fft(framework: str) -> Any:
    """A Fourier transform of real numbers, as real and imaginary parts."""

    def torch(torch: Any) -> Any:
        return lambda v: torch.view_as_real(torch.fft.rfft(v)).permute(3, 0, 1, 2)[0]

    return of_table(framework, lambda keras: lambda v: keras.ops.rfft(v)[0], torch)


def complex_numbers(framework: str) -> Any:
    """A product of complex numbers, of which the real part is given: torch's alone, for Keras 3.15 cannot make them on TensorFlow."""
    if framework == "keras":
        raise NotImplementedError("keras.ops.view_as_complex fails on TensorFlow")
    return of_table(framework, str, lambda torch: lambda v: (torch.complex(v, spread(v)) * torch.complex(v, v)).real)
