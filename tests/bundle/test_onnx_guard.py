"""ONNX check: plausible decoders pass and run, all others are refused."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from support.tiny import complete_bundle, tiny_decoder

from distill_live.errors import BundleError
from distill_live.onnx_guard import OPERATORS, check_decoder, check_encoder
from distill_live.spectrogram import SpectrogramSettings

SMALL = SpectrogramSettings(
    sample_rate_hz=8000,
    n_fft=256,
    hop_samples=64,
    n_mels=16,
    chunk_samples=2048,
    synthesis_samples=256,
)
LATENT = 4
FRAMES = SMALL.n_frames


def tiny() -> ModelProto:
    model: ModelProto = ModelProto.FromString(tiny_decoder(SMALL, LATENT, np.random.default_rng(0)))
    return model


def check(model: ModelProto) -> None:
    check_decoder(model.SerializeToString(), SMALL, LATENT)


def refusal_of(content: ModelProto | bytes) -> str:
    if isinstance(content, ModelProto):
        content = content.SerializeToString()
    with pytest.raises(BundleError) as refusal:
        check_decoder(content, SMALL, LATENT)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


def weights(name: str, *shape: int, kind: Any = np.float32) -> TensorProto:
    return numpy_helper.from_array(np.full(shape, 0.01, kind), name)


def integers(name: str, *values: int) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def with_detour(nodes: list[Any], initializers: list[TensorProto]) -> ModelProto:
    """The tiny decoder with `nodes` beside it, which start from `latent` or `spectrogram_`."""
    model = tiny()
    model.graph.node[-1].output[0] = "spectrogram_"
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(initializers)
    if not any("spectrogram" in node.output for node in nodes):
        model.graph.node.append(helper.make_node("Identity", ["spectrogram_"], ["spectrogram"]))
    return model


def test_a_decoder_passes_and_runs() -> None:
    check(tiny())
    session = onnxruntime.InferenceSession(tiny().SerializeToString())
    latent = np.zeros((3, LATENT), np.float32)
    assert session.run(None, {"latent": latent})[0].shape == (3, *SMALL.shape)


def test_a_convolutional_decoder_passes_and_runs() -> None:
    """As an exporter may write it: sizes from Shape, half-precision weights, softplus by Where."""
    nodes = [
        helper.make_node("Cast", ["half"], ["dense"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["latent", "dense", "bias"], ["flat"], transB=1),
        helper.make_node("Shape", ["latent"], ["size"]),
        helper.make_node("Gather", ["size", "zero"], ["batch"], axis=0),
        helper.make_node("Constant", [], ["axis"], value=integers("", 0)),
        helper.make_node("Unsqueeze", ["batch", "axis"], ["batch_"]),
        helper.make_node("Concat", ["batch_", "rest"], ["form"], axis=0),
        helper.make_node("Reshape", ["flat", "form"], ["image"]),
        helper.make_node(
            "ConvTranspose",
            ["image", "kernel", "two"],
            ["wide"],
            strides=[4, 12],
            kernel_shape=[4, 12],
        ),
        helper.make_node("BatchNormalization", ["wide", *["two"] * 4], ["normal"]),
        helper.make_node("Relu", ["normal"], ["active"]),
        helper.make_node("Slice", ["active", "starts", "ends", "axes"], ["cut"]),
        helper.make_node("Split", ["cut"], ["first", "second"], axis=1, num_outputs=2),
        helper.make_node("Softplus", ["first"], ["soft"]),
        helper.make_node("Greater", ["first", "threshold"], ["large"]),
        helper.make_node("Where", ["large", "first", "soft"], ["magnitude_"]),
        helper.make_node("Tanh", ["second"], ["offset_"]),
        helper.make_node("Concat", ["magnitude_", "offset_"], ["spectrogram"], axis=1),
    ]
    model = with_detour(
        nodes,
        [
            weights("half", 5 * 4 * 3, LATENT, kind=np.float16),
            weights("bias", 5 * 4 * 3),
            weights("kernel", 5, 2, 4, 12),
            weights("two", 2),
            weights("threshold"),
            numpy_helper.from_array(np.array(0, np.int64), "zero"),
            integers("rest", 5, 4, 3),
            integers("starts", 0),
            integers("ends", FRAMES),
            integers("axes", 3),
        ],
    )
    check(model)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    latent = np.zeros((2, LATENT), np.float32)
    assert session.run(None, {"latent": latent})[0].shape == (2, *SMALL.shape)


@pytest.mark.filterwarnings("ignore")  # torch's exporter and its dependencies warn
def test_what_torch_exports_passes() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    nn = torch.nn

    class Decoder(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(LATENT, 8 * 8 * 20)
            self.block = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.1))
            self.last = nn.ConvTranspose2d(8, 2, 3, 2, 1, 1)

        def forward(self, latent: Any) -> Any:
            image = self.linear(latent).view(latent.shape[0], 8, 8, 20)
            image = self.last(self.block(image))[:, :, :16, :FRAMES]
            magnitude = nn.functional.softplus(image[:, 0])
            return torch.stack([magnitude, torch.tanh(image[:, 1])], 1)

    program = torch.onnx.export(
        Decoder().eval(),
        (torch.zeros(2, LATENT),),
        dynamo=True,
        verbose=False,
        input_names=["latent"],
        output_names=["spectrogram"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
    )
    check(program.model_proto)


class TestEncoder:
    content = complete_bundle(SMALL, LATENT).encoder

    def test_it_is_the_reverse_of_a_decoder(self) -> None:
        check_encoder(self.content, SMALL, LATENT)
        assert "one input, named latent" in refusal_of(self.content)
        with pytest.raises(BundleError, match="one input, named spectrogram"):
            check_encoder(tiny().SerializeToString(), SMALL, LATENT)
        with pytest.raises(BundleError, match=r"latent must be float32 of the shape \(batch, 5\)"):
            check_encoder(self.content, SMALL, LATENT + 1)

    def test_its_limits_are_those_of_a_decoder(self) -> None:
        size = integers("size", 1 << 12, 1 << 9, 2, 16, FRAMES)
        for nodes, reason in (
            ([helper.make_node("Expand", ["spectrogram", "size"], ["x"])], "numbers, over"),
            ([helper.make_node("Loop", ["spectrogram"], ["x"])], "the operator 'Loop'"),
        ):
            model = ModelProto.FromString(self.content)
            model.graph.node.extend(nodes)
            model.graph.initializer.append(size)
            with pytest.raises(BundleError, match=reason):
                check_encoder(model.SerializeToString(), SMALL, LATENT)
        model = ModelProto.FromString(self.content)
        model.graph.node[-1].output[0] = "one"
        model.graph.node.append(helper.make_node("Expand", ["one", "wide"], ["latent"]))
        model.graph.initializer.append(integers("wide", 16, LATENT))
        with pytest.raises(BundleError, match=r"yields the shape \(16, 4\), not \(1, 4\)"):
            check_encoder(model.SerializeToString(), SMALL, LATENT)


class TestModel:
    @pytest.mark.parametrize(
        "content",
        [b"", b"\0", b"nonsense", b"\x3a\xff\xff\xff\xff\x0f", b"\x0b" * 50, b"\xff" * 50],
    )
    def test_bytes_that_are_no_model(self, content: bytes) -> None:
        refusal_of(content)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda m: setattr(m, "ir_version", 7), "IR version 7"),
            (lambda m: setattr(m, "ir_version", 11), "IR version 11"),
            (lambda m: m.ClearField("opset_import"), "operator sets"),
            (lambda m: setattr(m.opset_import[0], "version", 99), "operator sets"),
            (lambda m: m.opset_import.add(domain="com.microsoft", version=1), "operator sets"),
            (lambda m: m.opset_import.add(domain="", version=18), "operator sets"),
            (lambda m: m.functions.add(name="f", domain="x"), "functions"),
            (lambda m: m.training_info.add(), "training"),
            (lambda m: m.graph.sparse_initializer.add(), "sparse weights"),
            (lambda m: m.graph.quantization_annotation.add(), "quantization"),
            (lambda m: m.graph.input.add(name="more"), "exactly one input"),
            (lambda m: m.graph.ClearField("input"), "exactly one input"),
            (lambda m: m.graph.output.append(m.graph.output[0]), "exactly one output"),
            (lambda m: setattr(m.graph.input[0], "name", "z"), "named latent"),
            (lambda m: m.graph.input[0].type.ClearField("tensor_type"), "latent must be"),
            (lambda m: dims(m.graph.input[0])[1].ClearField("dim_value"), "latent must be"),
            (lambda m: setattr(dims(m.graph.input[0])[0], "dim_value", 1), "latent must be"),
            (lambda m: setattr(dims(m.graph.output[0])[3], "dim_value", 9), "spectrogram must be"),
            (lambda m: setattr(kind(m.graph.input[0]), "elem_type", 11), "latent must be"),
            (lambda m: m.graph.node.pop(), "is no valid ONNX"),
            (lambda m: m.graph.node.append(m.graph.node[0]), "is no valid ONNX"),
            (lambda m: m.graph.node[-1].input.append("missing"), "is no valid ONNX"),
            (lambda m: setattr(m, "doc_string", "x" * 2**20), "bytes besides its weights"),
        ],
    )
    def test_a_changed_model(self, change: Callable[[ModelProto], object], reason: str) -> None:
        model = tiny()
        change(model)
        assert reason in refusal_of(model)

    def test_data_that_onnx_does_not_define(self) -> None:
        assert "does not define" in refusal_of(tiny().SerializeToString() + b"\xfa\x3e\x01x")

    def test_many_nodes(self) -> None:
        names = ["latent", *(f"n{index}" for index in range(600))]
        nodes = [helper.make_node("Relu", [a], [b]) for a, b in itertools.pairwise(names)]
        assert "over 512 nodes" in refusal_of(with_detour(nodes, []))

    def test_millions_of_empty_messages_are_not_parsed(self) -> None:
        nodes = b"\x0a\x00" * 2**20  # each would take over a hundred bytes of memory
        graph = b"\x3a" + varint(len(nodes)) + nodes
        assert "over 10000 fields" in refusal_of(tiny().SerializeToString() + graph)


def dims(value: Any) -> Any:
    return value.type.tensor_type.shape.dim


def kind(value: Any) -> Any:
    return value.type.tensor_type


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


class TestNodes:
    @pytest.mark.parametrize(
        "operator", ["If", "Loop", "Scan", "SequenceAt", "RandomNormal", "Range", "Custom", ""]
    )
    def test_operators_that_are_not_on_the_list(self, operator: str) -> None:
        model = with_detour([helper.make_node(operator, ["latent"], ["x"])], [])
        assert f"the operator {operator!r}" in refusal_of(model)

    @pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "pkg"])
    def test_other_domains(self, domain: str) -> None:
        node = helper.make_node("Relu", ["latent"], ["x"], domain=domain)
        assert f"domain {domain!r}" in refusal_of(with_detour([node], []))

    def test_no_operator_on_the_list_runs_a_graph_or_loses_sight_of_sizes(self) -> None:
        assert not OPERATORS & {"If", "Loop", "Scan", "NonZero", "Range", "ConstantOfShape", "Tile"}

    def test_the_specification_lists_the_same_operators(self) -> None:
        text = (Path(__file__).parents[2] / "models" / "README.md").read_text("utf-8")
        listed = re.search(r"of the operators ([\w,\s]+)\.\n", text)
        assert listed
        assert re.split(r",\s+", listed[1]) == sorted(OPERATORS)

    def test_attributes(self) -> None:
        graph = tiny().graph
        for attributes, reason in (
            ({"body": graph}, "holds a graph"),
            ({"value": helper.make_tensor("", TensorProto.FLOAT, [1], [1.0])}, "holds a graph"),
            ({"many": list(range(65))}, "is too long"),
            ({"text": "x" * 65}, "is too long"),
        ):
            node = helper.make_node("Relu", ["latent"], ["x"], **attributes)
            assert reason in refusal_of(with_detour([node], []))
        reference = helper.make_node("Relu", ["latent"], ["x"], alpha=1.0)
        reference.attribute[0].ref_attr_name = "y"
        assert "refers to a function" in refusal_of(with_detour([reference], []))

    @pytest.mark.parametrize(
        "attributes",
        [
            {"strides": [65, 1]},
            {"kernel_shape": [1000, 1000]},
            {"dilations": [1, 1 << 40]},
            {"pads": [0, 0, 1 << 20, 0]},
            {"group": 1 << 40},
            {"output_shape": [1 << 30, 1 << 30]},
        ],
    )
    def test_absurd_attributes(self, attributes: dict[str, Any]) -> None:
        node = helper.make_node("ConvTranspose", ["spectrogram_", "w"], ["x"], **attributes)
        model = with_detour([node], [weights("w", 2, 2, 3, 3)])
        assert f"attribute '{next(iter(attributes))}' is over" in refusal_of(model)

    @pytest.mark.parametrize("to", [TensorProto.INT64, TensorProto.DOUBLE, TensorProto.STRING])
    def test_numbers_do_not_become_sizes(self, to: int) -> None:
        node = helper.make_node("Cast", ["latent"], ["x"], to=to)
        assert "asks for another type" in refusal_of(with_detour([node], []))

    @pytest.mark.parametrize("operator", ["Mul", "Add", "Max"])
    def test_sizes_are_not_computed_with(self, operator: str) -> None:
        nodes = [
            helper.make_node("Shape", ["latent"], ["s"]),
            helper.make_node(operator, ["s", "s"], ["x"]),
        ]
        assert "computes with integers" in refusal_of(with_detour(nodes, []))


class TestWeights:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda t: t.external_data.add(key="location", value="/etc/passwd"), "another file"),
            (lambda t: setattr(t, "data_location", TensorProto.EXTERNAL), "another file"),
            (lambda t: setattr(t, "data_type", TensorProto.DOUBLE), "not float32"),
            (lambda t: setattr(t, "data_type", TensorProto.STRING), "not float32"),
            (lambda t: setattr(t, "data_type", TensorProto.INT64), "integers; at most 64"),
            (lambda t: t.segment.CopyFrom(TensorProto.Segment(begin=0, end=1)), "not float32"),
            (lambda t: t.dims.__setitem__(0, -1), "absurd shape"),
            (lambda t: t.dims.__setitem__(0, 1 << 40), "absurd shape"),
            (lambda t: t.dims.extend([1] * 8), "absurd shape"),
            (lambda t: t.dims.__setitem__(0, 65), "bytes of raw data, not 65"),
            (lambda t: t.ClearField("raw_data"), "hold 0 bytes of raw data"),
            (lambda t: t.float_data.append(1.0), "beside their raw data"),
            (lambda t: setattr(t, "raw_data", np.full(100, np.nan, "<f4").tobytes()), "not finite"),
            (lambda t: setattr(t, "raw_data", np.full(100, np.inf, "<f4").tobytes()), "not finite"),
        ],
    )
    def test_changed_weights(self, change: Callable[[TensorProto], object], reason: str) -> None:
        tensor = weights("w", 100)
        change(tensor)
        node = helper.make_node("Identity", ["w"], ["x"])
        assert reason in refusal_of(with_detour([node], [tensor]))

    def test_infinite_halves(self) -> None:
        tensor = numpy_helper.from_array(np.array([1, -np.inf], np.float16), "w")
        assert "not finite" in refusal_of(with_detour([], [tensor]))

    def test_constants_are_weights_too(self) -> None:
        tensor = weights("", 2)
        tensor.external_data.add(key="location", value="x")
        node = helper.make_node("Constant", [], ["x"], value=tensor)
        assert "another file" in refusal_of(with_detour([node], []))

    def test_no_name_twice(self) -> None:
        again = [weights("w", 2), weights("w", 2)]
        assert "is no valid ONNX" in refusal_of(with_detour([], again))
        assert "is no valid ONNX" in refusal_of(with_detour([], [weights("latent", 2)]))


class TestSizes:
    def test_a_value_that_is_too_large(self) -> None:
        node = helper.make_node("Expand", ["latent", "size"], ["x"])
        model = with_detour([node], [integers("size", 1 << 12, 1 << 12, 1, LATENT)])
        assert "yields 1073741824 numbers" in refusal_of(model)

    def test_a_size_that_grows_with_a_power_of_the_batch(self) -> None:
        nodes = [
            helper.make_node("Shape", ["latent"], ["s"], start=0, end=1),
            helper.make_node("Concat", ["s"] * 8, ["size"], axis=0),
            helper.make_node("Expand", ["w", "size"], ["x"]),
        ]
        assert "yields 4294967296 numbers" in refusal_of(with_detour(nodes, [weights("w", 1)]))

    def test_many_values_that_are_large_together(self) -> None:
        nodes: list[Any] = [helper.make_node("Expand", ["latent", "size"], ["x0"])]
        nodes += [helper.make_node("Relu", [f"x{i}"], [f"x{i + 1}"]) for i in range(6)]
        model = with_detour(nodes, [integers("size", 1 << 20, 1, 1)])
        assert "computes 469831600 numbers for 16 chunks" in refusal_of(model)

    def test_a_convolution_whose_columns_are_too_large(self) -> None:
        kernel = weights("w", 1, 2, 64, 64)
        for pad in (63, 500):
            node = helper.make_node("Conv", ["spectrogram_", "w"], ["x"], pads=[pad] * 4)
            model = with_detour([node], [kernel])
            if pad == 63:
                check(model)
        assert "numbers in a Conv, over" in refusal_of(model)

    def test_work_without_end(self) -> None:
        nodes = [
            helper.make_node("Expand", ["latent", "size"], ["much"]),
            helper.make_node("MatMul", ["much", "w"], ["x0"]),
            *(helper.make_node("MatMul", [f"x{i}", "v"], [f"x{i + 1}"]) for i in range(6)),
        ]
        tensors = [
            integers("size", 2048, 1, LATENT),
            weights("w", LATENT, 1024),
            weights("v", 1024, 1024),
        ]
        assert "multiplies 206" in refusal_of(with_detour(nodes, tensors))

    def test_a_size_that_is_looked_up_by_the_batch(self) -> None:
        nodes = [
            helper.make_node("Shape", ["latent"], ["batch"], start=0, end=1),
            helper.make_node("Gather", ["table", "batch"], ["size"]),
            helper.make_node("Expand", ["w", "size"], ["x"]),
        ]
        table = [1] * 20
        table[5] = 1 << 50
        model = with_detour(nodes, [integers("table", *table), weights("w", 1)])
        assert "a Gather that depends on what is computed" in refusal_of(model)

    def test_a_size_that_cannot_be_known(self) -> None:
        nodes = [
            helper.make_node("Shape", ["latent"], ["batch"], start=0, end=1),
            helper.make_node("Reshape", ["batch", "one"], ["hidden"]),
            helper.make_node("Expand", ["w", "hidden"], ["x"]),
        ]
        model = with_detour(nodes, [integers("one", 1), weights("w", 1)])
        assert "a size that cannot be known" in refusal_of(model)

    def test_a_batch_that_is_fixed_inside(self) -> None:
        model = tiny()
        for tensor in model.graph.initializer:
            if tensor.name == "shape":
                tensor.CopyFrom(integers("shape", 1, 1, 16, 1))
        refusal_of(model)

    def test_another_shape_than_announced(self) -> None:
        node = helper.make_node("Transpose", ["spectrogram_"], ["spectrogram"], perm=[0, 1, 3, 2])
        assert "yields the shape (1, 2, 33, 16)" in refusal_of(with_detour([node], []))

    def test_shapes_that_the_file_claims_are_not_believed(self) -> None:
        node = helper.make_node("Expand", ["latent", "size"], ["x"])
        model = with_detour([node], [integers("size", 1 << 12, 1 << 12, 1, LATENT)])
        claim = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 1, LATENT])
        model.graph.value_info.append(claim)
        assert "yields 1073741824 numbers" in refusal_of(model)
