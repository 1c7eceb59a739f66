#!/usr/bin/env bash
# Run the instrument's tests with a Windows Python under Wine.
#   tests/windows.sh FOLDER                 the instrument's suite
#   tests/windows.sh FOLDER slice           a slice of a few minutes, as CI runs it
#   tests/windows.sh FOLDER PYTEST-WORDS    what is named
# The environment is made in FOLDER at the first run, and anew when the dependencies change, in about
# a minute and 1.2 GB: CPython 3.11 and its libraries as panda3d's wheel ships them, the standard
# library of the Python here, and Windows wheels of the packages. Exit status 77: something that it
# is made of cannot be had; it is named.
set -euo pipefail
unset CI  # in CI nothing may be missing; here jackd and devices are
export WINEDEBUG="${WINEDEBUG:--all}"
source=$(realpath "$(dirname "$0")/..")
folder=$(realpath -m "${1:?give a folder for the environment}")
shift
gcc=x86_64-w64-mingw32-gcc-posix
python="${PYTHON:-python3.11}"

missing() { echo "tests/windows.sh: skipped: $1"; exit 77; }

for program in wine $gcc "$python"; do
  command -v "$program" >/dev/null ||
    missing "there is no $program (Debian: wine wine64 gcc-mingw-w64-x86-64-posix python3.11)"
done

download() {
  "$python" -m pip download -q --disable-pip-version-check --platform win_amd64 --only-binary=:all: \
    --python-version 3.11 --implementation cp --dest "$folder/wheels" "$@"
}

requirements() {
  "$python" - "$source/pyproject.toml" <<'PROGRAM'
import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
# pip asks markers of the system that it runs on: what they would add under Windows stands here.
tests = ["hypothesis", "pytest", "pytest-timeout", "scipy", "psutil", "colorama", "tzdata"]
print("\n".join(project["dependencies"] + project["optional-dependencies"]["midi"] + tests))
PROGRAM
}

make_environment() {
  rm -rf "$folder/python" "$folder/prefix" "$folder/wheels"
  mkdir -p "$folder/wheels" "$folder/python/DLLs" "$folder/python/Lib/site-packages"
  cd "$folder"
  download --no-deps panda3d==1.10.16 || missing "the package panda3d 1.10.16 cannot be downloaded"
  download -r requirements || missing "the Windows packages cannot be downloaded"
  "$python" - <<'PROGRAM'
import glob, os, pathlib, zipfile
wheel, = glob.glob("wheels/panda3d*.whl")
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        base = os.path.basename(name)
        if name.startswith("deploy_libs/") and not base.startswith("api-ms"):
            beside = base.lower() in ("python311.dll", "vcruntime140.dll")
            pathlib.Path("python" if beside else "python/DLLs", base).write_bytes(z.read(name))
pathlib.Path(wheel).unlink()
for wheel in glob.glob("wheels/*.whl"):
    zipfile.ZipFile(wheel).extractall("python/Lib/site-packages")
PROGRAM
  tar c -C "$("$python" -c 'import os; print(os.path.dirname(os.__file__))')" --exclude=__pycache__ \
    --exclude=./site-packages --exclude=./dist-packages --exclude=./lib-dynload --exclude=./test \
    --exclude='./config-3.11*' . | tar x -C python/Lib
  $gcc -municode -O2 -fno-builtin -s -static -o python/python.exe "$source/tests/windows/python.c" \
    python/python311.dll
  $gcc -shared -O2 -s -o python/bcryptprimitives.dll "$source/tests/windows/bcryptprimitives.c" -ladvapi32
  $gcc -shared -O2 -s -o python/dxgi.dll "$source/tests/windows/dxgi.c"
  # python3.dll passes the stable interface on, which some wheels ask for.
  { echo LIBRARY python3.dll; echo EXPORTS
    x86_64-w64-mingw32-objdump -p python/python311.dll |
      awk '/Ordinal\/Name Pointer/{on=1; next} on && /^\t\[/{print "  " $NF "=python311." $NF}'
  } >python3.def
  echo 'int none;' >python3.c
  $gcc -shared -s -nostartfiles -Wl,-e,0 -o python/python3.dll python3.c python3.def
  { wineboot -i; wineserver -w; wine winecfg -v win10; wineserver -w; } >/dev/null 2>&1 </dev/null
  run_python -c 'import sys, numpy, onnxruntime; print(sys.version, sys.platform)' ||
    missing "the Windows Python does not start under $(wine --version)"
  cp requirements made
}

# Standard output must be a pipe under Wine, and standard input not a terminal.
run_python() { wine "$folder/python/python.exe" "$@" </dev/null 2>&1 | cat; }

export WINEPREFIX="$folder/prefix" WINEDLLOVERRIDES="mscoree,mshtml=;dxgi=n"
mkdir -p "$folder"
requirements >"$folder/requirements"
cmp -s "$folder/requirements" "$folder/made" || make_environment

cd "$source"
windows_source="Z:${source//\//\\}"
export PYTHONPATH="$windows_source;$windows_source\\training" PYTHONUNBUFFERED=1
export PYTHONPYCACHEPREFIX="Z:${folder//\//\\}\\bytecode"
# The trainer is left out, since torch is not there; the play page, since Chromium is not.
suite=(tests --ignore=tests/training --ignore=tests/studio --ignore=tests/page
  --ignore=tests/project/test_docs.py --ignore=tests/project/test_end_to_end.py
  --ignore=tests/project/test_examples.py)
slice=(tests/bundle/test_library.py tests/live/test_coarse_clocks.py tests/live/test_devices.py
  tests/live/test_models_live.py tests/live/test_priority.py tests/gestures/test_gestures.py
  tests/offline/test_render.py tests/osc/test_oscquery_server.py tests/osc/test_tcp.py
  tests/presets/test_preset_store.py tests/project/test_files.py)
case "${1:-}" in
  "") set -- "${suite[@]}" ;;
  slice) set -- "${slice[@]}" ;;
esac
run_python -m pytest -p no:cacheprovider -q \
  --continue-on-collection-errors -m "not training and not jack" "$@"
