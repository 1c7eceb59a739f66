"""Write a `Bundle` atomically; the same bundle gives the same bytes."""

import hashlib
from pathlib import Path

import numpy as np

from distill_live.bundle import archive, arrays, manifest
from distill_live.bundle.model import Bundle
from distill_live.bundle.reader import MAX_MANIFEST_BYTES
from distill_live.errors import BundleError
from distill_live.files import atomic_write, printable


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write a `.distill` file atomically, replacing an existing one.

    Parameters
    ----------
    bundle
        Its content.
    path
        Target file, in an existing folder.

    Raises
    ------
    BundleError
        If the decoder or encoder is refused, or the file cannot be written. An existing file is
        unchanged.
    """
    from distill_live.onnx_guard import check_decoder, check_encoder  # onnx takes 0.1 s to import

    directions = np.array([axis.direction for axis in bundle.axes], dtype=np.float32)
    members: dict[str, bytes] = {
        "decoder.onnx": bundle.decoder,
        "axes.npy": arrays.to_npy(directions.reshape(-1, bundle.latent_size)),
        "landmarks.npy": arrays.to_npy(bundle.landmark_latents),
    }
    if bundle.landmark_features is not None:
        members["landmark_features.npy"] = arrays.to_npy(bundle.landmark_features)
    if bundle.paths:
        latents = np.concatenate([path.latents for path in bundle.paths])
        members["path_latents.npy"] = arrays.to_npy(latents)
    if bundle.encoder:
        members["encoder.onnx"] = bundle.encoder
    for name, check in (("decoder.onnx", check_decoder), ("encoder.onnx", check_encoder)):
        if name in members:
            try:
                check(members[name], bundle.settings, bundle.latent_size)
            except BundleError as refusal:
                raise BundleError(f"{printable(path)}: not written: {name}: {refusal}") from refusal
    facts = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in members.items()
    }
    content = manifest.to_json(bundle, facts)
    if len(content) > MAX_MANIFEST_BYTES:
        raise BundleError(
            f"{printable(path)}: not written: manifest.json has {len(content)} bytes, over "
            f"{MAX_MANIFEST_BYTES}; keep fewer landmarks, or give the files shorter names"
        )
    with atomic_write(path, BundleError) as temporary, temporary.open("wb") as file:
        file.writelines(archive.pack({"manifest.json": content} | members))
