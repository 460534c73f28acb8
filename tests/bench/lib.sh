# shellcheck shell=bash
# What the scripts of this folder share: a server on a data folder of its own, and measurements with it. Sourced, not run.
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/lib.sh
. "$repository/deploy/lib.sh"

# The first start makes a database cluster; on a slow disk that takes a while.
START_TIMEOUT_S=90
# A server that has just started reads ahead and warms up; after this it is idle.
IDLE_AFTER_S=15
SERVER=
POSTGRES_ALONE=

finish() {
  [ -z "$SERVER" ] || stop_server
  [ -z "$POSTGRES_ALONE" ] || stop_postgres
  rm -rf "$scratch"
}

start_server() {
  : >"$log"
  NO_COLOR=1 "$albumen" "$@" >>"$log" 2>&1 &
  SERVER=$!
  local began=$SECONDS ready='Albumen is ready at'
  until grep -q "$ready" "$log"; do
    if ! kill -0 "$SERVER" 2>/dev/null || ((SECONDS - began > START_TIMEOUT_S)); then
      tail -n 20 "$log" >&2
      fail "the server did not start"
    fi
    sleep 0.1
  done
}

stop_server() {
  kill -TERM "$SERVER" 2>/dev/null || true
  wait "$SERVER" || true
  SERVER=
}

# The installation's own cluster without its server, which then finds PostgreSQL running.
start_postgres() {
  as_service_user "$ALBUMEN_POSTGRES/bin/pg_ctl" -D "$ALBUMEN_DATA/postgres" -w -s start >/dev/null
  POSTGRES_ALONE=yes
}

stop_postgres() {
  as_service_user "$ALBUMEN_POSTGRES/bin/pg_ctl" -D "$ALBUMEN_DATA/postgres" -m fast -w -s stop
  POSTGRES_ALONE=
}

socket_url() { printf 'postgres://%s@%s/albumen\n' "$SERVICE_USER" "${ALBUMEN_DATA//\//%2F}%2Frun"; }

# measure NAME ARGUMENTS…: a table on the terminal and in RESULTS, and JSON beside it.
measure() {
  local name=$1
  shift
  say "== $name"
  "$bench" --json "$results/$name.json" "$@" | tee "$results/$name.txt"
}

measure_requests() {
  local name=$1
  shift
  measure "$name" requests --base "$base" --pid "$SERVER" --disk "$scratch" --photo "$photo" "$@"
}

measure_of() {
  local name=$1
  shift
  measure "$name" "$@" --base "$base" --pid "$SERVER"
}

find_photos() {
  if [ -z "${BENCH_PHOTO:-}" ] || [ -z "${BENCH_LARGE_PHOTO:-}" ]; then
    "$repository/tests/photos/make" "$scratch/photos" >&2
  fi
  photo=${BENCH_PHOTO:-$scratch/photos/library/jpeg/about-185kB.jpg}
  large_photo=${BENCH_LARGE_PHOTO:-$scratch/photos/library/jpeg/12-megapixel.jpg}
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# set_up RESULTS: programs, photos, and an empty data folder, which is removed at the end.
set_up() {
  ensure_system_packages
  use_cargo
  ALBUMEN_POSTGRES=$(ensure_postgres)
  export ALBUMEN_POSTGRES
  if [ -z "${BENCH_PROGRAMS:-}" ]; then
    build_programs "$repository"
    (cd "$repository" && cargo build --release --locked --workspace --bins --exclude albumen-tests)
  fi
  results=$1
  mkdir -p "$results"
  scratch=$(mktemp -d "${BENCH_FOLDER:-/var/tmp}/albumen-bench.XXXXXX")
  trap finish EXIT
  trap 'exit 130' INT TERM
  # As root the server runs as a system user, who must be able to walk through.
  chmod 755 "$scratch"
  programs=${BENCH_PROGRAMS:-$CARGO_TARGET_DIR/release}
  install -D -m 755 -t "$scratch/bin" "$programs/albumen" "$programs/albumen-decode" "$programs/albumen-infer"
  bench=$programs/albumen-bench
  albumen=$scratch/bin/albumen
  log=$scratch/server.log
  unset DATABASE_URL
  export ALBUMEN_DATA=$scratch/data ALBUMEN_LISTEN=127.0.0.1:$(free_port)
  # Nobody is there: what is measured does not depend on who is asked for newer versions.
  export ALBUMEN_VERSION_URL=http://127.0.0.1:9/version
  base=http://$ALBUMEN_LISTEN
  find_photos
}
