# shellcheck shell=bash
# What the scripts of this folder share. Sourced, not run; `repository` is set.
# shellcheck source=deploy/lib.sh
. "$repository/deploy/lib.sh"
# In the folder where everything else is built.
use_cargo
comparison=$repository/tests/inference
cache=${ALBUMEN_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/albumen/tests}
export PYTHONDONTWRITEBYTECODE=1

# ensure_towers_python: `python` is the environment in which networks are exported.
ensure_towers_python() {
    python=${ALBUMEN_TOWERS_PYTHON:-$cache/inference-towers-python-$(sha256sum <"$comparison/towers.txt" | cut -c1-16)}
    [[ -d $python ]] && return
    mkdir -p "$cache"
    rm -rf "$python.part"
    python3 -m venv "$python.part"
    "$python.part/bin/python3" -m pip install --quiet --requirement "$comparison/towers.txt"
    mv "$python.part" "$python"
}
