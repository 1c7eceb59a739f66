"""The wheel that is built from the sdist holds the pages, and serves each file of the play page."""

import os
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest
from support.instrument import PATIENCE_S, Instrument

import distill_live.page
import distill_train.studio.page
from distill_live.page.assets import DOCUMENT

pytest.importorskip("hatchling", reason="needs hatchling")

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]


def build(source: Path, target: str, out: Path) -> Path:
    """Build with the backend alone, as an installer does: nothing is downloaded."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(words, cwd=source, check=True, capture_output=True)
    (built,) = out.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel, as an installer unpacks it."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(build(ROOT, "sdist", folder / "sdist")) as sdist:
        sdist.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    with zipfile.ZipFile(build(source, "wheel", folder / "built")) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


def test_each_file_of_the_page_is_in_the_wheel_and_is_answered(installed: Path) -> None:
    source = Path(distill_live.page.__file__).parent
    names = {file.name for file in source.iterdir() if file.is_file() and file.suffix != ".py"}
    assert DOCUMENT in names
    folder = installed / "distill_live" / "page"
    for name in names:
        assert (folder / name).read_bytes() == (source / name).read_bytes()
    (folder / "only_here.txt").write_text("it is the wheel that answers")
    path = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    options = ("--null", "--http-port", "0")
    environment = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}  # not the checkout it is started in
    with Instrument(None, *options, environment=environment) as live:
        port = live.listening_at("Page")
        for name in (*names, "only_here.txt"):
            url = f"http://127.0.0.1:{port}/page/{name}"
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as response:
                assert response.read() == (folder / name).read_bytes()


def test_each_file_of_the_studio_is_in_the_wheel(installed: Path) -> None:
    source = Path(distill_train.studio.page.__file__).parent
    files = [file for file in source.iterdir() if file.is_file()]
    assert DOCUMENT in {file.name for file in files}
    for file in files:
        installed_file = installed / "distill_train" / "studio" / "page" / file.name
        assert installed_file.read_bytes() == file.read_bytes()
