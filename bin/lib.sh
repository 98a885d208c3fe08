# What bin/test, bin/soak and bin/bench share: a directory for temporary files and a private PostgreSQL, both gone when the
# script ends. To be sourced.

source bin/packages.sh

set -m # each background job leads a process group, which ends with all that it started
directory='' postgres='' postgres_url='' cargo=''

end_group() {
  kill -TERM -- "-$1" || return 0
  wait "$1" || true
  for _ in {1..50}; do kill -0 -- "-$1" && sleep 0.1 || return 0; done # until what it started has ended, too
  kill -KILL -- "-$1" || true
}

finish() {
  trap '' INT TERM HUP
  [[ -z $cargo ]] || end_group "$cargo" 2>/dev/null
  [[ -z $postgres ]] || { kill -INT "$postgres" && wait "$postgres"; } 2>/dev/null || true
  [[ -z $directory ]] || rm -rf "$directory"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

missing() { # what, package
  echo "$0: $1 is missing. On Debian: apt-get install $2" >&2
  exit 1
}

first_of() { command -v "$@" | head -n 1; }

find_chromium() {
  CHROMEDRIVER=${CHROMEDRIVER:-$(first_of chromedriver)} || missing chromedriver chromium-driver
  CHROMIUM=${CHROMIUM:-$(first_of chromium chromium-browser google-chrome)} || missing Chromium chromium
  export CHROMEDRIVER CHROMIUM
}

find_postgres() {
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [[ -x $bin/initdb ]] || bin=$(dirname "$(first_of initdb)") || true
  [[ $("$bin/postgres" --version 2>/dev/null) =~ \ ([0-9]+) && ${BASH_REMATCH[1]} -ge 15 ]] ||
    missing 'PostgreSQL 15 or newer' postgresql
  as=(env) owner=$(id -u)
  if ((EUID == 0)); then # PostgreSQL refuses to run as root
    command -v setpriv >/dev/null || missing setpriv util-linux
    owner=$(id -u postgres 2>/dev/null || id -u nobody)
    as=(setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups --pdeathsig INT)
  fi
}

make_directory() { # where
  directory=$(mktemp -d "$1/tenantry.XXXXXX")
  chmod 711 "$directory"
  mkdir -m 700 "$directory/tmp" "$directory/postgres"
  export TMPDIR=$directory/tmp
}

start_postgres() { # settings; answers in $postgres_url and $postgres
  local password port home=$directory/postgres log=$directory/postgres.log
  # A password, since every user of this machine reaches its loopback; md5, since SCRAM would triple the time
  # that a connection takes, and tests open thousands.
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "$password" >"$home/password"
  chown -R "$owner" "$home"
  (cd "$home" && "${as[@]}" "$bin/initdb" --pgdata data --username tenantry --pwfile password --auth md5 \
    --encoding UTF8 --no-locale --no-sync) >"$log" 2>&1 || { cat "$log" >&2 && exit 1; }
  for _ in {1..5}; do # until a free port is hit
    port=$((20000 + RANDOM % 10000))
    (cd "$home" && exec "${as[@]}" "$bin/postgres" -D data -h 127.0.0.1 -p "$port" -k "$home" -N 200 \
      "$@") >"$log" 2>&1 &
    postgres=$!
    while kill -0 "$postgres" 2>/dev/null; do
      if "$bin/pg_isready" -q -h "$home" -p "$port"; then
        postgres_url="postgres://tenantry:$password@127.0.0.1:$port/postgres"
        return
      fi
      sleep 0.1
    done
  done
  cat "$log" >&2 && exit 1
}

run() { # title, command; answers what the command does, also where a failure does not end the script
  local status=0
  printf '\n── %s\n' "$1"
  "${@:2}" </dev/null &
  cargo=$!
  wait "$cargo" || status=$?
  cargo=''
  return "$status"
}

# Rows "what <tab> database <tab> seen <tab> target" become a table with the databases beside each other; a row without a
# database counts for both.
side_by_side() { # heading of the first column
  awk -F'\t' -v heading="$1" '
    !($1 in seen) { seen[$1]; order[++rows] = $1 }
    { cell[$1, $2] = $3 }
    target[$1] == "" { target[$1] = $4 }
    $4 != "" && index(target[$1], $4) == 0 { target[$1] = target[$1] " (" $2 ": " $4 ")" }
    END {
      printf "| %s | SQLite | PostgreSQL | target |\n|---|---|---|---|\n", heading
      for (i = 1; i <= rows; i++) {
        what = order[i]
        printf "| %s | %s | %s | %s |\n", what, one(what, "SQLite"), one(what, "PostgreSQL"), target[what]
      }
    }
    function one(what, database) {
      if ((what, database) in cell) return cell[what, database]
      return (what, "") in cell ? cell[what, ""] : "–"
    }'
}

# Puts standard input between the two marks of a page: <!-- measured --> and <!-- end -->.
write_into() { # page
  local table=$directory/table page=$directory/page
  cat >"$table"
  awk -v table="$table" '
    /^<!-- end -->$/ { between = 0 }
    !between { print }
    /^<!-- measured -->$/ { between = 1; print ""; while ((getline line < table) > 0) print line; print "" }
  ' "$1" >"$page"
  cat "$page" >"$1"
}
